import Dossier
import Envelope
import Node
import Prints
import Procedure
import Sodium
import Store

/// The register of a month, or of everything that this replica holds (*Buku Register*): the same lines as
/// `register list`, of an imported register too.
enum PrintRegister {
    /// - Parameter month: `YYYY-MM` of the day on which a dossier was opened; nil for all.
    static func sheet(
        _ replica: Replica, month: String?, letterhead: Letterhead?, paper: Paper, now: UInt64
    ) throws -> PrintSheet {
        if let month, PrintDate(month + "-01") == nil {
            throw NodeFailure.badValue(field: "--month", value: month, expected: "YYYY-MM")
        }
        let (registry, identity) = try replica.current(.own)
        let own = identity.unit.map { replica.name(of: $0, registry) } ?? ""
        let (entries, skipped) = try replica.register(RegisterFilter())
        let units = entries.flatMap { entry in entry.timeline.parties.map { UnitID($0.unit) } }
        let table = RegisterTable(
            entries: entries, archive: try replica.archived(RegisterFilter()), names: try replica.names(of: units),
            language: .indonesian
        ).table
        var sheet = PrintSheet(
            template: "register", title: "Buku Register", letterhead: letterhead ?? Letterhead(name: own),
            footer: PrintFooter(
                dossier: identity.unit.map { $0.hex } ?? "", printed: PrintBuilder.time(now, zone: "")))
        sheet.paper = paper
        sheet.subject = month.flatMap { PrintDate($0 + "-01") }.map { "\($0.monthName) \($0.year)" } ?? "Semua berkas"
        if letterhead == nil { sheet.notes.append("Kop belum diatur: mufakat letterhead set --from BERKAS.") }
        if skipped > 0 { sheet.notes.append("\(skipped) berkas tidak terbaca dan tidak tercetak.") }
        sheet.rows = table.rows.map { $0.map(SheetTable.text) }.filter { row in
            month.map { row[6].hasPrefix($0) } ?? true
        }.map(line)
        return sheet
    }

    /// By the columns of the register: number, title, applicant, opening, status, steps, due, provisional, origin.
    private static func line(_ row: [String]) -> PrintRegisterRow {
        let due = [PrintDate(row[9])?.text ?? row[9], row[10]].filter { !$0.isEmpty }.joined(separator: ", ")
        return PrintRegisterRow(
            dossier: String(row[0].prefix(12)), date: PrintDate(row[6])?.text ?? row[6], applicant: row[3],
            system: row[1], stage: row[8], due: due, note: [row[7], row[14]].joined(separator: ", "))
    }
}
