import Prints
import QR

/// Print sheets of every kind, filled by one function of texts: so the same sheet can be plain, empty or hostile.
enum Samples {
    static let revision = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

    /// Every print that there is: template and, for documents, the code that asks for it.
    static let templates = PrintTemplates.names.filter { !PrintTemplates.parts.contains($0) }

    /// - Parameter word: what a person wrote, by what it is about.
    static func sheet(_ template: String, _ word: (String) -> String) -> PrintSheet {
        let reference = "mufakat:1/00112233/\(revision)/\(template)/1/\(revision)"
        var letterhead = Letterhead(name: word("Dinas Komunikasi dan Informatika"))
        letterhead.government = word("Pemerintah Kota Contoh")
        letterhead.address = word("Jalan Contoh 1")
        letterhead.phone = word("(021) 555")
        letterhead.email = word("surat@contoh.go.id")
        letterhead.web = word("contoh.go.id")
        letterhead.city = word("Contoh")
        var sheet = PrintSheet(
            template: template, title: word("Judul \(template)"), letterhead: letterhead,
            footer: PrintFooter(
                dossier: revision, document: "\(template) #1", revision: revision, printed: "27 Maret 2026 10.42 WIB",
                assurance: "internal (disetujui dalam aplikasi)", reference: reference,
                code: QRCode(reference)?.rows ?? []))
        sheet.subject = word("SI Bank Sampah")
        (sheet.procedure, sheet.status) = (word("Prosedur"), word("berjalan"))
        (sheet.sender, sheet.receiver) = (word("Dinas Lingkungan Hidup"), word("Diskominfo"))
        sheet.numbers = [PrintLine("Nomor", word("027/BAST/E-BS/XI/2026")), PrintLine("Nomor", "")]
        (sheet.date, sheet.round) = (PrintDate("2026-11-02"), 2)
        sheet.parties = [
            PrintParty(position: word("Kepala Diskominfo"), unit: word("Diskominfo")),
            PrintParty(
                position: word("Kepala Dinas"), unit: word("Dinas LH"), name: word("Nama"), address: word("Jl.")),
            PrintParty(position: word("Direktur"), unit: word("PT Contoh"), hasNIP: false),
        ]
        sheet.document = document(template, word)
        sheet.related = ["request_letter", "uat_evaluation", "agenda_entry", "invitation_letter", "attendance_list"]
            .map { document($0, word) }
        sheet.received = Array(sheet.related.prefix(2))
        sheet.outcome = PrintOutcome(
            label: word("dikembalikan"), reason: word("alasan"), missingItems: [word("KAK"), word("Data")],
            responseKind: word("rekomendasi"), targetDate: PrintDate("2026-12-01"))
        sheet.findings = [
            PrintFinding(
                text: word("Unggah gagal"), severity: word("mayor"), status: word("terbuka"),
                answer: word("diperbaiki"),
                isOpen: true)
        ]
        sheet.signatures = signatures(word)
        sheet.draft = "KONSEP, belum ditandatangani para pihak"
        sheet.notes = [word("catatan cetak")]
        sheet.chain = [
            PrintLink(from: word("Kepala Dinas"), stated: "1 Maret 2026 08.00 WIB", document: document("chain", word)),
            PrintLink(from: word("Kepala Bidang"), stated: "", document: document("chain", word)),
        ]
        sheet.seats = [PrintSeat(team: word("Tim"), seat: word("ketua"), person: word("Orang"), unit: word("Unit"))]
        sheet.log = [
            PrintEvent(
                stated: "1 Maret 2026 08.00 WIB", position: word("Kepala"), unit: word("Unit"), basis: word("SK 1"),
                text: word("hasil"), effect: word("berlaku"), level: "internal", change: "0123abcd")
        ]
        sheet.rows = [
            PrintRegisterRow(
                dossier: "0123abcd", date: "1 Maret 2026", applicant: word("Dinas"), system: word("SI"),
                stage: word("6"), due: "", note: word("berjalan"))
        ]
        sheet.files = [PrintFile(name: word("surat.pdf"), size: "12 B", fingerprint: "0123-4567-89ab")]
        return sheet
    }

    private static func document(_ code: String, _ word: (String) -> String) -> PrintDocument {
        let names = [
            "place", "warranty_until", "period", "method", "held_on", "time", "speakers", "participants", "material",
            "obstacles", "scope_in", "scope_out", "system_name", "version", "function", "address", "live_at",
            "deliverables", "helpdesk", "acknowledged_by", "analysis", "live_on", "nature", "attachments", "subject",
            "development_type",
            "background", "purpose", "body", "contact", "result", "summary", "next_steps", "copies", "kind", "text",
            "alternative", "deadline", "meeting_at", "agenda", "event", "chair", "secretary", "points", "conclusion",
            "to", "instruction", "request", "agenda_no", "received_at", "not_in_any_template",
        ]
        var fields = names.map { PrintField(name: $0, label: word("Label \($0)"), text: word("isi \($0)")) }
        fields.append(PrintField(name: "dev_by", label: "Pengembangan", text: "24 April 2026", isDate: true))
        fields.append(PrintField(name: "urgent", label: "Mendesak", text: word("ya"), word: "ya"))
        let columns = [PrintLine("name", word("Uraian")), PrintLine("ok", word("Sesuai"))]
        let tables = ["items", "scenarios", "schedule", "topics", "follow_up", "rows", "members", "unknown_table"].map {
            PrintTable(
                name: $0, label: word("Tabel \($0)"), columns: columns,
                rows: [
                    [
                        PrintField(name: "name", label: "", text: word("baris \($0)")),
                        PrintField(name: "ok", label: "", text: word("ya"), word: "ya"),
                    ],
                    [
                        PrintField(name: "name", label: "", text: word("kedua \($0)")),
                        PrintField(name: "ok", label: "", text: word("tidak"), word: "tidak"),
                    ],
                ])
        }
        return PrintDocument(
            code: code, title: word("Dokumen \(code)"), number: word("12/\(code)"), date: PrintDate("2026-03-02"),
            revision: revision, fields: fields, tables: tables)
    }

    private static func signatures(_ word: (String) -> String) -> [PrintSignature] {
        var first = PrintSignature(position: word("Plt. Kepala Diskominfo"), unit: word("Diskominfo"))
        (first.stated, first.instrument) = ("2 November 2026 09.15 WIB", word("SK 821/1/2026"))
        var second = PrintSignature(position: word("Kepala Dinas"), unit: word("Dinas LH"))
        (second.name, second.earlier) = (word("Nama Pejabat"), [word("1 November 2026 10.00 WIB")])
        var third = PrintSignature(position: word("Direktur"), unit: word("PT Contoh"))
        (third.hasNIP, third.stated, third.level) = (false, "3 November 2026 10.00 WIB", .wetInkScan)
        third.proof = "0123-4567-89ab"
        var fourth = third
        fourth.level = .certified
        return [first, second, third, fourth]
    }
}
