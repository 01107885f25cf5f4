import Mustache

/// What a print shows; made by whoever reads the dossier.
package struct PrintSheet: Sendable {
    package struct Line: Sendable {
        let label: String
        let value: String

        package init(label: String, value: String) { (self.label, self.value) = (label, value) }
    }

    package struct Signature: Sendable {
        let position: String
        let unit: String
        let instrument: String
        let stated: String
        let assurance: String
        let change: String

        package init(
            position: String, unit: String, instrument: String, stated: String, assurance: String, change: String
        ) {
            (self.position, self.unit, self.instrument) = (position, unit, instrument)
            (self.stated, self.assurance, self.change) = (stated, assurance, change)
        }
    }

    let title: String
    let dossierTitle: String
    let dossier: String
    let institution: String
    let parties: [Line]
    let fields: [Line]
    let findings: [String]
    let signatures: [Signature]
    let fingerprint: String

    package init(
        title: String, dossierTitle: String, dossier: String, institution: String, parties: [Line], fields: [Line],
        findings: [String], signatures: [Signature], fingerprint: String
    ) {
        (self.title, self.dossierTitle, self.dossier, self.institution) = (title, dossierTitle, dossier, institution)
        (self.parties, self.fields, self.findings) = (parties, fields, findings)
        (self.signatures, self.fingerprint) = (signatures, fingerprint)
    }
}

/// Official forms as HTML for the browser's printer. Mustache escapes every value.
package enum OfficialPrint {
    package static func html(_ sheet: PrintSheet) throws -> String {
        try MustacheTemplate(string: template).render(sheet)
    }

    private static let template = """
        <!doctype html>
        <html lang="id">
        <head>
        <meta charset="utf-8">
        <title>{{title}} – {{dossierTitle}}</title>
        <style>
        @page { size: A4; margin: 2.5cm }
        body { font-family: "Times New Roman", serif; font-size: 12pt; max-width: 17cm; margin: 2em auto }
        h1 { font-size: 14pt; text-align: center; text-transform: uppercase }
        table { border-collapse: collapse; width: 100%; margin: 1em 0 }
        td, th { border: 1px solid #000; padding: 3pt 6pt; text-align: left; vertical-align: top }
        footer { font-size: 9pt; margin-top: 2em; border-top: 1px solid #000 }
        </style>
        </head>
        <body>
        <p>{{institution}}</p>
        <h1>{{title}}</h1>
        <p>Permohonan: <strong>{{dossierTitle}}</strong></p>
        <table>
        {{#parties}}<tr><th>{{label}}</th><td>{{value}}</td></tr>
        {{/parties}}</table>
        <table>
        {{#fields}}<tr><th>{{label}}</th><td>{{value}}</td></tr>
        {{/fields}}</table>
        {{#findings}}<p>Temuan: {{.}}</p>
        {{/findings}}<h2>Tanda tangan</h2>
        <table>
        <tr><th>Jabatan</th><th>Unit</th><th>Dasar</th><th>Waktu menurut penanda tangan</th><th>Tingkat</th><th>Perubahan</th></tr>
        {{#signatures}}<tr><td>{{position}}</td><td>{{unit}}</td><td>{{instrument}}</td><td>{{stated}}</td><td>{{assurance}}</td><td>{{change}}</td></tr>
        {{/signatures}}</table>
        <footer>
        <p>Ditandatangani dengan tanda tangan elektronik tidak tersertifikasi. Bukti dapat diperiksa dengan berkas bukti
        dari berkas permohonan {{dossier}}.</p>
        <p>Sidik revisi: {{fingerprint}}</p>
        </footer>
        </body>
        </html>
        """
}
