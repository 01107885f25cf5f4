import Dossier
import Envelope
import Node
import Prints
import Procedure
import Sodium
import Store

/// The register of a month, or of everything that this replica holds (*Buku Register*).
enum PrintRegister {
    /// - Parameter month: `YYYY-MM` of the day on which a dossier was opened, in its zone; nil for all.
    static func sheet(
        _ replica: Replica, month: String?, letterhead: Letterhead?, paper: Paper, now: UInt64
    ) throws -> PrintSheet {
        if let month, CivilDay.parse(month + "-01") == nil {
            throw NodeFailure.badValue(field: "--month", value: month, expected: "YYYY-MM")
        }
        let (registry, identity) = try replica.current(.own)
        let own = identity.unit.map { replica.name(of: $0, registry) } ?? ""
        let found = try replica.store.read { try $0.dossiers(limit: try $0.dossierCount(), status: nil) }.sorted {
            ($0.created, $0.id) < ($1.created, $1.id)
        }
        var rows: [PrintRegisterRow] = []
        for row in found {
            let day = CivilDay.text(CivilDay.day(milliseconds: row.created, zone: ""))
            guard month.map({ day.hasPrefix($0) }) ?? true else { continue }
            rows.append(try line(row, try replica.view(row.id), letterhead, paper, now))
        }
        let head = letterhead ?? Letterhead(name: own)
        var sheet = PrintSheet(
            template: "register", title: "Buku Register", letterhead: head,
            footer: PrintFooter(
                dossier: identity.unit.map { $0.hex } ?? "", printed: PrintBuilder.time(now, zone: "")))
        sheet.paper = paper
        sheet.subject = month.flatMap { PrintDate($0 + "-01") }.map { "\($0.monthName) \($0.year)" } ?? "Semua berkas"
        if letterhead == nil { sheet.notes = ["Kop belum diatur: mufakat letterhead set --from BERKAS."] }
        sheet.rows = rows
        return sheet
    }

    private static func line(
        _ row: DossierRow, _ view: DossierView, _ letterhead: Letterhead?, _ paper: Paper, _ now: UInt64
    ) throws -> PrintRegisterRow {
        let builder = PrintBuilder(view: view, letterhead: letterhead, paper: paper, now: now)
        let open = view.state.procedure.open.map { activation in
            "\(activation.step). \(view.definition.step(activation.step)?.title ?? "")"
        }
        return PrintRegisterRow(
            dossier: String(row.id.hex.prefix(12)),
            date: PrintBuilder.date(row.created, zone: builder.zone)?.text ?? "",
            applicant: builder.unitName(ofSlot: builder.applicantSlot), system: builder.subject,
            stage: open.joined(separator: "; "), due: "",
            note: Output.status(ViewObject.status(view), .indonesian))
    }
}
