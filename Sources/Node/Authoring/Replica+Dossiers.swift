import CBOR
package import Dossier
package import Envelope
package import History
import Procedure
import Registry
import Sodium
import Store

/// A field of a document to write, or a row of a table field to add.
package enum FieldEdit: Sendable {
    case set(document: String, field: String, value: String)
    case row(document: String, field: String, cells: [(String, String)])

    var document: String {
        switch self {
        case .set(let document, _, _), .row(let document, _, _): document
        }
    }
}

extension Replica {
    package static let titleByteCountMax = 500

    /// Opens a dossier by a published definition. Parties are named by slot.
    package func open(
        definition name: String, parties: [(slot: String, unit: UnitID)], title: String, by author: Author
    ) throws -> DossierID {
        try checkMark()
        guard title.utf8.count <= Self.titleByteCountMax, !title.isEmpty else {
            throw NodeFailure.titleTooLong(byteCount: title.utf8.count, limit: Self.titleByteCountMax)
        }
        return try transact(.own) { work in
            let entry = try work.publishedDefinition(name)
            let definition = try work.memory.definition(entry, work.tx.reader)
            let sorted = parties.sorted { $0.slot.utf8.lexicographicallyPrecedes($1.slot.utf8) }
            let opening = DossierOpening(
                definition: entry, parties: sorted.map { PartyNaming(slot: $0.slot, unit: $0.unit) },
                nonce: RandomBytes.make(count: DossierOpening.nonceByteCount), zone: definition.zone)
            var fields = FieldDraft(
                author: author.key.publicKey, definition: definition,
                units: Dictionary(parties.map { ($0.slot, $0.unit) }, uniquingKeysWith: { first, _ in first }),
                vault: FileVault(folder: work.folder))
            fields.draft.operations.append(opening.operation)
            let value = fields.commit(.text(title), audience: .all)
            fields.add(Code.set, [(1, .text(Path.title.text)), (2, value.item)])
            return try work.author(fields.draft, in: nil, by: author, zone: definition.zone).dossier
        }
    }

    /// Writes fields and rows of documents in one change set. Without an instance: the latest, or in a new round the next.
    package func edit(
        _ dossier: DossierID, _ edits: [FieldEdit], instance: Int?, by author: Author
    ) throws -> ChangeSet {
        try self.author(in: dossier, by: author) { work in
            try work.edit(dossier, edits, instances: InstanceChoice(instance), by: author)
        }
    }

    package func setTitle(_ dossier: DossierID, _ title: String, by author: Author) throws -> ChangeSet {
        guard title.utf8.count <= Self.titleByteCountMax, !title.isEmpty else {
            throw NodeFailure.titleTooLong(byteCount: title.utf8.count, limit: Self.titleByteCountMax)
        }
        return try write(dossier, by: author) { _, _, fields in
            let value = fields.commit(.text(title), audience: .all)
            fields.add(Code.set, [(1, .text(Path.title.text)), (2, value.item)])
        }
    }

