/// What a print shows: data only, made by whoever reads the dossier. No clock: the time of printing is given.
package struct PrintSheet: Sendable {
    /// Name of the template, see ``PrintCatalogue``.
    package var template: String
    package var paper = Paper.a4
    package var letterhead: Letterhead
    package var title: String
    /// The dossier's title.
    package var subject = ""
    /// The procedure and whose it is.
    package var procedure = ""
    package var status = ""
    /// Label and value of each official number; empty while there is none.
    package var numbers: [PrintLine] = []
    package var date: PrintDate?
    /// The field that ``date`` was taken from; empty where it is the day of the last signature.
    package var dateField = ""
    /// `n` of *putaran ke-n*; nil where it is of no round.
    package var round: Int?
    /// In the order of the signature rule: PIHAK PERTAMA first.
    package var parties: [PrintParty] = []
    package var document: PrintDocument?
    /// The latest documents of the dossier, by code.
    package var related: [PrintDocument] = []
    /// What was handed in, every instance.
    package var received: [PrintDocument] = []
    package var outcome: PrintOutcome?
    package var findings: [PrintFinding] = []
    package var signatures: [PrintSignature] = []
    /// Why this is no finished document; nil when it is.
    package var draft: String?
    /// What a reader has to know: values that are not held, erased, in conflict.
    package var notes: [String] = []
    package var chain: [PrintLink] = []
    /// Copies of a record (*rangkap*): one for each party.
    package var copyCount = 2
    package var sender = ""
    package var receiver = ""
    package var seats: [PrintSeat] = []
    package var log: [PrintEvent] = []
    package var rows: [PrintRegisterRow] = []
    package var files: [PrintFile] = []
    package var footer: PrintFooter

    package init(template: String, title: String, letterhead: Letterhead, footer: PrintFooter) {
        (self.template, self.title, self.letterhead, self.footer) = (template, title, letterhead, footer)
    }
}

package enum Paper: String, Sendable, CaseIterable {
    case a4, f4

    /// Width and height in millimetres.
    package var size: (width: Int, height: Int) {
        switch self {
        case .a4: (210, 297)
        case .f4: (215, 330)
        }
    }
}

package struct PrintLine: Sendable {
    package var label: String
    package var value: String

    package init(_ label: String, _ value: String) { (self.label, self.value) = (label, value) }
}

package struct PrintParty: Sendable {
    package var position: String
    package var unit: String
    /// Empty where it is not known.
    package var name: String
    package var address: String
    /// Vendors have no civil servant's number.
    package var hasNIP: Bool

    package init(position: String, unit: String, name: String = "", address: String = "", hasNIP: Bool = true) {
        (self.position, self.unit, self.name, self.address, self.hasNIP) = (position, unit, name, address, hasNIP)
    }
}

/// A value as paper shows it.
package struct PrintField: Sendable {
    package var name: String
    package var label: String
    package var text: String
    /// The stored word of a choice, or `ya` and `tidak`; empty for others.
    package var word = ""
    package var isDate = false

    package init(name: String, label: String, text: String, word: String = "", isDate: Bool = false) {
        (self.name, self.label, self.text, self.word, self.isDate) = (name, label, text, word, isDate)
    }
}

package struct PrintTable: Sendable {
    package var name: String
    package var label: String
    package var columns: [PrintLine]
    /// Each row has as many fields as there are columns.
    package var rows: [[PrintField]]

    package init(name: String, label: String, columns: [PrintLine], rows: [[PrintField]]) {
        (self.name, self.label, self.columns, self.rows) = (name, label, columns, rows)
    }
}

package struct PrintDocument: Sendable {
    package var code: String
    package var title: String
    package var number: String
    package var date: PrintDate?
    /// Hexadecimal digits of the revision.
    package var revision: String
    package var isComplete: Bool
    package var fields: [PrintField]
    package var tables: [PrintTable]

    package init(
        code: String, title: String, number: String = "", date: PrintDate? = nil, revision: String = "",
        isComplete: Bool = true, fields: [PrintField] = [], tables: [PrintTable] = []
    ) {
        (self.code, self.title, self.number, self.date, self.revision) = (code, title, number, date, revision)
        (self.isComplete, self.fields, self.tables) = (isComplete, fields, tables)
    }
}

