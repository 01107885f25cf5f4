import Glibc

/// The two languages of everything that people read.
enum Language: String, Sendable {
    case indonesian = "id"
    case english = "en"

    /// `--lang`, else `LC_ALL`, `LC_MESSAGES`, `LANG`; Indonesian unless one of them asks for another.
    static func chosen(_ option: String?) -> Language {
        if let option, let language = Language(rawValue: option) { return language }
        for key in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            guard let value = Environment.value(key), value != "C", value != "POSIX", !value.hasPrefix("C.")
            else { continue }
            return value.hasPrefix("en") ? .english : .indonesian
        }
        return .indonesian
    }
}

/// The environment, one variable at a time: Foundation makes a dictionary of all, which every command would pay.
enum Environment {
    /// Nil where it is not set, or empty.
    static func value(_ name: String) -> String? {
        guard let pointer = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: pointer)
        return text.isEmpty ? nil : text
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
        var filled = ""
        var rest = (language == .indonesian ? indonesian : english)[...]
        while let open = rest.firstIndex(of: "{") {
            filled += rest[..<open]
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: "}"), let place = Int(rest[..<close]), place < facts.count else {
                filled += "{"
                continue
            }
            filled += facts[place]
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
