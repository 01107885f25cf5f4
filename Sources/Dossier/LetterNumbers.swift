import Authority
import CBOR
package import Envelope
package import History
import Procedure
package import Sodium

/// What a dossier says of a unit's letter register (Protocol 4 §2.7): a block that was leased to a key, a number that a
/// document bears, a number that nothing shall bear.
package struct LetterEntry: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case lease(PublicKey)
        case use(document: String, instance: Int)
        case void
    }

    package let unit: UnitID
    package let register: String
    /// First and last number, both inclusive; equal but for a lease.
    package let first: Int
    package let last: Int
    package let kind: Kind
    package let change: ChangeSetID
    /// The key that signed it.
    package let author: PublicKey

    package init(
        unit: UnitID, register: String, first: Int, last: Int, kind: Kind, change: ChangeSetID, author: PublicKey
    ) {
        (self.unit, self.register, self.first, self.last) = (unit, register, first, last)
        (self.kind, self.change, self.author) = (kind, change, author)
    }

    package static let numberMax = 999_999_999
    package static let registerByteCountMax = 64
    /// Numbers of one lease: nobody takes a whole register from his unit with one act.
    package static let blockCountMax = 10_000

    /// `[A-Za-z0-9._-]`, at most 64: it stands in paths.
    package static func isRegister(_ text: String) -> Bool {
        (1...registerByteCountMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || [0x2d, 0x2e, 0x5f].contains(byte)
            }
    }

    static let prefix = "letter/"

    package static func path(_ register: String, _ number: Int) -> Path { Path("\(prefix)\(register)/\(number)") }

    /// Register and number of a path; nil for any other, and for a number that is written otherwise than it counts.
    static func parse(_ path: Path) -> (register: String, number: Int)? {
        let parts = path.text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "letter", isRegister(String(parts[1])), let number = Int(parts[2]),
            (1...numberMax).contains(number), String(number).utf8.elementsEqual(parts[2].utf8)
        else { return nil }
        return (String(parts[1]), number)
    }

    /// `[register, first, last]` of a lease, or of a void with one number twice.
    static func block(_ operation: Operation) -> (register: String, first: Int, last: Int)? {
        let body = operation.body
        let last = operation.code == Code.lease ? body[unsigned: 3] : body[unsigned: 2]
        guard let register = body[unsigned: 1]?.textValue, isRegister(register),
            let first = body[unsigned: 2]?.unsignedValue.flatMap({ Int(exactly: $0) }),
            let last = last?.unsignedValue.flatMap({ Int(exactly: $0) }), 1 <= first, first <= last, last <= numberMax,
            last - first < blockCountMax
        else { return nil }
        return (register, first, last)
    }
}

extension DossierState {
    /// In the order of units, registers, numbers and change sets. Of a number only its unit's word counts.
    package func letters(_ history: DossierHistory) -> [LetterEntry] {
        var found: [LetterEntry] = []
        for path in elements.keys.sorted() where path.text.hasPrefix(LetterEntry.prefix) {
            guard let (register, number) = LetterEntry.parse(path) else { continue }
            for element in members(path, history) {
                guard let unit = verdicts[element.item].unit, case .text(let text) = element.value,
                    let slash = text.lastIndex(of: "/"),
                    let instance = DocumentInstance.parse(text[text.index(after: slash)...].utf8)
                else { continue }
                found.append(
                    LetterEntry(
                        unit: unit, register: register, first: number, last: number,
                        kind: .use(document: String(text[..<slash]), instance: instance), change: element.dot.change,
                        author: history.items[element.item].author))
            }
        }
        for record in acts where record.act.isAuthorised && [Code.lease, Code.void].contains(record.code) {
            let item = history.items[record.item]
            guard let operation = item.operations.first, let block = LetterEntry.block(operation),
                let unit = verdicts[record.item].unit
            else { continue }
            let key = operation.body[unsigned: 4]?.bytesValue.flatMap { Bytes32($0) }.map { PublicKey($0) }
            let kind: LetterEntry.Kind? = record.code == Code.void ? .void : key.map { .lease($0) }
            guard let kind else { continue }
            found.append(
                LetterEntry(
                    unit: unit, register: block.register, first: block.first, last: block.last, kind: kind,
                    change: item.id, author: item.author))
        }
        return found.sorted(by: LetterEntry.precedes)
    }
}

extension LetterEntry {
    static func precedes(_ left: Self, _ right: Self) -> Bool {
        if left.unit != right.unit { return left.unit < right.unit }
        if !left.register.utf8.elementsEqual(right.register.utf8) {
            return left.register.utf8.lexicographicallyPrecedes(right.register.utf8)
        }
        return left.first != right.first ? left.first < right.first : left.change < right.change
    }
}

