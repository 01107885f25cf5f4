import CBOR
package import Dossier
package import Envelope
package import History
import Procedure
import Registry
package import Sodium
import Store

/// Letter numbers (Protocol 4 §2.7): given out of blocks that a registrar leased, so that two laptops without a network
/// never give the same.
extension Replica {
    /// The own unit's registers, as this replica holds them.
    package func letters(register: String?) throws -> [(register: String, book: LetterBook)] {
        let unit = try current(.own).identity.unit
        guard let unit else { throw NodeFailure.noNetwork }
        let entries = try store.read { try $0.letters(of: unit, register: register) }
        var books: [(register: String, entries: [(dossier: DossierID, entry: LetterEntry)])] = []
        for item in entries {
            if books.last?.register == item.entry.register {
                books[books.count - 1].entries.append(item)
            } else {
                books.append((item.entry.register, [item]))
            }
        }
        return books.map { (register: $0.register, book: LetterBook($0.entries)) }
    }

    /// Leases a block to a key of the own unit. A block that meets another lease is refused.
    package func lease(
        _ dossier: DossierID, register: String, numbers: ClosedRange<Int>, to key: PublicKey, by author: Author
    ) throws -> ChangeSet {
        try Self.check(register, numbers)
        return try write(dossier, isAct: true, by: author) { work, view, fields in
            let taken = try Self.entries(register, view, &work).first { item in
                if case .use = item.entry.kind { return false }
                return item.entry.first <= numbers.upperBound && numbers.lowerBound <= item.entry.last
            }
            if let taken {
                throw NodeFailure.numberTaken(register: register, first: taken.entry.first, last: taken.entry.last)
            }
            let act = ActDraft(view: view, author: author, options: ActOptions(), now: work.now)
            let shown = "\(register): \(numbers.lowerBound)-\(numbers.upperBound) \(key.hex.prefix(8))"
            fields.add(
                Code.lease,
                [
                    (1, .text(register)), (2, .unsigned(UInt64(numbers.lowerBound))),
                    (3, .unsigned(UInt64(numbers.upperBound))), (4, .bytes(key.bytes.bytes)),
                ] + (try act.fields(mandate: try act.mandate(roles: []), shown: shown, &fields)))
        }
    }

    /// Says that nothing shall bear a number. One that a document bears is refused: it would be a conflict.
    package func voidNumber(
        _ dossier: DossierID, register: String, number: Int, reason: String?, by author: Author
    ) throws -> ChangeSet {
        try Self.check(register, number...number)
        return try write(dossier, isAct: true, by: author) { work, view, fields in
            let isTaken = try Self.entries(register, view, &work).contains { item in
                if case .lease = item.entry.kind { return false }
                return item.entry.first == number
            }
            if isTaken { throw NodeFailure.numberTaken(register: register, first: number, last: number) }
            let act = ActDraft(view: view, author: author, options: ActOptions(), now: work.now)
            var body: [(UInt64, CBORValue)] = [(1, .text(register)), (2, .unsigned(UInt64(number)))]
            if let reason { body.append((3, fields.commit(.text(reason), audience: .all).item)) }
            let shown = "\(register): \(number) void"
            body += try act.fields(mandate: try act.mandate(roles: []), shown: shown, &fields)
            fields.add(Code.void, body)
        }
    }

    /// Gives a document the next number that is leased to the author's key, and writes it in its field.
    ///
    /// - Parameter format: holds the number at `{}`; at `{000}` with at least as many digits.
    package func number(
        _ dossier: DossierID, document: String, instance: Int?, field: String, register: String, format: String,
        by author: Author
    ) throws -> (change: ChangeSet, number: Int, text: String) {
        try Self.check(register, 1...1)
        var given = (number: 0, text: "")
        let change = try write(dossier, by: author) { work, view, fields in
            guard let type = view.definition.document(document) else {
                throw NodeFailure.unknownDocument(document, known: view.definition.documents.map(\.id))
            }
            let key = author.key.publicKey
            guard let number = LetterBook(try Self.entries(register, view, &work)).next(for: key) else {
                throw NodeFailure.noNumberLeft(register: register)
            }
            guard let text = Self.fill(format, number) else {
                throw NodeFailure.badValue(field: "--format", value: format, expected: "…{}… | …{000}…")
            }
            let place =
                try instance.map { try view.instance($0, of: type.id, isNew: true) } ?? view.instanceToWrite(type.id)
            try fields.set(type, place, field, text)
            fields.add(
                Code.insert,
                [
                    (1, .text(LetterEntry.path(register, number).text)),
                    (2, Value.text("\(type.id)/\(place)").item),
                ])
            given = (number, text)
        }
        return (change, given.number, given.text)
    }

    static func fill(_ format: String, _ number: Int) -> String? {
        guard let open = format.firstIndex(of: "{"), let close = format[open...].firstIndex(of: "}") else { return nil }
        let zeros = format[format.index(after: open)..<close]
        guard zeros.allSatisfy({ $0 == "0" }), zeros.count <= 9 else { return nil }
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, zeros.count - digits.count)) + digits
        return format[..<open] + padded + format[format.index(after: close)...]
    }

    private static func check(_ register: String, _ numbers: ClosedRange<Int>) throws {
        guard LetterEntry.isRegister(register) else {
            throw NodeFailure.badValue(field: "--register", value: register, expected: "[A-Za-z0-9._-]{1,64}")
        }
        guard numbers.lowerBound >= 1, numbers.upperBound <= LetterEntry.numberMax else {
            throw NodeFailure.badValue(
                field: "--from", value: "\(numbers.lowerBound)-\(numbers.upperBound)",
                expected: "1…\(LetterEntry.numberMax)")
        }
        guard numbers.count <= LetterEntry.blockCountMax else {
            throw NodeFailure.badValue(
                field: "--until", value: "\(numbers.upperBound)",
                expected: "≤ \(numbers.lowerBound + LetterEntry.blockCountMax - 1)")
        }
    }

    private static func entries(
        _ register: String, _ view: DossierView, _ work: inout Work
    ) throws -> [(dossier: DossierID, entry: LetterEntry)] {
        guard let unit = view.own else { throw NodeFailure.noNetwork }
        return try work.letters(of: unit, register: register)
    }
}

extension DossierView {
    /// Numbers of letters that clash within this dossier.
    package var letterConflicts: [(register: String, number: Int, conflicts: [LetterBook.Conflict])] {
        let entries = state.letters(history)
        var found: [(register: String, number: Int, conflicts: [LetterBook.Conflict])] = []
        for entry in entries {
            guard case .use = entry.kind,
                found.last.map({ $0.register != entry.register || $0.number != entry.first }) ?? true
            else { continue }
            let same = entries.filter { $0.unit == entry.unit && $0.register.utf8.elementsEqual(entry.register.utf8) }
            // A lease may stand in another dossier: of it only what is said here counts.
            let conflicts = LetterBook(same.map { (dossier: id, entry: $0) }).conflicts(entry.first).filter {
                $0 == .duplicate || $0 == .void
            }
            if !conflicts.isEmpty { found.append((entry.register, entry.first, conflicts)) }
        }
        return found
    }
}
