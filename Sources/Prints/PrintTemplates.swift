import Foundation
import Mustache

/// The templates, which are files, compiled into the program.
package enum PrintTemplates {
    /// Every template by name; those that have no document of their own are parts of others.
    package static let names = [
        "analysis", "answer", "attendance", "basis", "block", "closing", "decree", "disposition", "dots", "findings",
        "generic", "handover", "heading", "history", "invitation", "layout", "letter", "minutes", "opening",
        "operational", "receipt", "register", "rejection", "request", "rest", "return", "schedule", "signatures",
        "table", "training", "uat",
    ]
    package static let parts = [
        "basis", "block", "closing", "dots", "findings", "heading", "layout", "letter", "opening", "rest",
        "signatures", "table",
    ]

    package static func source(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    private static func bytes(_ name: String) -> [UInt8] {
        switch name {
        case "analysis": PackageResources.analysis_mustache
        case "answer": PackageResources.answer_mustache
        case "attendance": PackageResources.attendance_mustache
        case "basis": PackageResources.basis_mustache
        case "block": PackageResources.block_mustache
        case "closing": PackageResources.closing_mustache
        case "decree": PackageResources.decree_mustache
        case "disposition": PackageResources.disposition_mustache
        case "dots": PackageResources.dots_mustache
        case "findings": PackageResources.findings_mustache
        case "generic": PackageResources.generic_mustache
        case "handover": PackageResources.handover_mustache
        case "heading": PackageResources.heading_mustache
        case "history": PackageResources.history_mustache
        case "invitation": PackageResources.invitation_mustache
        case "layout": PackageResources.layout_mustache
        case "letter": PackageResources.letter_mustache
        case "minutes": PackageResources.minutes_mustache
        case "opening": PackageResources.opening_mustache
        case "operational": PackageResources.operational_mustache
        case "receipt": PackageResources.receipt_mustache
        case "register": PackageResources.register_mustache
        case "rejection": PackageResources.rejection_mustache
        case "request": PackageResources.request_mustache
        case "rest": PackageResources.rest_mustache
        case "return": PackageResources.return_mustache
        case "schedule": PackageResources.schedule_mustache
        case "signatures": PackageResources.signatures_mustache
        case "table": PackageResources.table_mustache
        case "training": PackageResources.training_mustache
        case "uat": PackageResources.uat_mustache
        default: []
        }
    }

    /// Names of a template's tags, its parts' included: a field that none of them names is printed among the rest.
    static func tags(of name: String) -> Set<String> {
        var tags: Set<String> = []
        var open = [name]
        var seen: Set<String> = []
        while let next = open.popLast() {
            guard seen.insert(next).inserted else { continue }
            for tag in tokens(source(next)) {
                let name = tag.trimmingCharacters(in: CharacterSet(charactersIn: "#^><& "))
                switch tag.first {
                case ">", "<": open.append(name)
                case "/", "!", "$": continue
                default: tags.insert(name)
                }
            }
        }
        return tags
    }

    /// What stands between `{{` and `}}`.
    package static func tokens(_ text: String) -> [String] {
        text.components(separatedBy: "{{").dropFirst().compactMap { $0.components(separatedBy: "}}").first }
    }

    /// A print's own template with the parts, parsed.
    static func library(for name: String) throws -> MustacheLibrary {
        var library = MustacheLibrary()
        for part in parts + [name] { try library.register(source(part), named: part) }
        return library
    }
}
