import CBOR
import Dossier
import Envelope
import History
import Procedure
import Sodium
import Store

/// Turns what a person typed into values of fields: in clear only what guards and due dates read, everything else as a
/// commitment for the audience that the definition names (Protocol 1 §5).
struct FieldDraft {
    let author: PublicKey
    let definition: ProcedureDefinition
    /// Units by slot.
    let units: [String: UnitID]
    let vault: FileVault
    var draft = Draft()

    mutating func commit(_ value: Value, audience: Audience, kind: Opening.Kind = .value, size: UInt64? = nil) -> Value
    {
        let opening = Opening(
            author: author, audience: audience, kind: kind, opened: value,
            salt: RandomBytes.make(count: Opening.saltByteCount))
        draft.openings.append(opening)
        return .committed(Committed(commitment: opening.commitment, audience: audience, size: size))
    }

    mutating func add(_ code: Int, _ pairs: [(UInt64, CBORValue)]) {
        draft.operations.append(
            Operation(code: code, body: .map(pairs.map { CBORPair(key: .unsigned($0.0), value: $0.1) })))
    }

    func audience(_ field: FieldAudience) -> Audience {
        switch field {
        case .all: return .all
        case .own: return .own
        case .slots(let slots):
            let found = slots.compactMap { units[$0] }.sorted()
            return found.isEmpty ? .own : .units(found)
        }
    }

    /// Fields that a due date reads stand in clear.
    private func isClear(_ document: String, _ field: String) -> Bool {
        definition.steps.contains { $0.due == .target(document: document, field: field) }
    }

    /// Sets a field of a document.
    mutating func set(_ type: DocumentType, _ instance: Int, _ name: String, _ text: String) throws {
        guard let field = type.field(name) else {
            throw NodeFailure.unknownField("\(type.id).\(name)", known: type.fields.map(\.name))
        }
        let path = Path.field(type.id, instance, name)
        let audience = audience(type.audience(of: name))
        if case .file = field.kind {
            let value = try attach(text, audience: audience)
            add(Code.set, [(1, .text(path.text)), (2, value.item)])
            return
        }
        if case .table = field.kind { throw badValue(field, text, "--row \(type.id).\(name)") }
        let value = try parse(field, text)
        let stored = isClear(type.id, name) ? value : commit(value, audience: audience)
        add(Code.set, [(1, .text(path.text)), (2, stored.item)])
    }

    /// Adds a row to a table field.
    mutating func addRow(_ type: DocumentType, _ instance: Int, _ name: String, _ cells: [(String, String)]) throws {
        guard let field = type.field(name), case .table(let columns) = field.kind else {
            throw NodeFailure.unknownField("\(type.id).\(name)", known: type.fields.map(\.name))
        }
        var pairs: [CBORPair] = []
        for (column, text) in cells {
            guard let kind = columns.first(where: { $0.name == column }) else {
                throw NodeFailure.unknownField("\(type.id).\(name).\(column)", known: columns.map(\.name))
            }
            let value = commit(try parse(kind, text), audience: audience(type.audience(of: name)))
            pairs.append(CBORPair(key: .text(column), value: value.item))
        }
        for column in columns where !column.isOptional && !cells.contains(where: { $0.0 == column.name }) {
            throw badValue(column, "", "\(type.id).\(name).\(column.name)")
        }
        add(Code.addRow, [(1, .text(Path.field(type.id, instance, name).text)), (2, .map(pairs))])
    }

    /// Takes a file into the vault and names it among the attachments; gives the committed file.
    @discardableResult
    mutating func attach(_ path: String, audience: Audience, allowsEmpty: Bool = false) throws -> Value {
        let (id, size) = try vault.take(path, allowsEmpty: allowsEmpty)
        let file = commit(.bytes(id.bytes), audience: audience, kind: .file, size: UInt64(size))
        let name = commit(.text(FileName.displayed(path)), audience: audience)
        let type = commit(.text(FileName.mediaType(path)), audience: audience)
        add(Code.attach, [(1, .text(Path.attachments.text)), (2, file.item), (3, name.item), (4, type.item)])
        return file
    }

    private func badValue(_ field: Field, _ text: String, _ expected: String) -> NodeFailure {
        .badValue(field: field.name, value: text, expected: expected)
    }

    private func parse(_ field: Field, _ text: String) throws -> Value {
        guard text.utf8.count <= Value.textByteCountMax else {
            throw badValue(field, "\(text.utf8.count) B", "≤ \(Value.textByteCountMax) B")
        }
        switch field.kind {
        case .date:
            guard CivilDay.parse(text) != nil else { throw badValue(field, text, "YYYY-MM-DD") }
            return .text(text)
        case .int, .money:
            guard let number = Int64(text) else { throw badValue(field, text, "integer") }
            return .integer(number)
        case .bool:
            guard let flag = ["ya": true, "yes": true, "true": true, "tidak": false, "no": false, "false": false][text]
            else { throw badValue(field, text, "ya | tidak") }
            return .bool(flag)
        case .choice(let choices):
            guard choices.contains(where: { $0.utf8.elementsEqual(text.utf8) }) else {
                throw badValue(field, text, choices.joined(separator: " | "))
            }
            return .text(text)
        default:
            guard !text.isEmpty else { throw badValue(field, text, "text") }
            return .text(text)
        }
    }
}

/// What a file is called where people see it.
package enum FileName {
    /// The last part of a path; bytes that are not UTF-8 cannot come here, for it was typed.
    package static func displayed(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// A name that is safe to make on a disk: no path, no control or direction characters, no leading dot, at most 120
    /// bytes. The stored name stays as it is.
    package static func safe(_ name: String) -> String {
        var cleaned = ""
        for scalar in name.unicodeScalars {
            let isBad =
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar == "/" || scalar == "\\"
                || (0x200b...0x200f).contains(scalar.value) || (0x202a...0x202e).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value) || scalar.value == 0xfeff
            cleaned.unicodeScalars.append(isBad ? "_" : scalar)
        }
        while cleaned.hasPrefix(".") { cleaned.removeFirst() }
        while cleaned.utf8.count > 120 { cleaned.removeLast() }
        while cleaned.hasSuffix(".") || cleaned.hasSuffix(" ") { cleaned.removeLast() }
        return cleaned.isEmpty ? "berkas" : cleaned
    }

    package static func mediaType(_ path: String) -> String {
        let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        return [
            "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg",
            "txt": "text/plain", "csv": "text/csv", "json": "application/json", "zip": "application/zip",
            "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ][ending] ?? "application/octet-stream"
    }
}
