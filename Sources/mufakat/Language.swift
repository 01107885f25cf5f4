import Foundation

/// The two languages of everything that people read.
enum Language: String, Sendable {
    case indonesian = "id"
    case english = "en"

    /// `--lang`, else `LC_ALL`, `LC_MESSAGES`, `LANG`; Indonesian unless one of them asks for another.
    static func chosen(_ option: String?) -> Language {
        if let option, let language = Language(rawValue: option) { return language }
        let environment = ProcessInfo.processInfo.environment
        for key in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            guard let value = environment[key], !value.isEmpty, value != "C", value != "POSIX", !value.hasPrefix("C.")
            else { continue }
            return value.hasPrefix("en") ? .english : .indonesian
        }
        return .indonesian
    }
}

/// A sentence of the catalogue in both languages; `{0}`, `{1}`… take facts.
struct Message: Sendable {
    let indonesian: String
    let english: String

    init(_ indonesian: String, _ english: String) {
        self.indonesian = indonesian
        self.english = english
    }

    func text(_ language: Language, _ facts: String...) -> String { fill(language, facts) }

    func fill(_ language: Language, _ facts: [String]) -> String {
        var text = language == .indonesian ? indonesian : english
        for (place, fact) in facts.enumerated() {
            text = text.replacingOccurrences(of: "{\(place)}", with: fact)
        }
        return text
    }
}
