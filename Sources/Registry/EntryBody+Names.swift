package import Envelope
package import Sodium

extension EntryBody {
    /// Names, titles and instruments that stand in an entry as commitments (Protocol 3 §2).
    package var committedValues: [Committed] {
        switch self {
        case .networkGenesis(let body): [body.name]
        case .admit(let body): [body.name]
        case .delegate(let body): [body.name]
        case .certify(let body): [body.name]
        case .mandate(let body): [body.instrument] + (body.title.map { [$0] } ?? [])
        default: []
        }
    }
}

extension EntryBody {
    /// Signatures of a recovery set that an entry carries.
    package var consents: [Consent] {
        switch self {
        case .recover(let body): body.consents
        case .branch(let body): body.consents
        default: []
        }
    }

    /// The recovery set that a genesis names.
    package var recovery: RecoverySet? {
        switch self {
        case .networkGenesis(let body): body.recovery
        case .unitGenesis(let body): body.recovery
        default: nil
        }
    }

    /// The commitment to the key that may take over.
    package var next: Bytes32? {
        switch self {
        case .networkGenesis(let body): body.next
        case .unitGenesis(let body): body.next
        case .rotate(let body), .recover(let body): body.next
        default: nil
        }
    }

    /// Whether it puts another root key in force.
    package var isSuccession: Bool {
        switch self {
        case .rotate, .recover: true
        default: false
        }
    }
}
