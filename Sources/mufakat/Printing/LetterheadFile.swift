import Envelope
import Foundation
import Node
import Prints
import Store

/// The unit's letterhead beside its replica: `letterhead.json`. Local, and not signed: it decides nothing.
enum LetterheadFile {
    static let name = "letterhead.json"
    static let byteCountMax = 262_144
    static let textByteCountMax = 300

    /// As a person writes it, and as it is kept; of the logo a path there, the picture itself here.
    struct Form: Codable {
        var name: String
        var government: String?
        var address: String?
        var phone: String?
        var email: String?
        var web: String?
        var city: String?
        var logo: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case name, government, address, phone, email, web, city, logo
        }
    }

    /// Nil where none was set.
    static func read(_ folder: String) throws -> Letterhead? {
        let path = "\(folder)/\(name)"
        guard PrivateFile.exists(path) else { return nil }
        let form = try parse(try PrivateFile.readPublic(path, limit: byteCountMax), path)
        var letterhead = head(form)
        if let logo = form.logo {
            guard let data = Data(base64Encoded: logo), let picture = Letterhead.Logo(Array(data)) else {
                throw NodeFailure.wrongFile(path: path, expected: "logo")
            }
            letterhead.logo = picture
        }
        return letterhead
    }

    /// Reads a person's file and the logo that it names, and keeps both.
    static func set(_ folder: String, from path: String) throws -> Letterhead {
        var form = try parse(try PrivateFile.readPublic(path, limit: byteCountMax), path)
        for text in [form.name, form.government, form.address, form.phone, form.email, form.web, form.city] {
            guard (text ?? "").utf8.count <= textByteCountMax else {
                throw NodeFailure.badValue(field: path, value: text ?? "", expected: "≤ \(textByteCountMax) B")
            }
        }
        guard !form.name.isEmpty else { throw NodeFailure.badValue(field: "name", value: "", expected: "text") }
        if let logo = form.logo {
            let base = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            let place = logo.hasPrefix("/") || base.isEmpty ? logo : "\(base)/\(logo)"
            let bytes = try PrivateFile.readPublic(place, limit: Letterhead.Logo.byteCountMax)
            guard Letterhead.Logo(bytes) != nil else {
                throw NodeFailure.wrongFile(
                    path: place,
                    expected: "PNG | JPEG, ≤ \(Letterhead.Logo.byteCountMax) B, ≤ \(Letterhead.Logo.sizeMax) px")
            }
            form.logo = Data(bytes).base64EncodedString()
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try PrivateFile.write(Array(try encoder.encode(form)), to: "\(folder)/\(name)")
        return head(form)
    }

    private static func head(_ form: Form) -> Letterhead {
        var letterhead = Letterhead(name: form.name)
        (letterhead.government, letterhead.address) = (form.government ?? "", form.address ?? "")
        (letterhead.phone, letterhead.email, letterhead.web) = (form.phone ?? "", form.email ?? "", form.web ?? "")
        letterhead.city = form.city ?? ""
        return letterhead
    }

    /// Unknown keys are mistakes: a misspelt one would be missed on paper only.
    private static func parse(_ bytes: [UInt8], _ path: String) throws -> Form {
        let known = Form.CodingKeys.allCases.map(\.rawValue)
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            let form = try? JSONDecoder().decode(Form.self, from: Data(bytes))
        else { throw NodeFailure.wrongFile(path: path, expected: "JSON {\(known.joined(separator: ", "))}") }
        if let unknown = object.keys.sorted().first(where: { !known.contains($0) }) {
            throw NodeFailure.badValue(field: path, value: unknown, expected: known.joined(separator: " | "))
        }
        return form
    }
}
