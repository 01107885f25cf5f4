/// One item of a history in words: a registry entry or a change set (Tests/Oracle/oracle.py says the form).
struct Item {
    let isEntry: Bool
    let name: String
    private let fields: [Substring: Substring]
    /// `word:argument,argument` joined by `+`.
    let operations: [(word: String, arguments: [String])]

    init(_ text: Substring) throws {
        let words = text.split(separator: " ")
        guard words.count >= 3, words[0] == "e" || words[0] == "c" else {
            throw HistoryFailure.unreadable(String(text))
        }
        isEntry = words[0] == "e"
        name = String(words[1])
        var fields: [Substring: Substring] = [:]
        for word in words.dropFirst(2) {
            guard let sign = word.firstIndex(of: "=") else { throw HistoryFailure.unreadable(String(word)) }
            fields[word[..<sign]] = word[word.index(after: sign)...]
        }
        self.fields = fields
        operations = (fields[isEntry ? "body" : "do"] ?? "").split(separator: "+").map(Self.operation)
    }

    private static func operation(_ part: Substring) -> (word: String, arguments: [String]) {
        let halves = part.split(separator: ":", maxSplits: 1)
        let arguments = halves.count > 1 ? halves[1].split(separator: ",").map(String.init) : []
        return (word: String(halves[0]), arguments: arguments)
    }

    func text(_ key: Substring) -> String? { fields[key].map(String.init) }

    func list(_ key: Substring) -> [String] { (fields[key] ?? "").split(separator: ",").map(String.init) }

    var key: String { text("key") ?? "" }
    var at: UInt64 { text("at").flatMap { UInt64($0) } ?? 0 }

    /// Items that must be there before it.
    var needs: [String] {
        let named = ["chain", "prev"].compactMap { text($0) } + list("links") + list("deps") + list("reg")
        guard isEntry, let body = operations.first else { return named }
        return named
            + ["revoke", "branch", "countersign", "lift"].filter { $0 == body.word }.flatMap { _ in
                [0, 3].compactMap { $0 < body.arguments.count ? body.arguments[$0] : nil }
            }
    }
}

enum HistoryFailure: Error {
    case unreadable(String)
    case unknown(String)
    /// An order of delivery gave another result; the two results.
    case differs(String, String)
}
