package import CBOR
package import Envelope
package import Sodium

/// The time an author states: wall time and zone. It is shown as stated; it can only take authority away, never grant
/// or order (Protocol 2 §3).
package struct StatedTime: Hashable, Sendable {
    /// Milliseconds since 1970-01-01T00:00Z, below 2^53.
    package let milliseconds: UInt64
    /// An IANA zone name, 1...32 bytes.
    package let zone: String

    package init(milliseconds: UInt64, zone: String) {
        self.milliseconds = milliseconds
        self.zone = zone
    }
}

/// One operation: a code that belongs to a feature (code div 256), and its body.
package struct Operation: Hashable, Sendable {
    package let code: Int
    /// A map with unsigned keys; what it means is Dossier's affair.
    package let body: CBORValue

    package init(code: Int, body: CBORValue) {
        self.code = code
        self.body = body
    }

    package var feature: Int { code / 256 }
}

/// Operations by one device in one dossier, signed once (Protocol 2).
///
/// Immutable and cheap to copy: the fields that graphs walk over stand in one class-free struct of arrays.
package struct ChangeSet: Sendable {
    package let id: ChangeSetID
    package let dossier: DossierID
    package let network: NetworkID
    package let author: PublicKey
    /// 0 for a device's first in this dossier, else one more than `previous`.
    package let seq: UInt64
    package let previous: ChangeSetID?
    /// The other heads seen, sorted and unique, at most 64.
    package let deps: [ChangeSetID]
    /// Exactly 1 + the greatest of the parents; 1 without parents.
    package let lamport: UInt64
    /// Registry entries newly known to the author, sorted and unique, at most 16.
    package let reg: [EntryID]
    package let at: StatedTime
    package let operations: [Operation]
    package let envelope: Envelope

    package var bytes: [UInt8] { envelope.bytes }
    package var isFirst: Bool { previous == nil && deps.isEmpty }

    /// Parents: `previous`, then `deps`.
    package var parents: [ChangeSetID] {
        if let previous { return [previous] + deps }
        return deps
    }

    package init(
        id: ChangeSetID, dossier: DossierID, network: NetworkID, fields: ChangeSetFields, envelope: Envelope
    ) {
        self.id = id
        self.dossier = dossier
        self.network = network
        self.author = envelope.kid
        self.seq = fields.seq
        self.previous = fields.previous
        self.deps = fields.deps
        self.lamport = fields.lamport
        self.reg = fields.reg
        self.at = fields.at
        self.operations = fields.operations
        self.envelope = envelope
    }
}

extension ChangeSet: Provable {
    package var isSigned: Bool {
        envelope.isSigned(aad: externalData)
    }

    package var externalData: [UInt8] {
        isFirst
            ? ExternalData.network(network) : ExternalData.change(network: network, dossier: dossier)
    }
}

/// The payload of a change set, before it is signed or after it is read.
package struct ChangeSetFields: Hashable, Sendable {
    package var seq: UInt64
    package var previous: ChangeSetID?
    package var deps: [ChangeSetID]
    package var lamport: UInt64
    package var reg: [EntryID]
    package var at: StatedTime
    package var operations: [Operation]

    package init(
        seq: UInt64, previous: ChangeSetID?, deps: [ChangeSetID], lamport: UInt64, reg: [EntryID], at: StatedTime,
        operations: [Operation]
    ) {
        self.seq = seq
        self.previous = previous
        self.deps = deps
        self.lamport = lamport
        self.reg = reg
        self.at = at
        self.operations = operations
    }
}
