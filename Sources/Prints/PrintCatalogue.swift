import Foundation

/// Which template a document has, and what its fields are called on paper: data (`Templates/prints.json`), not code.
package struct PrintCatalogue: Decodable, Sendable {
    /// Template by document code.
    private let documents: [String: String]
    /// Codes of the documents that a record rests on, by template.
    private let basis: [String: [String]]
    /// Templates of berita acara: both parties, the second one's signature on the left.
    private let records: [String]
    private let labels: [String: String]
    private let values: [String: String]
    /// Columns that are shown only in rows where another column says yes.
    private let consents: [String: String]
    package let natures: [String]
    /// Fields that date a document, in order of preference.
    package let dateFields: [String]

    package static let generic = "generic"

    package static let shipped: PrintCatalogue = {
        do {
            return try JSONDecoder().decode(PrintCatalogue.self, from: Data(PackageResources.prints_json))
        } catch {
            preconditionFailure("prints.json: \(error)")
        }
    }()

    package func template(of document: String) -> String { documents[document] ?? Self.generic }

    package func basis(of template: String) -> [String] { basis[template] ?? [] }

    package func isRecord(_ template: String) -> Bool { records.contains(template) }

    /// Of a field, or of a column of a table; the most specific that there is, else its name as words.
    package func label(document: String, table: String? = nil, field: String) -> String {
        let names = [
            [document, table, field].compactMap { $0 }.joined(separator: "."),
            [table ?? document, field].joined(separator: "."), field,
        ]
        return names.lazy.compactMap { labels[$0] }.first ?? Self.words(field)
    }

    /// Of a choice.
    package func value(_ word: String) -> String { values[word] ?? Self.words(word) }

    /// The column that has to say yes before a row shows this one; nil where it is always shown.
    package func consent(for column: String) -> String? { consents[column] }

    package func isConsent(_ column: String) -> Bool { consents.contains { $0.value == column } }

    private static func words(_ name: String) -> String {
        let words = name.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
