package import Dossier
package import Envelope
package import Sodium

/// What is derived from a dossier's history and openings, for listings: never read by the fold.
package struct DossierRecord: Sendable, Equatable {
    /// A role that may act or has to sign.
    package struct Task: Sendable, Equatable {
        package let unit: UnitID
        package let role: String
        package let step: String
        /// `act`, `sign` or `rule`.
        package let kind: String

        package init(unit: UnitID, role: String, step: String, kind: String) {
            (self.unit, self.role, self.step, self.kind) = (unit, role, step, kind)
        }
    }

    package var digest: Bytes32
    package var stateHash: Bytes32
    package var changeCount: Int
    package var title = ""
    /// Legal basis of the erasure where the title is erased.
    package var titleBasis: String?
    package var procedure = ""
    /// `active`, `contested`, `completed`…
    package var status = ""
    /// Open steps, separated by spaces.
    package var steps = ""
    /// Stated milliseconds of the first and of the latest change set.
    package var created: UInt64 = 0
    package var updated: UInt64 = 0
    /// Units that have access: the effective bindings.
    package var parties: [UnitID] = []
    /// Units that its change sets name, with access or without: the registry has to be held of all of them.
    package var named: [UnitID] = []
    /// Those of them of which a key has written in it.
    package var writers: Set<UnitID> = []
    /// Units whose access was ended, with the digest of what they still share.
    package var removed: [RemovedParty] = []
    package var tasks: [Task] = []
    /// Who may read a value of an author's unit by its release.
    package var releases: [Release] = []
    /// Days, standards and calendars of its steps, as ``Timeline`` encodes them.
    package var times: [UInt8] = []
    /// What it says of letter registers.
    package var letters: [LetterEntry] = []
    /// Values that their units erased, sorted.
    package var erased: [AuthoredValue] = []
    /// Its fold is beyond the small budget: further ones run outside the write lock.
    package var isSlow = false

    package struct RemovedParty: Hashable, Sendable {
        package let unit: UnitID
        package let digest: Bytes32
        /// Units that what it still shares names.
        package let named: [UnitID]

        package init(unit: UnitID, digest: Bytes32, named: [UnitID]) {
            (self.unit, self.digest, self.named) = (unit, digest, named)
        }
    }

    package struct Release: Hashable, Sendable {
        package let commitment: Commitment
        package let author: UnitID
        package let reader: UnitID

        package init(commitment: Commitment, author: UnitID, reader: UnitID) {
            (self.commitment, self.author, self.reader) = (commitment, author, reader)
        }
    }

    package init(digest: Bytes32, stateHash: Bytes32, changeCount: Int) {
        (self.digest, self.stateHash, self.changeCount) = (digest, stateHash, changeCount)
    }

    /// A hash of parties, tasks, releases and erasures: whether their rows have to be written again.
    var listsImage: [UInt8] {
        var stream = Blake2bStream(personal: Personal("mufakat lists"))
        for unit in parties { stream.update(unit.bytes) }
        for task in tasks { stream.update(task.unit.bytes + Array("\(task.role)|\(task.step)|\(task.kind);".utf8)) }
        for release in releases {
            stream.update(release.commitment.bytes + release.author.bytes + release.reader.bytes)
        }
        for party in removed {
            stream.update([1] + party.unit.bytes + party.digest.bytes + party.named.flatMap(\.bytes))
        }
        for unit in named { stream.update([writers.contains(unit) ? 2 : 3] + unit.bytes) }
        stream.update([0])
        for value in erased { stream.update(value.commitment.bytes + value.author.bytes) }
        for letter in letters {
            stream.update([2] + letter.unit.bytes + letter.change.bytes)
            stream.update(Array("\(letter.register)|\(letter.first)|\(letter.last)|\(letter.kind)".utf8))
        }
        return Array(stream.finish().bytes.prefix(16))
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.digest == right.digest && left.stateHash == right.stateHash && left.changeCount == right.changeCount
            && left.title == right.title && left.procedure == right.procedure && left.status == right.status
            && left.steps == right.steps && left.created == right.created && left.updated == right.updated
            && left.parties == right.parties && left.named == right.named && left.writers == right.writers
            && left.removed == right.removed
            && left.tasks == right.tasks
            && left.releases == right.releases && left.erased == right.erased && left.titleBasis == right.titleBasis
            && left.letters == right.letters
            && left.times == right.times && left.isSlow == right.isSlow
    }
}

/// A value of a unit, by its commitment: another unit that repeats a commitment has a value of its own.
package struct AuthoredValue: Hashable, Sendable {
    package let commitment: Commitment
    package let author: UnitID

    package init(commitment: Commitment, author: UnitID) {
        (self.commitment, self.author) = (commitment, author)
    }
}

/// A committed value in a change set, and who may open it.
package struct Place: Sendable {
    package let committed: Committed
    package let kind: Opening.Kind
    /// Sorted units that the audience means.
    package let readers: [UnitID]
    /// The unit that wrote it.
    package let author: UnitID?

    package init(committed: Committed, kind: Opening.Kind, readers: [UnitID], author: UnitID?) {
        (self.committed, self.kind, self.readers, self.author) = (committed, kind, readers, author)
    }
}

/// The envelope of a change set as it is stored.
package struct StoredChange: Sendable {
    package let number: Int64
    package let id: ChangeSetID
    package let device: PublicKey
    package let seq: UInt64
    package let bytes: [UInt8]
}

/// A row of a listing.
package struct DossierRow: Sendable {
    package let number: Int64
    package let id: DossierID
    package let title: String
    package let procedure: String
    package let status: String
    package let steps: String
    package let created: UInt64
    package let updated: UInt64
    package let changeCount: Int
    package let stateHash: Bytes32
    package let digest: Bytes32
    /// An ending came in since these were folded: title, status, steps, tasks and state hash may be others.
    package let isStale: Bool
    /// Legal basis of the erasure where the title is erased.
    package let titleBasis: String?
    /// An encoded ``Timeline``; empty where it is not known.
    package let times: [UInt8]
    /// Held back: what is listed is what was derived last.
    package let isHeld: Bool
}

/// Something of a peer, or of a file, that was not stored, for `check`.
package struct StoredRefusal: Sendable {
    package let at: UInt64
    package let dossier: String
    /// The first of what was refused.
    package let object: String
    package let reason: String
    package let count: Int
}
