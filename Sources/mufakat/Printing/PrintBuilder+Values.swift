import Dossier
import Envelope
import History
import Node
import Prints
import Procedure
import Sodium

/// Counts of what a reader of the paper has to know.
struct PrintGaps {
    var absent = 0
    var erased = 0
    var conflicts = 0
    var withheldPhones = 0

    var notes: [String] {
        var notes: [String] = []
        if absent > 0 { notes.append("\(absent) isi tidak tersimpan pada replika ini dan tidak tercetak.") }
        if erased > 0 { notes.append("\(erased) isi telah dihapus; dasarnya tercetak di tempatnya.") }
        if conflicts > 0 { notes.append("\(conflicts) isian bentrok: semua nilainya tercetak.") }
        if withheldPhones > 0 { notes.append("\(withheldPhones) nomor telepon tidak dicetak: tanpa persetujuan.") }
        return notes
    }
}

extension PrintBuilder {
    /// A document with all that is written below its path, also what its type does not name.
    ///
    /// - Parameter isOwn: printed by itself; of others personal data is left out.
    func document(_ type: DocumentType, _ instance: Int, stage: String?, isOwn: Bool, _ gaps: inout PrintGaps)
        -> PrintDocument
    {
        let content = view.state.content(of: type, instance: instance, view.history)
        let numbers = type.numberFields + type.fields.filter { $0.name == "number" }
        let known = type.fields + type.numberFields
        let foreign = foreignFields(content, known)
        var fields: [PrintField] = []
        var tables: [PrintTable] = []
        for field in (known + foreign).filter({ isOwn || !type.personal.contains($0.name) }) {
            let path = Path.field(type.id, instance, field.name)
            if case .table(let columns) = field.kind {
                tables.append(table(type, field, columns, path, isOwn: isOwn, &gaps))
            } else if !numbers.contains(where: { $0.name == field.name }) {
                let writes = view.state.values(path, view.history)
                guard !writes.isEmpty else { continue }
                let label = catalogue.label(document: type.id, field: field.name)
                fields.append(self.field(field, label, writes.map(\.value), &gaps))
            }
        }
        let number = self.numbers(type, instance).map(\.value).first { !$0.isEmpty } ?? ""
        return PrintDocument(
            code: type.id, title: type.title, number: number, date: date(type, instance)?.date,
            revision: content.revision(stage: stage).hex, isComplete: isEffective(type, instance, stage),
            fields: fields, tables: tables)
    }

    /// What somebody wrote below the document's path that its type has not: it is part of what is signed.
    private func foreignFields(_ content: DocumentContent, _ known: [Field]) -> [Field] {
        var names: [String] = []
        let prefix = Path.documentPrefix(content.document, content.instance)
        for entry in content.entries {
            let parts = entry.path.text.dropFirst(prefix.count).split(separator: "/", maxSplits: 1)
            guard let first = parts.first.map(String.init), !names.contains(first) else { continue }
            if !known.contains(where: { $0.name == first }) { names.append(first) }
        }
        return names.map { name in
            let columns = view.state.tableRows(Path.field(content.document, content.instance, name), view.history)
                .flatMap { view.state.cells($0.row, view.history).map(\.column) }
            let fields = columns.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                .map { Field(name: $0, kind: .text, isOptional: true) }
            return Field(name: name, kind: fields.isEmpty ? .text : .table(fields), isOptional: true)
        }
    }

    private func table(
        _ type: DocumentType, _ field: Field, _ columns: [Field], _ path: Path, isOwn: Bool, _ gaps: inout PrintGaps
    ) -> PrintTable {
        let shown = columns.filter { column in
            !catalogue.isConsent(column.name) && (isOwn || !type.personal.contains("\(field.name).\(column.name)"))
        }
        let rows = view.state.tableRows(path, view.history).map(\.row).sorted {
            (order[$0.item] ?? 0, $0.dot.index) < (order[$1.item] ?? 0, $1.dot.index)
        }
        var printed: [[PrintField]] = []
        for row in rows {
            let cells = view.state.cells(row, view.history)
            func values(_ name: String) -> [Value] {
                cells.first { $0.column == name }?.writes.map(\.value) ?? []
            }
            printed.append(
                shown.map { column in
                    let written = values(column.name)
                    if !written.isEmpty, let consent = catalogue.consent(for: column.name), !isYes(values(consent)) {
                        gaps.withheldPhones += 1
                        return PrintField(name: column.name, label: "", text: "tidak dicetak")
                    }
                    return self.field(column, "", written, &gaps)
                })
        }
        let labels = shown.map { column in
            PrintLine(column.name, catalogue.label(document: type.id, table: field.name, field: column.name))
        }
        return PrintTable(
            name: field.name, label: catalogue.label(document: type.id, field: field.name), columns: labels,
            rows: printed)
    }

    /// All current values say yes.
    private func isYes(_ values: [Value]) -> Bool {
        !values.isEmpty && values.allSatisfy { view.reader.open($0) == .bool(true) }
    }