/// What the outcome that gave a document says beside it.
package struct PrintOutcome: Sendable {
    package var label: String
    package var reason: String
    package var missingItems: [String]
    package var responseKind: String
    package var targetDate: PrintDate?

    package init(
        label: String, reason: String = "", missingItems: [String] = [], responseKind: String = "",
        targetDate: PrintDate? = nil
    ) {
        (self.label, self.reason, self.missingItems) = (label, reason, missingItems)
        (self.responseKind, self.targetDate) = (responseKind, targetDate)
    }
}

package struct PrintFinding: Sendable {
    package var text: String
    package var severity: String
    package var status: String
    package var answer: String
    package var isOpen: Bool

    package init(text: String, severity: String, status: String, answer: String, isOpen: Bool) {
        (self.text, self.severity, self.status, self.answer, self.isOpen) = (text, severity, status, answer, isOpen)
    }
}

/// A block for one signer. Ours are no certified signatures: the block says so, and leaves room for ink.
package struct PrintSignature: Sendable {
    package enum Level: String, Sendable {
        case `internal`, certified, wetInkScan
    }

    /// With its capacity: `Plt. Kepala Dinas …`.
    package var position: String
    package var unit: String
    package var name = ""
    package var hasNIP = true
    package var isOptional = false
    /// When it was signed as stated, with the zone; empty where it is not.
    package var stated = ""
    package var instrument = ""
    package var level = Level.internal
    /// Fingerprint of the certified PDF or of the scan.
    package var proof = ""
    /// Signatures over earlier revisions, which do not count for this one.
    package var earlier: [String] = []

    package init(position: String, unit: String) { (self.position, self.unit) = (position, unit) }

    package var isSigned: Bool { !stated.isEmpty }
}

/// One disposition of a chain.
package struct PrintLink: Sendable {
    package var from: String
    package var stated: String
    package var document: PrintDocument

    package init(from: String, stated: String, document: PrintDocument) {
        (self.from, self.stated, self.document) = (from, stated, document)
    }
}

/// A seat in a team.
package struct PrintSeat: Sendable {
    package var team: String
    package var seat: String
    package var person: String
    package var unit: String

    package init(team: String, seat: String, person: String, unit: String) {
        (self.team, self.seat, self.person, self.unit) = (team, seat, person, unit)
    }
}

/// A line of the history.
package struct PrintEvent: Sendable {
    package var stated: String
    package var position: String
    package var unit: String
    package var basis: String
    package var text: String
    package var effect: String
    package var level: String
    package var change: String

    package init(
        stated: String, position: String, unit: String, basis: String, text: String, effect: String, level: String,
        change: String
    ) {
        (self.stated, self.position, self.unit, self.basis) = (stated, position, unit, basis)
        (self.text, self.effect, self.level, self.change) = (text, effect, level, change)
    }
}

package struct PrintRegisterRow: Sendable {
    package var dossier: String
    package var date: String
    package var applicant: String
    package var system: String
    package var stage: String
    package var due: String
    package var note: String

    package init(
        dossier: String, date: String, applicant: String, system: String, stage: String, due: String, note: String
    ) {
        (self.dossier, self.date, self.applicant, self.system) = (dossier, date, applicant, system)
        (self.stage, self.due, self.note) = (stage, due, note)
    }
}

package struct PrintFile: Sendable {
    package var name: String
    package var size: String
    package var fingerprint: String

    package init(name: String, size: String, fingerprint: String) {
        (self.name, self.size, self.fingerprint) = (name, size, fingerprint)
    }
}

/// What stands on every page, and at the end.
package struct PrintFooter: Sendable {
    /// Id of the dossier, or of the unit for a register.
    package var dossier: String
    /// `uat_record #1`, where there is a document.
    package var document: String
    /// Hexadecimal digits; empty where there is no document.
    package var revision: String
    /// With the zone.
    package var printed: String
    /// Levels of assurance of the signatures, in words.
    package var assurance: String
    /// The text of the QR code, and its modules, dark or light.
    package var reference: String
    package var code: [[Bool]]

    package init(
        dossier: String, document: String = "", revision: String = "", printed: String, assurance: String = "",
        reference: String = "", code: [[Bool]] = []
    ) {
        (self.dossier, self.document, self.revision, self.printed) = (dossier, document, revision, printed)
        (self.assurance, self.reference, self.code) = (assurance, reference, code)
    }
}
