/// The national calendars that ship with the program.
package enum ShippedCalendars {
    package static let years = ["2025", "2026"]

    /// Nil for a year that does not ship.
    package static func bytes(_ year: String) -> [UInt8]? {
        switch year {
        case "2025": PackageResources.nasional_2025_json
        case "2026": PackageResources.nasional_2026_json
        default: nil
        }
    }
}
