package import Procedure

extension ActVerdict {
    /// A stable word for each verdict.
    package var code: String {
        switch self {
        case .effective: "effective"
        case .waiting: "waiting"
        case .contested: "contested"
        case .opinion: "opinion"
        case .objection: "objection"
        case .superseded: "superseded"
        case .outdated: "outdated"
        case .noEffect(let reason, _): "no-effect:\(reason.rawValue)"
        }
    }

    /// The verdict of a code, without details; nil for another word.
    package static func named(_ code: String) -> ActVerdict? {
        switch code {
        case "effective": return .effective
        case "waiting": return .waiting([])
        case "contested": return .contested
        case "opinion": return .opinion
        case "objection": return .objection
        case "superseded": return .superseded
        case "outdated": return .outdated
        default:
            guard code.hasPrefix("no-effect:") else { return nil }
            return EngineReason(rawValue: String(code.dropFirst("no-effect:".count))).map {
                .noEffect($0, detail: "")
            }
        }
    }
}
