import Authority
import Dossier
import Envelope
import History
import Node
import Procedure
import Spreadsheet
import Store

/// A table that goes to the screen, a CSV or an XLSX file.
struct SheetTable {
    let name: String
    let header: [String]
    let rows: [[Spreadsheet.Cell]]

    /// RFC 4180, formula-safe like every CSV of ours.
    func csv(_ write: (String) throws -> Void) throws {
        try write(Self.line(header))
        for row in rows { try write(Self.line(row.map(Self.text))) }
    }

    private static func line(_ cells: [String]) -> String {
        cells.map(AuditObject.cell).joined(separator: ",") + "\r\n"
    }

    static func text(_ cell: Spreadsheet.Cell) -> String {
        switch cell {
        case .empty: ""
        case .text(let text): text
        case .number(let number): "\(number)"
        case .day(let year, let month, let day): CivilDay.text(CivilDay.day(year: year, month: month, day: day))
        }
    }

    /// Control and direction characters are shown by their number, as everywhere.
    func spreadsheet() -> Spreadsheet {
        Spreadsheet(
            name: name, header: header,
            rows: rows.map { row in
                row.map { cell in
                    if case .text(let text) = cell { .text(Terminal.safe(text)) } else { cell }
                }
            })
    }

    static func day(_ day: Int?) -> Spreadsheet.Cell {
        guard let day else { return .empty }
        let date = CivilDay.date(day)
        // Earlier years are none that a sheet knows.
        return (1_900...9_999).contains(date.year)
            ? .day(year: date.year, month: date.month, day: date.day) : .text(CivilDay.text(day))
    }
}

/// The register of dossiers, with what was imported.
struct RegisterTable {
    let entries: [RegisterEntry]
    let archive: [ArchiveEntry]
    let names: [UnitID: String]
    let language: Language

    static let columns: [Message] = [
        Message("Nomor", "Number"), Message("Judul", "Title"), Message("Prosedur", "Procedure"),
        Message("Pemohon", "Applicant"), Message("Pelaksana", "IT unit"), Message("Pihak ketiga", "Vendor"),
        Message("Dibuka", "Opened"), Message("Status", "Status"), Message("Langkah", "Steps"),
        Message("Tenggat", "Due"), Message("Sementara", "Provisional"),
        Message("Terlambat (hari kerja)", "Late (working days)"), Message("Ditutup", "Closed"),
        Message("Langkah terlambat", "Steps closed late"), Message("Asal", "Origin"),
    ]

    var table: SheetTable {
        SheetTable(
            name: "Register", header: Self.columns.map { $0.text(language) },
            rows: entries.map(row) + archive.map(row))
    }

    private func name(_ entry: RegisterEntry, _ slot: String) -> String {
        entry.unit(slot).flatMap { names[$0] } ?? ""
    }

    private func row(_ entry: RegisterEntry) -> [Spreadsheet.Cell] {
        let due = entry.next?.due
        return [
            .text(entry.row.id.hex), .text(Rows.title(entry.row, language)), .text(entry.row.procedure),
            .text(name(entry, "applicant")), .text(name(entry, "it")), .text(name(entry, "vendor")),
            SheetTable.day(entry.timeline.opened), .text(Output.status(entry.row.status, language)),
            .text(entry.row.steps), SheetTable.day(due?.day),
            due?.isProvisional == true ? .text(Catalogue.sementara.text(language)) : .empty,
            entry.next?.lateness.map { .number($0.workingDays) } ?? .empty, SheetTable.day(entry.timeline.ended),
            .number(entry.lateCount), .text(Message("berkas", "dossier").text(language)),
        ]
    }

    private func row(_ entry: ArchiveEntry) -> [Spreadsheet.Cell] {
        [
            .text(entry.reference), .text(entry.title), .text(entry.procedure), .text(entry.applicant), .empty, .empty,
            SheetTable.day(entry.opened), .text(Output.status(entry.status, language)), .empty, .empty, .empty, .empty,
            SheetTable.day(entry.closed), .empty, .text("impor \(entry.batch)"),
        ]
    }

    var object: [Any] {
        entries.map { entry -> [String: Any] in
            var object: [String: Any] = [
                "origin": "dossier", "id": entry.row.id.hex, "title": entry.row.title,
                "titleErased": entry.row.titleBasis ?? "", "procedure": entry.row.procedure,
                "applicant": name(entry, "applicant"), "it": name(entry, "it"), "vendor": name(entry, "vendor"),
                "opened": CivilDay.text(entry.timeline.opened), "status": entry.row.status,
                "steps": entry.row.steps.split(separator: " ").map(String.init), "lateSteps": entry.lateCount,
                "findings": entry.timeline.findingCount, "openFindings": entry.timeline.openFindingCount,
                "stale": entry.row.isStale,
            ]
            if let ended = entry.timeline.ended { object["closed"] = CivilDay.text(ended) }
            if let next = entry.next { object["due"] = DueText.object(next) }
            return object
        }
            + archive.map { entry -> [String: Any] in
                var object: [String: Any] = [
                    "origin": "import", "import": entry.batch, "line": entry.line, "reference": entry.reference,
                    "title": entry.title, "procedure": entry.procedure, "applicant": entry.applicant,
                    "opened": CivilDay.text(entry.opened), "status": entry.status, "note": entry.note,
                ]
                if let closed = entry.closed { object["closed"] = CivilDay.text(closed) }
                return object
            }
    }
}

/// Findings of the dossiers of a register.
enum FindingsTable {
    static let columns: [Message] = [
        Message("Berkas", "Dossier"), Message("Judul", "Title"), Message("Temuan", "Finding"),
        Message("Tingkat", "Severity"), Message("Status", "Status"), Message("Terbuka", "Open"),
        Message("Uraian", "Summary"), Message("Rincian", "Detail"), Message("Jawaban", "Answer"),
        Message("Penemu", "Found by"), Message("Dicatat", "Recorded"),
    ]

    static func table(_ rows: [[Spreadsheet.Cell]], _ language: Language) -> SheetTable {
        SheetTable(
            name: language == .indonesian ? "Temuan" : "Findings", header: columns.map { $0.text(language) }, rows: rows
        )
    }

    static func rows(_ view: DossierView, _ language: Language) -> [[Spreadsheet.Cell]] {
        let title = ViewText.title(view, language)
        return view.state.tableRows(.findings, view.history).map { row, _ in
            var cells: [String: String] = [:]
            for cell in view.state.cells(row, view.history) {
                cells[cell.column] = cell.writes.map { ViewText.shown($0.value, view, language) }.joined(
                    separator: " | ")
            }
            let isOpen = view.state.findingStatus(row, asOf: nil, view.history) == .open
            let at = view.history.items[row.item].at.milliseconds
            return [
                .text(view.id.hex), .text(title), .text(row.dot.text), .text(cells["severity"] ?? ""),
                .text(cells["status"] ?? ""),
                .text((isOpen ? Message("ya", "yes") : Message("tidak", "no")).text(language)),
                .text(cells["title"] ?? ""), .text(cells["detail"] ?? ""), .text(cells["answer"] ?? ""),
                .text(view.state.verdicts[row.item].unit.map { view.unitName($0) } ?? ""),
                SheetTable.day(CivilDay.day(milliseconds: at, zone: view.timeline.zone.rawValue)),
            ]
        }
    }
}
