import Dossier
import Envelope
import History
import Node
import Prints
import Procedure
import QR
import Sodium

/// Makes print sheets of a dossier as this replica holds it. Prints are in Indonesian, whatever the screen speaks.
struct PrintBuilder {
    let view: DossierView
    /// The own unit's, where one was set.
    let letterhead: Letterhead?
    let paper: Paper
    /// Milliseconds; the time of printing.
    let now: UInt64
    let catalogue = PrintCatalogue.shipped
    /// Places of change sets in canonical order: rows are printed in the order in which they came.
    let order: [Int: Int]

    init(view: DossierView, letterhead: Letterhead?, paper: Paper, now: UInt64) {
        (self.view, self.letterhead, self.paper, self.now) = (view, letterhead, paper, now)
        order = Dictionary(
            view.history.canonicalOrder.enumerated().map { ($0.element, $0.offset) },
            uniquingKeysWith: { first, _ in first })
    }

    var zone: String { view.state.opening?.zone ?? "" }
    var subject: String { ViewText.title(view, .indonesian) }

    static func date(_ milliseconds: UInt64, zone: String) -> PrintDate? {
        let (year, month, day) = CivilDay.date(CivilDay.day(milliseconds: milliseconds, zone: zone))
        return PrintDate(year: year, month: month, day: day)
    }

    /// `27 Maret 2026 10.42 WIB`
    static func time(_ milliseconds: UInt64, zone: String) -> String {
        let clock = TimeText.text(milliseconds, zone: zone).split(separator: " ").dropFirst().joined(separator: " ")
        return "\(date(milliseconds, zone: zone)?.text ?? "") \(clock)"
    }

    // MARK: Units

    func unit(ofSlot slot: String) -> UnitID? { view.state.procedure.binding(slot)?.unit.map { UnitID($0) } }

    func unitName(ofSlot slot: String) -> String {
        unit(ofSlot: slot).map { view.unitName($0) } ?? view.definition.party(slot)?.label ?? slot
    }

    func isVendor(_ slot: String) -> Bool { view.definition.party(slot)?.kind == "vendor" }

    /// The first other unit in the order of the definition: whom a letter goes to.
    func receiver(from slot: String) -> String {
        let own = unit(ofSlot: slot)
        let other = view.definition.parties.first { party in
            party.slot != slot && unit(ofSlot: party.slot).map { $0 != own } ?? false
        }
        return unitName(ofSlot: other?.slot ?? slot)
    }

    /// Who begins the procedure.
    var applicantSlot: String {
        let roles = view.definition.step(view.definition.start)?.by ?? []
        return roles.lazy.compactMap { view.definition.slot(ofRole: $0) }.first
            ?? view.definition.parties.first?.slot ?? ""
    }

    /// The side that issues a document: its first signer's, else that of whoever acts in the step that brings it.
    func issuer(of type: DocumentType, stage: String?) -> String {
        let signers = type.rule(stage: stage)?.need.map(\.name) ?? []
        let steps = view.definition.steps.filter { step in
            (step.brings + step.gives + step.outcomes.flatMap { $0.gives ?? [] }).contains { $0.document == type.id }
        }
        let names = signers + steps.flatMap(\.by)
        return names.lazy.compactMap { view.definition.slot(ofRole: $0) }.first
            ?? view.definition.parties.first?.slot ?? ""
    }

    /// The own letterhead only over the own unit's papers.
    func head(of unit: UnitID?, name: String) -> (head: Letterhead, note: String?) {
        if unit == nil || unit == view.own, let letterhead { return (letterhead, nil) }
        var plain = Letterhead(name: name)
        plain.isPlain = true
        let note =
            unit == view.own
            ? "Kop belum diatur: mufakat letterhead set --from BERKAS."
            : "Kop \(name) tidak ada pada replika ini; gunakan kertas berkop unit tersebut bila diperlukan."
        return (plain, note)
    }

    // MARK: Reference

    func footer(document: String = "", revision: String = "", assurance: String = "", reference: String) -> PrintFooter
    {
        PrintFooter(
            dossier: view.id.hex, document: document, revision: revision, printed: Self.time(now, zone: zone),
            assurance: assurance, reference: reference, code: QRCode(reference)?.rows ?? [])
    }
}
