import Dossier
import Envelope
import Node
import Procedure
import Sodium
import Store

/// A listing that is written as it comes, one dossier after another.
protocol AuditForm {
    mutating func begin(_ write: (String) throws -> Void) throws
    mutating func add(_ dossier: AuditedDossier, _ write: (String) throws -> Void) throws
    mutating func finish(_ write: (String) throws -> Void) throws
}

/// The listing of Protocol 7 §5: keys sorted, one act a line.
struct AuditJSON: AuditForm {
    let network: NetworkID
    let filter: AuditFilter
    private var dossiers: [String] = []
    private var isFirst = true

    init(network: NetworkID, filter: AuditFilter) {
        (self.network, self.filter) = (network, filter)
    }

    mutating func begin(_ write: (String) throws -> Void) throws { try write("{\n\"acts\":[") }

    mutating func add(_ dossier: AuditedDossier, _ write: (String) throws -> Void) throws {
        for line in dossier.lines {
            try write((isFirst ? "\n" : ",\n") + AuditObject.json(AuditObject.object(line)))
            isFirst = false
        }
        let item: [String: Any] = ["acts": dossier.lines.count, "dossier": dossier.id.hex, "title": dossier.title]
        dossiers.append(AuditObject.json(item))
    }

    mutating func finish(_ write: (String) throws -> Void) throws {
        var asked: [String: Any] = [:]
        asked["unit"] = filter.unit?.hex
        asked["from"] = filter.from.map(CivilDay.text)
        asked["until"] = filter.until.map(CivilDay.text)
        try write("\n],\n\"dossiers\":[\(dossiers.isEmpty ? "" : "\n")")
        try write(dossiers.joined(separator: ",\n"))
        try write("\n],\n\"filter\":\(AuditObject.json(asked)),\n\"format\":\"mufakat-audit/1\",\n")
        try write("\"network\":\"\(network.hex)\"\n}\n")
    }
}

/// RFC 4180, every cell quoted.
struct AuditCSV: AuditForm {
    let language: Language

    mutating func begin(_ write: (String) throws -> Void) throws { try write(row(AuditObject.header)) }

    mutating func add(_ dossier: AuditedDossier, _ write: (String) throws -> Void) throws {
        for line in dossier.lines {
            try write(row(AuditObject.cells(line, title: dossier.title, language)))
        }
    }

    mutating func finish(_ write: (String) throws -> Void) throws {}

    private func row(_ cells: [String]) -> String { cells.map(AuditObject.cell).joined(separator: ",") + "\r\n" }
}

/// A table for each dossier.
struct AuditTable: AuditForm {
    let language: Language
    private var isEmpty = true

    init(language: Language) {
        self.language = language
    }

    mutating func begin(_ write: (String) throws -> Void) throws {}

    mutating func add(_ dossier: AuditedDossier, _ write: (String) throws -> Void) throws {
        try write((isEmpty ? "" : "\n") + Terminal.safe("\(dossier.id.hex.prefix(12))  \(dossier.title)") + "\n")
        isEmpty = false
        let header = [
            "Id", Catalogue.stated.text(language), Catalogue.what.text(language), Catalogue.author.text(language),
            Message("Dasar", "Under").text(language), "Reg.", Message("Tingkat", "Level").text(language),
            Catalogue.effect.text(language),
        ]
        let rows = dossier.lines.map { line in
            [
                String(line.change.hex.prefix(8)), TimeText.text(line.statedMilliseconds, zone: line.zone),
                [line.kind, line.step, line.outcome, line.isParaf ? "(\(Catalogue.paraf.text(language)))" : ""]
                    .filter { !$0.isEmpty }.joined(separator: " "),
                [line.position, line.unit].filter { !$0.isEmpty }.joined(separator: ", "),
                [line.role, line.capacityWord, line.instrument].filter { !$0.isEmpty }.joined(separator: ", "),
                "\(line.registryHeight)", line.assuranceWord, EffectWords.short(line, language),
            ]
        }
        for text in Terminal.tableLines(header, rows) { try write(text + "\n") }
    }

    mutating func finish(_ write: (String) throws -> Void) throws {
        if isEmpty { Terminal.note(Catalogue.nothing.text(language)) }
    }
}
