import Authority
import Foundation
import Procedure
import Testing

@testable import mufakat

/// Every reason has words in both languages, and is written like the tables of the protocol.
@Suite struct CatalogueTests {
    /// Codes between back-ticks in the part of a chapter between two marks.
    static func codes(_ chapter: String, from start: String, to end: String) throws -> [String] {
        let text = try String(
            contentsOf: TranscriptTests.root.appendingPathComponent("Protocol/\(chapter)"), encoding: .utf8)
        let first = try #require(text.range(of: start))
        let last = try #require(text.range(of: end, range: first.upperBound..<text.endIndex))
        let parts = text[first.upperBound..<last.lowerBound].components(separatedBy: "`")
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }

    private func check(_ messages: [(code: String, message: Message)]) {
        for (code, message) in messages {
            #expect(!message.indonesian.isEmpty && !message.english.isEmpty, "\(code)")
            #expect(message.indonesian != message.english, "\(code)")
            // Words, not the code.
            #expect(!message.english.contains(code) || !code.contains("-"), "\(code)")
        }
    }

    @Test func everyReasonOfAuthorityHasWords() throws {
        let known = AuthorityReason.allCases
        #expect(
            try Self.codes("3-registry.md", from: "## §8 Reasons", to: "## §9").sorted()
                == known.map(\.rawValue).sorted())
        check(known.map { ($0.rawValue, Catalogue.words($0)) })
        check(known.map { ($0.rawValue, Catalogue.short($0)) })
        check(known.map { ($0.rawValue, Catalogue.mend($0, isPlainWork: true)) })
        check(known.map { ($0.rawValue, Catalogue.mend($0, isPlainWork: false)) })
        #expect(Set(known.map { Catalogue.words($0).indonesian }).count == known.count)
    }

    @Test func everyReasonOfTheProcedureHasWords() throws {
        let known = EngineReason.allCases
        #expect(
            try Self.codes("4-merge.md", from: "**Reasons** why an act has no effect", to: "## §4").sorted()
                == known.map(\.rawValue).sorted())
        check(known.map { ($0.rawValue, Catalogue.words($0)) })
        check(known.map { ($0.rawValue, Catalogue.mend($0)) })
        #expect(Set(known.map { Catalogue.words($0).english }).count == known.count)
    }

    /// A spreadsheet computes nothing that an act says, and no terminal or reader is led astray by it.
    @Test(arguments: [
        ("Rapat", "\"Rapat\""), ("", "\"\""), ("=1+1", "\"'=1+1\""), ("+62", "\"'+62\""), ("-1", "\"'-1\""),
        ("@sum", "\"'@sum\""), ("\t=1", "\"'<U+9>=1\""), ("\r=1", "\"'<U+D>=1\""), ("\u{FF1D}1", "\"'\u{FF1D}1\""),
        ("a,\"b\"", "\"a,\"\"b\"\"\""), ("a\nb", "\"a<U+A>b\""), ("a\u{202E}b", "\"a<U+202E>b\""),
        ("a=1", "\"a=1\""), ("\u{1B}[31m", "\"<U+1B>[31m\""),
    ])
    func aCellIsSafe(text: String, shown: String) {
        #expect(AuditObject.cell(text) == shown)
    }
}
