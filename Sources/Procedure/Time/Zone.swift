/// Indonesia's three zones: fixed hours east of UTC, no daylight saving (Protocol 4 §4).
package enum Zone: String, Sendable, CaseIterable {
    case wib = "Asia/Jakarta"
    case wita = "Asia/Makassar"
    case wit = "Asia/Jayapura"

    /// The zone of a dossier; others count as WIB.
    package init(of name: String) { self = Zone(rawValue: name) ?? .wib }

    package var offsetHours: Int {
        switch self {
        case .wib: 7
        case .wita: 8
        case .wit: 9
        }
    }

    package var abbreviation: String {
        switch self {
        case .wib: "WIB"
        case .wita: "WITA"
        case .wit: "WIT"
        }
    }
}