    /// A comment for all parties, or a note for the own unit only.
    package func comment(
        _ dossier: DossierID, _ text: String, isInternal: Bool, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, by: author) { _, _, fields in
            guard (1...Value.textByteCountMax).contains(text.utf8.count) else {
                throw NodeFailure.badValue(field: "text", value: "\(text.utf8.count) B", expected: "1…32768 B")
            }
            let value = fields.commit(.text(text), audience: isInternal ? .own : .all)
            fields.add(Code.comment, [(1, value.item)])
        }
    }

    package func attach(
        _ dossier: DossierID, path: String, isInternal: Bool, allowsEmpty: Bool = false, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, by: author) { _, _, fields in
            try fields.attach(path, audience: isInternal ? .own : .all, allowsEmpty: allowsEmpty)
        }
    }

    package func addFinding(
        _ dossier: DossierID, severity: String, title: String, detail: String?, by author: Author
    ) throws -> Dot {
        guard Self.severities.contains(severity) else {
            throw NodeFailure.badValue(
                field: "severity", value: severity, expected: Self.severities.joined(separator: " | "))
        }
        let change = try write(dossier, by: author) { _, _, fields in
            var cells = [
                CBORPair(key: .text("severity"), value: .text(severity)),
                CBORPair(key: .text("status"), value: .text("terbuka")),
                CBORPair(key: .text("title"), value: fields.commit(.text(title), audience: .all).item),
            ]
            if let detail {
                cells.append(CBORPair(key: .text("detail"), value: fields.commit(.text(detail), audience: .all).item))
            }
            fields.add(Code.addRow, [(1, .text(Path.findings.text)), (2, .map(cells))])
        }
        return Dot(change: change.id, index: 0)
    }

    package static let severities = ["kritis", "mayor", "minor", "saran"]
    package static let statuses = ["terbuka", "dijawab", "diperbaiki", "diterima", "ditolak"]

    /// Answers a finding, and changes its status.
    package func answerFinding(
        _ dossier: DossierID, _ finding: Dot, status: String?, text: String?, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, by: author) { _, view, fields in
            guard view.state.tableRows(.findings, view.history).contains(where: { $0.row.dot == finding }) else {
                throw NodeFailure.unknownFinding(finding.text)
            }
            if let status {
                guard Self.statuses.contains(status) else {
                    throw NodeFailure.badValue(
                        field: "status", value: status, expected: Self.statuses.joined(separator: " | "))
                }
                fields.add(Code.setCell, [(1, finding.item), (2, .text("status")), (3, .text(status))])
            }
            if let text {
                let value = fields.commit(.text(text), audience: .all)
                fields.add(Code.setCell, [(1, finding.item), (2, .text("answer")), (3, value.item)])
            }
        }
    }

    /// Reads, drafts, signs and stores.
    ///
    /// - Parameter isAct: acts are signed over what their author could read, so they need the openings.
    func write(
        _ dossier: DossierID, isAct: Bool = false, by author: Author,
        _ body: (inout Work, DossierView, inout FieldDraft) throws -> Void
    ) throws -> ChangeSet {
        try self.author(in: dossier, by: author) { work in
            try work.write(dossier, isAct: isAct, by: author, body)
        }
    }
}

extension Replica.Work {
    mutating func write(
        _ dossier: DossierID, isAct: Bool, isOpinion: Bool = false, by author: Author,
        _ body: (inout Self, DossierView, inout FieldDraft) throws -> Void
    ) throws -> ChangeSet {
        try prepareToWrite(dossier)
        let view = try Replica.view(
            dossier, &memory, tx.reader, isWhole: isAct, adding: rehearsal?.places ?? [])
        var fields = FieldDraft(
            author: author.key.publicKey, definition: view.definition, units: view.slotUnits,
            vault: FileVault(folder: folder))
        do {
            try body(&self, view, &fields)
        } catch let failure as NodeFailure {
            // A file that was found to be other than what was signed is asked for again.
            for place in view.places where place.holding == .held {
                if let file = place.file, !view.vault.isHere(file, size: place.size) { tx.reader.noteLost(file) }
            }
            throw failure
        }
        return try self.author(fields.draft, in: dossier, isOpinion: isOpinion, by: author, zone: view.definition.zone)
    }

    mutating func edit(
        _ dossier: DossierID, _ edits: [FieldEdit], instances: InstanceChoice, by author: Author
    ) throws -> ChangeSet {
        try write(dossier, isAct: false, by: author) { _, view, fields in
            for edit in edits {
                guard let type = view.definition.document(edit.document) else {
                    throw NodeFailure.unknownDocument(edit.document, known: view.definition.documents.map(\.id))
                }
                let asked = instances[type.id]
                let number =
                    try asked.map { try view.instance($0, of: type.id, isNew: true) } ?? view.instanceToWrite(type.id)
                switch edit {
                case .set(_, let field, let value): try fields.set(type, number, field, value)
                case .row(_, let field, let cells): try fields.addRow(type, number, field, cells)
                }
            }
        }
    }

    /// The latest version of a definition by its name.
    func publishedDefinition(_ name: String) throws -> EntryID {
        var best: (entry: EntryID, version: UInt64)?
        for entry in memory.registry.publishedDefinitions {
            guard case .publishDefinition(let publication)? = memory.registry.entry(entry)?.body,
                publication.name == name || entry.hex == name
            else { continue }
            if (best?.version ?? 0) <= publication.version { best = (entry, publication.version) }
        }
        guard let best else { throw NodeFailure.unknownDefinition(name) }
        return best.entry
    }
}

extension DossierView {
    var slotUnits: [String: UnitID] {
        Dictionary(
            state.procedure.bindings.compactMap { binding in binding.unit.map { (binding.slot, UnitID($0)) } },
            uniquingKeysWith: { first, _ in first })
    }
}
