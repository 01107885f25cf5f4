import Envelope
import Synchronization

/// Files that were read and hashed once in a connection, so that not each piece costs the whole.
package final class KnownFiles: Sendable {
    private let stamps = Mutex<[FileID: FileStamp]>([:])

    package init() {}

    func stamp(of id: FileID) -> FileStamp? { stamps.withLock { $0[id] } }

    func note(_ id: FileID, _ stamp: FileStamp) { stamps.withLock { $0[id] = stamp } }
}

/// Files that were asked for in a connection: a piece names a commitment, and what was not asked for is not taken.
final class AskedFiles: Sendable {
    /// Dossiers in which a place was asked for, in the order of the answers.
    private let dossiers = Mutex<[Commitment: [DossierID]]>([:])

    func note(_ dossier: DossierID, _ commitment: Commitment) {
        dossiers.withLock { $0[commitment, default: []].append(dossier) }
    }

    func next(_ commitment: Commitment) -> DossierID? { dossiers.withLock { $0[commitment]?.first } }

    /// The answer is over: whole, or that there is nothing.
    func end(_ commitment: Commitment) {
        dossiers.withLock { asked in
            asked[commitment]?.removeFirst()
            if asked[commitment]?.isEmpty ?? false { asked[commitment] = nil }
        }
    }
}
