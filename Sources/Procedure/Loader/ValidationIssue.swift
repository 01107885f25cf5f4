/// One thing that is wrong (E) or doubtful (W) in a definition file, in both languages (procedures.md §3.4).
package struct ValidationIssue: Error, Sendable, Equatable {
    /// `E01`...`E32`, `W01`...`W13`.
    package let code: String
    package let step: String?
    package let key: String
    package let indonesian: String
    package let english: String

    /// All rules, errors first.
    package static let codes =
        (1...32).map { $0 < 10 ? "E0\($0)" : "E\($0)" } + (1...13).map { $0 < 10 ? "W0\($0)" : "W\($0)" }

    package var isError: Bool { code.hasPrefix("E") }

    package init(_ code: String, step: String? = nil, key: String, _ indonesian: String, _ english: String) {
        self.code = code
        self.step = step
        self.key = key
        self.indonesian = indonesian
        self.english = english
    }

    /// `file: E05 step 6 next.perlu: text`.
    package func line(file: String, inIndonesian: Bool) -> String {
        let place = step.map { (inIndonesian ? "langkah " : "step ") + $0 + " " } ?? ""
        return "\(file): \(code) \(place)\(key): \(inIndonesian ? indonesian : english)"
    }
}

/// A definition with what was found in its file.
package struct LoadedDefinition: Sendable {
    package let definition: ProcedureDefinition
    package let issues: [ValidationIssue]

    package var errors: [ValidationIssue] { issues.filter(\.isError) }
    package var warnings: [ValidationIssue] { issues.filter { !$0.isError } }
}