/// A unit's register as far as whoever looks holds its dossiers. Conflicts are shown and decide nothing.
package struct LetterBook: Sendable {
    /// Of one unit and register.
    package let entries: [(dossier: DossierID, entry: LetterEntry)]
    /// Of each number that stands in one of them as the first.
    private let found: [Int: [Conflict]]

    package init(_ entries: [(dossier: DossierID, entry: LetterEntry)]) {
        self.entries = entries
        found = Self.found(entries)
    }

    package enum Conflict: String, Sendable {
        /// More than one document bears it.
        case duplicate
        /// Somebody said that nothing shall bear it.
        case void
        /// It was leased to another key than the one that used it, or to none.
        case notLeased = "not-leased"
        /// It was leased to more than one key.
        case doublyLeased = "doubly-leased"
    }

    /// What is wrong with a number; none where nothing is.
    package func conflicts(_ number: Int) -> [Conflict] {
        if let known = found[number] { return known }
        // A number inside of blocks alone.
        var leased: Set<PublicKey> = []
        for (_, entry) in entries where entry.first <= number && number <= entry.last {
            if case .lease(let key) = entry.kind { leased.insert(key) }
        }
        return leased.count > 1 ? [.doublyLeased] : []
    }

    /// Goes through the numbers once, with the blocks that hold each.
    private static func found(_ entries: [(dossier: DossierID, entry: LetterEntry)]) -> [Int: [Conflict]] {
        struct Place: Hashable {
            let dossier: DossierID
            let document: String
            let instance: Int
        }
        let order = entries.indices.sorted { entries[$0].entry.first < entries[$1].entry.first }
        let ends = entries.indices.sorted { entries[$0].entry.last < entries[$1].entry.last }
        var (next, ended) = (0, 0)
        var open = OpenBlocks()
        var found: [Int: [Conflict]] = [:]
        while next < order.count {
            let number = entries[order[next]].entry.first
            var places: Set<Place> = []
            var users: Set<PublicKey> = []
            while next < order.count, entries[order[next]].entry.first == number {
                let (dossier, entry) = entries[order[next]]
                open.count(entry.kind, 1)
                if case .use(let document, let instance) = entry.kind {
                    places.insert(Place(dossier: dossier, document: document, instance: instance))
                    users.insert(entry.author)
                }
                next += 1
            }
            while ended < ends.count, entries[ends[ended]].entry.last < number {
                open.count(entries[ends[ended]].entry.kind, -1)
                ended += 1
            }
            var conflicts: [Conflict] = []
            if places.count > 1 { conflicts.append(.duplicate) }
            if open.voids > 0, !places.isEmpty { conflicts.append(.void) }
            if users.contains(where: { open.leases[$0] == nil }) { conflicts.append(.notLeased) }
            if open.leases.count > 1 { conflicts.append(.doublyLeased) }
            found[number] = conflicts
        }
        return found
    }

    /// The smallest number that a key may give out: leased to it and to no other, neither used nor void.
    package func next(for key: PublicKey) -> Int? {
        let blocks = ranges { $0 == .lease(key) }
        // What is taken, as ranges in order: a search that does not step through whole blocks.
        let taken = ranges { $0 != .lease(key) }
        var place = 0
        for block in blocks {
            while place < taken.count, taken[place].upperBound < block.lowerBound { place += 1 }
            var (number, next) = (block.lowerBound, place)
            while next < taken.count, taken[next].contains(number) {
                number = taken[next].upperBound + 1
                next += 1
            }
            if number <= block.upperBound { return number }
        }
        return nil
    }

    /// Blocks of a kind in order, those that touch each other as one.
    private func ranges(_ isMeant: (LetterEntry.Kind) -> Bool) -> [ClosedRange<Int>] {
        var joined: [ClosedRange<Int>] = []
        let sorted = entries.filter { isMeant($0.entry.kind) }.map { $0.entry.first...$0.entry.last }
            .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
        for range in sorted {
            if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }

    /// Numbers that are used, void, or in conflict by their leases, ascending.
    package var numbers: [Int] {
        var found: Set<Int> = []
        for (_, entry) in entries {
            if case .lease = entry.kind { continue }
            found.insert(entry.first)
        }
        return found.sorted()
    }
}

/// Leases and voids that hold a number.
private struct OpenBlocks {
    private(set) var leases: [PublicKey: Int] = [:]
    private(set) var voids = 0

    mutating func count(_ kind: LetterEntry.Kind, _ change: Int) {
        switch kind {
        case .lease(let key):
            let left = leases[key, default: 0] + change
            leases[key] = left == 0 ? nil : left
        case .void: voids += change
        case .use: break
        }
    }
}
