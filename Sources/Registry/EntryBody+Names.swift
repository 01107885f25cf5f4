package import Envelope

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
