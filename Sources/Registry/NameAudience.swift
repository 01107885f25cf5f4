/// Who learns a unit's own name, which stands in its admission (Protocol 3 §2).
package enum NameAudience: UInt64, Sendable, CaseIterable {
    /// Every member of the network.
    case members = 0
    /// Units that share a dossier with it.
    case parties

    /// As commands take it.
    package var word: String {
        switch self {
        case .members: "members"
        case .parties: "parties"
        }
    }

    /// What holds where neither the request nor the admission says it: agencies have to be found; whom a vendor works
    /// for is nobody else's business.
    package static func standard(ofKind kind: String) -> NameAudience {
        ["it_agency", "applicant", "authority"].contains { $0.utf8.elementsEqual(kind.utf8) } ? .members : .parties
    }
}

/// To which units the names in an entry go, beside the unit that they are about.
package enum NameReach: UInt64, Sendable {
    /// To every member of the network.
    case members = 0
    /// To units that share a dossier with the unit.
    case parties
    /// Of persons and instruments: to units that share a dossier with the unit in which it has written itself.
    case partners
}

extension EntryBody {
    /// To whom the names in an entry go; nil of one without names.
    package var nameReach: NameReach? {
        switch self {
        case .networkGenesis: .members
        case .admit(let admission): admission.nameReach
        case .delegate, .certify, .mandate: .partners
        default: nil
        }
    }
}

extension Admission {
    /// Who learns the name, said or not.
    package var audienceOfName: NameAudience { nameAudience ?? .standard(ofKind: kind) }

    package var nameReach: NameReach {
        switch audienceOfName {
        case .members: .members
        case .parties: .parties
        }
    }
}
