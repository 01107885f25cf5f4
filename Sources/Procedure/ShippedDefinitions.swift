/// The definitions that ship with the program, by the codes of their sources.
package enum ShippedDefinitions {
    package static let names = ["p1", "p2", "p3", "p4", "p5", "p6", "p7"]

    /// Nil for a name that does not ship.
    package static func bytes(_ name: String) -> [UInt8]? {
        switch name {
        case "p1": PackageResources.p1_json
        case "p2": PackageResources.p2_json
        case "p3": PackageResources.p3_json
        case "p4": PackageResources.p4_json
        case "p5": PackageResources.p5_json
        case "p6": PackageResources.p6_json
        case "p7": PackageResources.p7_json
        default: nil
        }
    }
}
