import Foundation

/// What templates read: names and texts. Everything that people wrote comes through ``text(_:)``.
struct PrintContext {
    let sheet: PrintSheet
    let catalogue: PrintCatalogue
    /// Tags of the template, its parts' included.
    let tags: Set<String>

    typealias Node = [String: Any]

    init(_ sheet: PrintSheet, _ catalogue: PrintCatalogue = .shipped) {
        (self.sheet, self.catalogue) = (sheet, catalogue)
        tags = PrintTemplates.tags(of: sheet.template)
    }

    var root: Node {
        var root: Node = [
            "paper": ["width": sheet.paper.size.width, "height": sheet.paper.size.height], "head": head,
            "title": text(sheet.title), "subject": text(sheet.subject), "procedure": text(sheet.procedure),
            "status": text(sheet.status), "receiver": text(sheet.receiver), "sender": text(sheet.sender),
            "numbers": sheet.numbers.map { filled(["label": text($0.label)], "value", $0.value) },
            "parties": sheet.parties.enumerated().map { party($0.element, $0.offset) },
            "copies": [
                "digits": String(sheet.copyCount), "words": Terbilang.words(Int64(sheet.copyCount)) ?? "",
            ],
            "hasObject": catalogue.isRecord(sheet.template), "notes": sheet.notes.map(text),
            "signRows": signRows, "signIndent": catalogue.isRecord(sheet.template) ? "0" : "50%",
            "footer": footer, "rowCount": sheet.rows.count,
        ]
        if let draft = sheet.draft { root["draft"] = text(draft) }
        if let date = sheet.date {
            root["date"] = date.text
            root["dateWithWeekday"] = date.textWithWeekday
            root["spelled"] = date.spelled
        }
        if let round = sheet.round { root["round"] = round }
        add(documents: &root)
        add(findings: &root)
        add(lists: &root)
        return root
    }

    /// The only way of a person's words onto paper.
    func text(_ text: String) -> String { PrintText.visible(text) }

    /// Empty texts are left out, so that a template can leave room for them.
    func filled(_ node: Node, _ name: String, _ value: String) -> Node {
        var node = node
        if !value.isEmpty { node[name] = text(value) }
        return node
    }

    private var head: Node {
        let head = sheet.letterhead
        var node = filled(["name": text(head.name)], "government", head.government)
        node = filled(node, "city", head.city)
        let telephone = head.phone.isEmpty ? "" : "Telepon \(head.phone)"
        let lines = [head.address, [telephone, head.email, head.web].filter { !$0.isEmpty }.joined(separator: " · ")]
        node["contact"] = lines.filter { !$0.isEmpty }.map(text)
        if let logo = head.logo {
            node["logo"] = ["type": logo.mediaType, "data": Data(logo.bytes).base64EncodedString()]
        }
        return node
    }

    static let ordinals = ["PIHAK PERTAMA", "PIHAK KEDUA", "PIHAK KETIGA"]

    static func ordinal(_ place: Int) -> String { place < ordinals.count ? ordinals[place] : "PIHAK KE-\(place + 1)" }

    private func party(_ party: PrintParty, _ place: Int) -> Node {
        var node: Node = [
            "no": place + 1, "ordinal": Self.ordinal(place), "position": text(party.position),
            "unit": text(party.unit), "nip": party.hasNIP,
        ]
        node = filled(node, "name", party.name)
        return filled(node, "address", party.address)
    }

    private var footer: Node {
        let footer = sheet.footer
        var node = filled(
            ["dossier": text(footer.dossier), "printed": text(footer.printed)], "document", footer.document)
        node = filled(filled(node, "assurance", footer.assurance), "reference", footer.reference)
        node["revision"] = text(footer.revision)
        node["fingerprint"] = PrintText.fingerprint(footer.revision)
        var parts = ["Berkas \(footer.dossier.prefix(16))"]
        if !footer.document.isEmpty {
            parts.append("\(footer.document), sidik jari \(PrintText.fingerprint(footer.revision))")
        }
        parts.append("dicetak \(footer.printed)")
        node["line"] = PrintText.plain(parts.joined(separator: ", "))
        if !footer.code.isEmpty { node["qr"] = ["size": footer.code.count + 8, "path": Self.path(footer.code)] }
        return node
    }

    /// Dark modules as runs, with the quiet zone of four around.
    static func path(_ code: [[Bool]]) -> String {
        var path = ""
        for (y, row) in code.enumerated() {
            var x = 0
            while x < row.count {
                let end = row[x...].firstIndex { $0 != row[x] } ?? row.count
                if row[x] { path += "M\(x + 4) \(y + 4)h\(end - x)v1h-\(end - x)z" }
                x = end
            }
        }
        return path
    }

    // MARK: Signatures

    /// Two in a row, of a record the second party's on the left; one alone in the middle, of a letter on the right.
    private var signRows: [Node] {
        let blocks = sheet.signatures.enumerated().map { block($0.element, $0.offset) }
        return stride(from: 0, to: blocks.count, by: 2).map { place in
            var cells = Array(blocks[place..<min(place + 2, blocks.count)])
            if catalogue.isRecord(sheet.template) { cells.reverse() }
            let style = cells.count == 1 ? "single" : "pair"
            return ["cells": cells.map { $0.merging(["class": style]) { first, _ in first } }]
        }
    }

    private func block(_ signature: PrintSignature, _ place: Int) -> Node {
        var node: Node = [
            "position": text(signature.position), "unit": text(signature.unit), "nip": signature.hasNIP,
            "signed": signature.isSigned, "stated": text(signature.stated),
            "internal": signature.level == .internal, "certified": signature.level == .certified,
            "wet": signature.level == .wetInkScan, "proof": text(signature.proof),
            "fingerprint": PrintText.fingerprint(sheet.footer.revision), "earlier": signature.earlier.map(text),
        ]
        let by = [signature.position, signature.name].filter { !$0.isEmpty }.joined(separator: " ")
        node["by"] = text(signature.instrument.isEmpty ? by : "\(by) (\(signature.instrument))")
        if catalogue.isRecord(sheet.template) { node["ordinal"] = Self.ordinal(place) }
        return filled(node, "name", signature.name)
    }
}
