import Dossier
import Envelope
import Sodium
import Testing

/// Letter numbers as anyone who holds the dossiers sees them (Protocol 4 §2.7).
@Suite struct LetterTests {
    private static func id(_ number: UInt8) -> Bytes32 { Blake2b.hash([number], personal: Personal("test letters")) }
    private static let (first, second) = (PublicKey(id(1)), PublicKey(id(2)))

    private static func entry(
        _ range: ClosedRange<Int>, _ kind: LetterEntry.Kind, by author: PublicKey = first, dossier: UInt8 = 9
    ) -> (dossier: DossierID, entry: LetterEntry) {
        (
            dossier: DossierID(id(dossier)),
            entry: LetterEntry(
                unit: UnitID(id(3)), register: "BAST", first: range.lowerBound, last: range.upperBound, kind: kind,
                change: ChangeSetID(id(4)), author: author)
        )
    }

    @Test func givesTheSmallestThatIsFree() {
        let block = Self.entry(5...7, .lease(Self.first))
        #expect(LetterBook([]).next(for: Self.first) == nil)
        #expect(LetterBook([block]).next(for: Self.first) == 5)
        #expect(LetterBook([block]).next(for: Self.second) == nil)
        let used = Self.entry(5...5, .use(document: "a", instance: 1))
        #expect(LetterBook([used, block]).next(for: Self.first) == 6)
        let void = Self.entry(6...6, .void)
        #expect(LetterBook([void, used, block]).next(for: Self.first) == 7)
        let other = Self.entry(7...9, .lease(Self.second))
        #expect(LetterBook([void, used, block, other]).next(for: Self.first) == nil)
        #expect(LetterBook([void, used, block, other]).next(for: Self.second) == 8)
        let more = Self.entry(100...LetterEntry.numberMax, .lease(Self.first))
        #expect(LetterBook([more, void, used, block, other]).next(for: Self.first) == 100)
    }

    @Test func showsWhatClashes() {
        let block = Self.entry(1...9, .lease(Self.first))
        let use = Self.entry(3...3, .use(document: "a", instance: 1))
        #expect(LetterBook([block, use]).conflicts(3) == [])
        // The same document twice is one; another document, or the same of another dossier, is not.
        #expect(LetterBook([block, use, use]).conflicts(3) == [])
        let again = Self.entry(3...3, .use(document: "a", instance: 2))
        #expect(LetterBook([block, use, again]).conflicts(3) == [.duplicate])
        let elsewhere = Self.entry(3...3, .use(document: "a", instance: 1), dossier: 8)
        #expect(LetterBook([block, use, elsewhere]).conflicts(3) == [.duplicate])
        #expect(LetterBook([block, use, Self.entry(3...3, .void)]).conflicts(3) == [.void])
        let stranger = Self.entry(3...3, .use(document: "a", instance: 1), by: Self.second)
        #expect(LetterBook([block, stranger]).conflicts(3) == [.notLeased])
        #expect(LetterBook([use]).conflicts(3) == [.notLeased])
        #expect(LetterBook([block, use, Self.entry(3...4, .lease(Self.second))]).conflicts(3) == [.doublyLeased])
        #expect(LetterBook([block, use]).conflicts(4) == [])
    }

    @Test(arguments: [("BAST-2026", true), ("a.b_c", true), ("", false), ("a/b", false), ("a b", false), ("é", false)])
    func registersHaveNames(text: String, isOne: Bool) { #expect(LetterEntry.isRegister(text) == isOne) }

    @Test func registersHaveALength() {
        let longest = String(repeating: "a", count: LetterEntry.registerByteCountMax)
        #expect(LetterEntry.isRegister(longest) && !LetterEntry.isRegister(longest + "a"))
    }
}
