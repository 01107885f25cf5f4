/// The definitions that ship with the program.
package enum ShippedDefinitions {
    package static let names = ["p4", "p6"]

    /// Nil for a name that does not ship.
    package static func bytes(_ name: String) -> [UInt8]? {
        switch name {
        case "p4": PackageResources.p4_json
        case "p6": PackageResources.p6_json
        default: nil
        }
    }
}
