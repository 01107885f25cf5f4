package import Envelope
package import Sodium

/// A stored change set as reconciliation sees it: its place in a device log, and its bytes.
package struct ChangeRow: Sendable {
    package let id: ChangeSetID
    package let device: PublicKey
    package let seq: UInt64
    package let bytes: [UInt8]

    package init(id: ChangeSetID, device: PublicKey, seq: UInt64, bytes: [UInt8]) {
        self.id = id
        self.device = device
        self.seq = seq
        self.bytes = bytes
    }
}

/// A stored change set without its bytes.
package struct LogRow: Sendable {
    package let id: ChangeSetID
    package let device: PublicKey
    package let seq: UInt64

    package init(id: ChangeSetID, device: PublicKey, seq: UInt64) {
        (self.id, self.device, self.seq) = (id, device, seq)
    }
}

/// What a session reads of the replica, within the scope of one connection. Implemented by Node over the store; never
/// answers about anything outside the scope.
package protocol SyncReplica {
    func scope() throws -> [ScopeEntry]
    /// Dossiers of the scope that this side does not take for now, and new ones of the peer's unit that it turned away:
    /// at most `limit`; none of them is in `scope`.
    func leftOut(limit: Int) throws -> [DossierID]
    /// Grows with whatever may change the scope; equal numbers, equal scope.
    func scopeVersion() throws -> Int
    /// Root and count of the scope where they are known from before and nothing was written since.
    func knownRoot() throws -> (root: Bytes32, count: Int)?
    func remember(root: Bytes32, count: Int) throws
    /// Tips of the network chain and of the chains of all units that dossiers of the scope name, and of both units.
    func registryTips() throws -> [EntryID]
    /// Entries of the same chains beyond tips, parents first, and the definitions and calendars they publish.
    /// together with the openings of their names.
    func registryEntries(beyond tips: [EntryID]) throws -> (entries: [[UInt8]], names: [[UInt8]], blobs: [BlobID])
    func isMissingOpenings() throws -> Bool
    /// Names of registry entries that this unit's audience allows and that it lacks, at most `limit`, the same ones as
    /// long as nothing was stored.
    func missingNames(limit: Int) throws -> [Commitment]
    /// Encoded openings of the names among `ids` that are held and that the peer's unit may have.
    func names(among ids: Set<UInt64>, short: (Commitment) -> UInt64) throws -> [[UInt8]]
    /// All change sets of a dossier of the scope, without their bytes.
    func logs(of dossier: DossierID) throws -> [LogRow]
    /// Change sets of a dossier of the scope, parents first, from a page on (0 is the first) for about so many bytes;
    /// `next` is nil after the last.
    func changes(of dossier: DossierID, from page: Int64, byteCount: Int) throws -> (rows: [ChangeRow], next: Int64?)
    /// Openings whose audience or release includes the peer's unit, for places in the given change sets, from a page on
    /// for about so many bytes; `next` is nil after the last.
    func openings(
        of dossier: DossierID, in changes: Set<ChangeSetID>, from page: Int, byteCount: Int
    ) throws -> (items: [[UInt8]], next: Int?)
    /// What is still missing here and may be had: at most `limit`.
    func wants(limit: Int) throws -> [Message.Want]
    /// An encoded opening for a place whose audience includes the peer's unit; nil otherwise.
    func opening(for want: Message.Want) throws -> [UInt8]?
    /// A piece of a file or blob from an offset; nil where it is not held or not for the peer.
    func piece(for want: Message.Want, offset: UInt64) throws -> Message.Piece?
}

/// What the driver has to do, in order, before the next frame is handed in.
package enum SyncEffect: Sendable {
    case registry([[UInt8]])
    /// Openings of names in the registry.
    case names([[UInt8]])
    case changes(DossierID, [[UInt8]])
    case openings(DossierID, [[UInt8]])
    case piece(Message.Piece)
    /// Everything given so far is stored durably before going on.
    case flush
    case finished(SyncSummary)
}

package struct SyncSummary: Sendable, Equatable {
    package var areEqual = false
    package var turnCount = 0
    package var sentChangeCount = 0
    package var receivedChangeCount = 0
    package var sentDossierCount = 0
    /// Dossiers that this side left out of the exchange, and further ones that only the peer did.
    package var leftOutHereCount = 0
    package var leftOutThereCount = 0
}
