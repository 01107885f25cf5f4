import CBOR
import Dossier
import Envelope
import History
import Node
import Prints
import Procedure
import Sodium

extension PrintBuilder {
    /// One document, with what its template shows of the dossier around it.
    func sheet(_ type: DocumentType, _ instance: Int, stage named: String? = nil) -> PrintSheet {
        let stage = named ?? stage(type, instance)
        var gaps = PrintGaps()
        let document = document(type, instance, stage: stage, isOwn: true, &gaps)
        let signatures = signatures(type, instance, stage)
        let slot = issuer(of: type, stage: stage)
        let (head, note) = head(of: unit(ofSlot: slot), name: unitName(ofSlot: slot))
        let levels = signatures.filter(\.isSigned).map { Self.words($0.level) }
        let content = view.state.content(of: type, instance: instance, view.history)
        let reference = PrintReference.text(
            network: view.history.network, dossier: view.id, document: type.id, instance: instance,
            revision: content.revision(stage: stage), stage: stage)
        var sheet = PrintSheet(
            template: catalogue.template(of: type.id), title: type.title, letterhead: head,
            footer: footer(
                document: "\(type.id) #\(instance)" + (stage.map { " (\($0))" } ?? ""), revision: document.revision,
                assurance: unique(levels).isEmpty ? "belum ada tanda tangan" : unique(levels).joined(separator: "; "),
                reference: reference))
        sheet.paper = paper
        sheet.subject = subject
        (sheet.document, sheet.signatures) = (document, signatures)
        sheet.numbers = numbers(type, instance)
        if let date = date(type, instance) { (sheet.date, sheet.dateField) = (date.date, date.field) }
        sheet.round = round(type, instance)
        sheet.parties = parties(type, stage, signatures)
        sheet.copyCount = max(2, sheet.parties.count)
        (sheet.sender, sheet.receiver) = (unitName(ofSlot: applicantSlot), receiver(from: slot))
        sheet.draft = draft(type, instance, stage)
        sheet.outcome = outcome(type, instance)
        sheet.findings = findings
        sheet.notes = [note].compactMap { $0 } + gaps.notes
        sheet.related = related(to: type)
        sheet.seats = seats
        if sheet.template == "disposition" { sheet.chain = chain(type) }
        return sheet
    }

    func unique(_ texts: [String]) -> [String] {
        texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The current instance of every other document, where somebody wrote it.
    func related(to own: DocumentType?) -> [PrintDocument] {
        var gaps = PrintGaps()
        return view.definition.documents.compactMap { type in
            let instance = view.currentInstance(type.id)
            guard type.id != own?.id, view.state.instances(of: type.id).contains(instance) else { return nil }
            return document(type, instance, stage: stage(type, instance), isOwn: false, &gaps)
        }
    }

    private func round(_ type: DocumentType, _ instance: Int) -> Int? {
        let activation = claims(type, instance).last.flatMap { view.state.procedure.activation($0.activation) }
        if let activation { return activation.round }
        let open = view.state.procedure.open.first { open in
            view.definition.step(open.step)?.gives.contains { $0.document == type.id } ?? false
        }
        return open?.round
    }

    /// The sides of the signature rule in its order; who signed, else the position that is to.
    private func parties(_ type: DocumentType, _ stage: String?, _ signatures: [PrintSignature]) -> [PrintParty] {
        let signers = type.rule(stage: stage)?.need ?? []
        guard !signers.isEmpty else {
            return view.definition.parties.filter { unit(ofSlot: $0.slot) != nil }.map {
                PrintParty(position: $0.label, unit: unitName(ofSlot: $0.slot), hasNIP: !isVendor($0.slot))
            }
        }
        return signatures.map {
            PrintParty(position: $0.position, unit: $0.unit, name: $0.name, hasNIP: $0.hasNIP)
        }
    }

    private func outcome(_ type: DocumentType, _ instance: Int) -> PrintOutcome? {
        let found = claims(type, instance).last { claim in
            if case .noEffect = view.state.procedure.verdicts[claim.place] { return false }
            return claim.isOutcome && claim.claim.isPresent
        }
        guard let found, case .outcome(let act) = view.state.acts[found.place].act.body else { return nil }
        let rule = view.definition.step(act.step)?.outcome(act.name)
        var outcome = PrintOutcome(label: rule?.say ?? catalogue.value(act.name))
        let body = view.history.items[view.state.acts[found.place].item].operations.first?.body
        if let reason = body?[unsigned: 5].flatMap({ try? Committed($0) }) {
            outcome.reason = ViewText.shown(.committed(reason), view, .indonesian)
        }
        outcome.missingItems = act.missingItems.map { catalogue.label(document: type.id, field: $0) }
        outcome.responseKind = act.responseKind.map { catalogue.value($0) } ?? ""
        outcome.targetDate = act.targetDate.flatMap { PrintDate($0) }
        return outcome
    }

    private var findings: [PrintFinding] {
        view.state.tableRows(.findings, view.history).map(\.row).sorted {
            (order[$0.item] ?? 0, $0.dot.index) < (order[$1.item] ?? 0, $1.dot.index)
        }.map { row in
            let cells = view.state.cells(row, view.history)
            func text(_ name: String) -> String {
                let writes = cells.first { $0.column == name }?.writes ?? []
                return writes.map { ViewText.shown($0.value, view, .indonesian) }.joined(separator: " | ")
            }
            return PrintFinding(
                text: [text("title"), text("detail")].filter { !$0.isEmpty }.joined(separator: ": "),
                severity: text("severity"), status: text("status"), answer: text("answer"),
                isOpen: view.state.findingStatus(row, asOf: nil, view.history) == .open)
        }
    }

    private var seats: [PrintSeat] {
        view.state.procedure.seats.map { claim in
            PrintSeat(
                team: view.slotTitle(claim.team), seat: claim.seat, person: view.personName(claim.actor),
                unit: view.unitName(UnitID(claim.actor.unit)))
        }
    }

    /// All dispositions, each with its own signature.
    func chain(_ type: DocumentType) -> [PrintLink] {
        var gaps = PrintGaps()
        return view.state.instances(of: type.id).map { instance in
            let stage = stage(type, instance)
            let document = document(type, instance, stage: stage, isOwn: true, &gaps)
            let signer = claims(type, instance).last { $0.claim.revision.hex == document.revision && !$0.isParaf }
            let item = signer.map { view.state.acts[$0.place].item }
            return PrintLink(
                from: item.map { position(of: $0) } ?? view.slotTitle(type.rule(stage: stage)?.need.first?.name ?? ""),
                stated: item.map { index in
                    let at = view.history.items[index].at
                    return Self.time(at.milliseconds, zone: at.zone)
                } ?? "", document: document)
        }
    }
}