    // MARK: One field

    private func field(_ field: Field, _ label: String, _ values: [Value], _ gaps: inout PrintGaps) -> PrintField {
        var texts: [String] = []
        for value in values {
            if let basis = view.reader.basis(value) {
                gaps.erased += 1
                texts.append(Catalogue.erased.text(.indonesian, basis))
            } else if let opened = view.reader.open(value) {
                texts.append(text(opened, field.kind, value))
            } else {
                gaps.absent += 1
                texts.append("(tidak tersimpan pada replika ini)")
            }
        }
        if texts.count > 1 { gaps.conflicts += 1 }
        var printed = PrintField(
            name: field.name, label: label,
            text: texts.count > 1 ? "bentrok: " + texts.joined(separator: " | ") : texts.first ?? "")
        printed.isDate = field.kind == .date
        if values.count == 1, let opened = view.reader.open(values[0]) {
            switch (field.kind, opened) {
            case (.choice, .text(let word)): printed.word = word
            case (_, .bool(let flag)): printed.word = flag ? "ya" : "tidak"
            default: break
            }
        }
        return printed
    }

    private func text(_ opened: Value, _ kind: Field.Kind, _ value: Value) -> String {
        switch (kind, opened) {
        case (.date, .text(let text)): return PrintDate(text)?.textWithWeekday ?? text
        case (.datetime, .text(let text)): return moment(text)
        case (.money, .integer(let amount)):
            return Rupiah.text(amount) ?? "Rp\(Rupiah.grouped(amount)) (di luar rentang terbilang)"
        case (.int, .integer(let number)): return Rupiah.grouped(number)
        case (.choice, .text(let word)): return catalogue.value(word).lowercasedFirst
        case (.file, .bytes(let id)): return file(id, value)
        default: return view.reader.text(opened) ?? ""
        }
    }

    /// `2026-02-02 10.00` as `Senin, 2 Februari 2026, pukul 10.00 WIB`; anything else as it is.
    private func moment(_ text: String) -> String {
        guard let date = PrintDate(String(text.prefix(10))) else { return text }
        let rest = text.dropFirst(10).drop { $0 == " " || $0 == "T" }
        if rest.isEmpty { return date.textWithWeekday }
        let parts = rest.split(whereSeparator: { $0 == ":" || $0 == "." })
        guard parts.count >= 2, parts.prefix(2).allSatisfy({ $0.count == 2 && Int($0) != nil }) else { return text }
        let name = TimeText.text(0, zone: zone).split(separator: " ").last ?? ""
        return "\(date.textWithWeekday), pukul \(parts[0]).\(parts[1]) \(name)"
    }

    private func file(_ id: [UInt8], _ value: Value) -> String {
        let fingerprint = "sidik jari \(PrintText.fingerprint(Hexadecimal.encode(id)))"
        guard
            let attachment = view.state.members(.attachments, view.history).lazy.compactMap(\.attachment).first(where: {
                .committed($0.file) == value
            }), let name = view.reader.text(.committed(attachment.name))
        else { return "berkas (\(fingerprint))" }
        return "\(name) (\(Rupiah.grouped(Int64(clamping: attachment.file.size ?? 0))) B, \(fingerprint))"
    }

    // MARK: Numbers and dates

    /// One line for each official number, empty where it is not given yet.
    func numbers(_ type: DocumentType, _ instance: Int) -> [PrintLine] {
        let names = type.numberFields.map(\.name) + type.fields.map(\.name).filter { $0 == "number" }
        return names.enumerated().map { place, name in
            let writes = view.state.values(Path.field(type.id, instance, name), view.history)
            let texts = writes.map { ViewText.shown($0.value, view, .indonesian) }
            let text = texts.count > 1 ? "bentrok: " + texts.joined(separator: " | ") : texts.first ?? ""
            let slot = name.split(separator: "_", maxSplits: 1).dropFirst().first.map(String.init)
            return PrintLine(place == 0 ? "Nomor" : "Nomor \(slot.map { unitName(ofSlot: $0) } ?? "")", text)
        }
    }

    /// The date that a document states; else the day on which its outcome took effect.
    func date(_ type: DocumentType, _ instance: Int) -> (date: PrintDate, field: String)? {
        for name in catalogue.dateFields where type.field(name) != nil {
            let writes = view.state.values(Path.field(type.id, instance, name), view.history)
            if writes.count == 1, case .text(let text)? = view.reader.open(writes[0].value), let date = PrintDate(text)
            {
                return (date, name)
            }
        }
        let days = claims(type, instance).filter { view.state.procedure.verdicts[$0.place] == .effective }.map {
            view.state.acts[$0.place].act.statedDay
        }
        guard let last = days.last else { return nil }
        let (year, month, day) = CivilDay.date(last)
        return PrintDate(year: year, month: month, day: day).map { ($0, "") }
    }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
