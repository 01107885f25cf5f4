extension PrintContext {
    /// `v` texts, `is` words, `t` tables of the own document; `d` the same of the others; what no tag names is the rest.
    func add(documents root: inout Node) {
        var others: Node = [:]
        for document in sheet.related { others[document.code] = node(document) }
        root["d"] = others
        let basis = catalogue.basis(of: sheet.template).compactMap { code in
            sheet.related.first { $0.code == code && $0.isComplete && $0.code != sheet.document?.code }
        }
        root["basis"] = basis.map(reference)
        root["hasBasis"] = !basis.isEmpty
        let fields = sheet.document?.fields ?? []
        let tables = sheet.document?.tables ?? []
        if let document = sheet.document {
            for (name, value) in content(document) { root[name] = value }
        }
        let dates = tags.contains("dates") ? fields.filter(\.isDate) : []
        root["dates"] = dates.enumerated().map { place, field in
            ["no": place + 1, "label": text(field.label), "text": text(field.text)] as Node
        }
        let restFields = fields.filter { field in !isNamed(field) && !dates.contains { $0.name == field.name } }
        let restTables = tables.filter { !tags.contains("t.\($0.name)") }
        root["restFields"] = restFields.map { ["label": text($0.label), "text": text($0.text)] as Node }
        root["restTables"] = restTables.map(node)
        root["hasRestFields"] = !restFields.isEmpty
        root["hasRest"] = !restFields.isEmpty || !restTables.isEmpty
    }

    /// Whether the template shows a field by itself. Checkboxes alone do not show a word that they do not know.
    private func isNamed(_ field: PrintField) -> Bool {
        if tags.contains("v.\(field.name)") { return true }
        if field.name == sheet.dateField, tags.contains("date") || tags.contains("spelled") { return true }
        return !field.word.isEmpty && tags.contains("is.\(field.name).\(field.word)")
    }

    private func content(_ document: PrintDocument) -> Node {
        var values: Node = [:]
        var words: Node = [:]
        var tables: Node = [:]
        for field in document.fields where !field.text.isEmpty {
            values[field.name] = text(field.text)
            if !field.word.isEmpty { words[field.name] = [field.word: true] }
        }
        for table in document.tables where !table.rows.isEmpty { tables[table.name] = node(table) }
        return ["v": values, "is": words, "t": tables]
    }

    private func node(_ document: PrintDocument) -> Node {
        var node = content(document)
        node["title"] = text(document.title)
        node["reference"] = reference(document)
        node["letter"] = letter(document)
        node["fingerprint"] = PrintText.fingerprint(document.revision)
        if let date = document.date { node["date"] = date.text }
        return filled(node, "number", document.number)
    }

    /// As one letter names another.
    private func letter(_ document: PrintDocument) -> String {
        var words = text(document.title)
        words = words.prefix(1).lowercased() + words.dropFirst()
        if !document.number.isEmpty { words += " nomor " + text(document.number) }
        if let date = document.date { words += " tanggal " + date.text }
        return words
    }

    private func reference(_ document: PrintDocument) -> String {
        letter(document) + " (sidik jari \(PrintText.fingerprint(document.revision)))"
    }

    private func node(_ table: PrintTable) -> Node {
        var yes: [String: Int] = [:]
        var no: [String: Int] = [:]
        for (place, column) in table.columns.enumerated() {
            let words = table.rows.map { place < $0.count ? $0[place].word : "" }
            yes[column.label] = words.count { $0 == "ya" }
            no[column.label] = words.count { $0 == "tidak" }
        }
        return [
            "label": text(table.label), "headers": table.columns.map { text($0.value) },
            "columnCount": table.columns.count, "count": table.rows.count, "yes": yes, "no": no,
            "rows": table.rows.enumerated().map { place, row in
                [
                    "no": place + 1, "isEven": !place.isMultiple(of: 2), "cells": row.map { text($0.text) },
                ] as Node
            },
        ]
    }

    // MARK: Lists

    func add(findings root: inout Node) {
        root["hasFindings"] = !sheet.findings.isEmpty
        root["openCount"] = sheet.findings.count { $0.isOpen }
        root["findings"] = sheet.findings.enumerated().map { place, finding in
            [
                "no": place + 1, "text": text(finding.text), "severity": text(finding.severity),
                "status": text(finding.status), "answer": text(finding.answer),
            ] as Node
        }
        var counts: [(severity: String, count: Int)] = []
        for finding in sheet.findings {
            if let place = counts.firstIndex(where: { $0.severity == finding.severity }) {
                counts[place].count += 1
            } else {
                counts.append((finding.severity, 1))
            }
        }
        root["severities"] =
            counts.isEmpty ? "tidak ada" : counts.map { "\(text($0.severity)) \($0.count)" }.joined(separator: ", ")
        guard let outcome = sheet.outcome else { return }
        var node: Node = [
            "label": text(outcome.label), "hasMissing": !outcome.missingItems.isEmpty,
            "missing": outcome.missingItems.enumerated().map {
                ["no": $0.offset + 1, "text": text($0.element)] as Node
            },
        ]
        node = filled(filled(node, "reason", outcome.reason), "responseKind", outcome.responseKind)
        if let date = outcome.targetDate { node["targetDate"] = date.text }
        root["outcome"] = node
    }

    func add(lists root: inout Node) {
        root["chain"] = sheet.chain.map(link)
        root["hasSeats"] = !sheet.seats.isEmpty
        root["seats"] = sheet.seats.enumerated().map { place, seat in
            let words = [seat.seat, seat.person].filter { !$0.isEmpty }.joined(separator: ": ")
            return ["no": place + 1, "label": text(seat.team), "text": text(words), "unit": text(seat.unit)] as Node
        }
        root["hasLog"] = !sheet.log.isEmpty
        root["log"] = sheet.log.enumerated().map { place, event in
            [
                "no": place + 1, "stated": text(event.stated), "position": text(event.position),
                "unit": text(event.unit), "basis": text(event.basis), "text": text(event.text),
                "effect": text(event.effect), "level": text(event.level), "change": text(event.change),
            ] as Node
        }
        root["rows"] = sheet.rows.enumerated().map { place, row in
            [
                "no": place + 1, "dossier": text(row.dossier), "date": text(row.date),
                "applicant": text(row.applicant), "system": text(row.system), "stage": text(row.stage),
                "due": text(row.due), "note": text(row.note),
            ] as Node
        }
        root["hasFiles"] = !sheet.files.isEmpty
        root["files"] = sheet.files.enumerated().map { place, file in
            [
                "no": place + 1, "name": text(file.name), "size": text(file.size),
                "fingerprint": text(file.fingerprint),
            ] as Node
        }
        root["received"] = sheet.received.enumerated().map { place, document in
            node(document).merging(["no": place + 1]) { first, _ in first }
        }
    }

    private func link(_ link: PrintLink) -> Node {
        let fields = link.document.fields
        func field(_ name: String) -> PrintField? { fields.first { $0.name == name && !$0.text.isEmpty } }
        let nature = field("nature")?.word ?? ""
        var node: Node = [
            "from": text(link.from), "isSigned": !link.stated.isEmpty, "stated": text(link.stated),
            "fingerprint": PrintText.fingerprint(link.document.revision),
            "natures": catalogue.natures.map { ["on": $0 == nature, "label": catalogue.value($0)] as Node },
            "rest": fields.filter { !["to", "instruction", "request"].contains($0.name) && !isNature($0) }.map {
                ["label": text($0.label), "text": text($0.text)] as Node
            },
        ]
        for name in ["to", "instruction", "request"] { node = filled(node, name, field(name)?.text ?? "") }
        return node
    }

    private func isNature(_ field: PrintField) -> Bool {
        field.name == "nature" && catalogue.natures.contains(field.word)
    }
}
