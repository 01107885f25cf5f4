import Authority
import CBOR
import Dossier
import Envelope
import History
import Node
import Prints
import Procedure
import Registry
import Sodium

extension PrintBuilder {
    /// An act that names a document.
    struct Claim {
        /// Index among the acts of the state.
        let place: Int
        let claim: DocumentClaim
        let activation: ActivationID
        let isParaf: Bool
        let isOutcome: Bool
    }

    /// Authorised acts that name an instance of a document, in canonical order.
    func claims(_ type: DocumentType, _ instance: Int) -> [Claim] {
        var found: [Claim] = []
        for (place, record) in view.state.acts.enumerated() where record.act.isAuthorised {
            let (documents, activation, isParaf, isOutcome): ([DocumentClaim], ActivationID, Bool, Bool)
            switch record.act.body {
            case .outcome(let outcome):
                (documents, activation, isParaf, isOutcome) = (outcome.documents, outcome.activation, false, true)
            case .sign(let sign):
                (documents, activation, isParaf, isOutcome) = (sign.documents, sign.activation, sign.isParaf, false)
            default: continue
            }
            guard let claim = documents.first(where: { $0.document == type.id && $0.instance == instance }) else {
                continue
            }
            found.append(
                Claim(place: place, claim: claim, activation: activation, isParaf: isParaf, isOutcome: isOutcome))
        }
        return found
    }

    /// The stage that was named last; of a document with stages that nobody named yet, the first.
    func stage(_ type: DocumentType, _ instance: Int) -> String? {
        claims(type, instance).last?.claim.stage ?? type.stages.first
    }

    /// Whether an outcome over the document as it stands took effect: the engine's word, not a rule of our own.
    func isEffective(_ type: DocumentType, _ instance: Int, _ stage: String?) -> Bool {
        let revision = view.state.content(of: type, instance: instance, view.history).revision(stage: stage)
        return claims(type, instance).contains { claim in
            claim.isOutcome && claim.claim.revision == revision && claim.claim.stage == stage
                && view.state.procedure.verdicts[claim.place] == .effective
        }
    }

    /// What stands across a document that is not finished; nil for one that is.
    func draft(_ type: DocumentType, _ instance: Int, _ stage: String?) -> String? {
        guard !isEffective(type, instance, stage) else { return nil }
        let content = view.state.content(of: type, instance: instance, view.history)
        guard content.isComplete else { return "KONSEP, isian belum lengkap" }
        let named = claims(type, instance).filter { $0.isOutcome && $0.claim.isPresent }
        if named.contains(where: { view.state.procedure.verdicts[$0.place] == .contested }) {
            return "KONSEP, hasil langkah masih disengketakan"
        }
        guard let rule = type.rule(stage: stage), !rule.isParaf else { return "KONSEP, belum diajukan" }
        let slots = Set(rule.need.compactMap { view.definition.slot(ofRole: $0.name) })
        return slots.count > 1 ? "KONSEP, belum ditandatangani para pihak" : "KONSEP, belum ditandatangani"
    }

    /// One block for each signer of the rule. Initials (*paraf*) are no signatures.
    func signatures(_ type: DocumentType, _ instance: Int, _ stage: String?) -> [PrintSignature] {
        guard let rule = type.rule(stage: stage), !rule.isParaf else { return [] }
        let revision = view.state.content(of: type, instance: instance, view.history).revision(stage: stage)
        let all = claims(type, instance).filter { !$0.isParaf && counts($0.place) }
        // Signatures of an earlier visit of the step say nothing about this one.
        let current = all.last?.activation
        var taken: Set<Actor> = []
        let blocks = rule.need.map { signer -> PrintSignature in
            let own = all.filter { signs($0.place, signer.name) }
            let valid = own.first { claim in
                claim.activation == current && claim.claim.revision == revision && claim.claim.stage == stage
                    && (rule.allowsSamePerson || !taken.contains(view.state.acts[claim.place].act.actor))
            }
            if let valid { taken.insert(view.state.acts[valid.place].act.actor) }
            var block = valid.map { signed($0, signer) } ?? empty(signer)
            block.isOptional = signer.isOptional
            if valid == nil {
                block.earlier = own.filter { $0.claim.revision != revision }.suffix(3).map(earlier)
            }
            return block
        }
        // Of signers any one of whom will do, those who did.
        guard rule.rule != .all, blocks.contains(where: \.isSigned) else {
            return rule.rule == .any ? Array(blocks.prefix(1)) : blocks
        }
        return blocks.filter(\.isSigned)
    }

    /// Whether an act is a signature at all: not of an outcome that was refused or ruled out, and no opinion.
    private func counts(_ place: Int) -> Bool {
        switch view.state.procedure.verdicts[place] {
        case .effective, .waiting, .contested, .outdated: true
        case .superseded, .objection, .opinion, .noEffect: false
        }
    }

    /// Whether an act fills a role or, of a team, the chair, and is of the unit that is bound there.
    private func signs(_ place: Int, _ name: String) -> Bool {
        let act = view.state.acts[place].act
        if view.definition.team(name) != nil {
            return view.state.procedure.seats.contains {
                $0.team == name && $0.seat == "ketua" && $0.actor == act.actor
            }
        }
        guard act.role == name, let slot = view.definition.slot(ofRole: name) else { return false }
        return view.state.procedure.binding(slot)?.units.contains(act.actor.unit) ?? false
    }

    private func empty(_ signer: SignRule.Signer) -> PrintSignature {
        let slot = view.definition.slot(ofRole: signer.name)
        var block = PrintSignature(
            position: view.slotTitle(signer.name) + (signer.isOptional ? " (bila hadir)" : ""),
            unit: slot.map { unitName(ofSlot: $0) } ?? "")
        block.hasNIP = !(slot.map(isVendor) ?? false)
        return block
    }

    private func signed(_ claim: Claim, _ signer: SignRule.Signer) -> PrintSignature {
        let item = view.state.acts[claim.place].item
        let change = view.history.items[item]
        let body = change.operations.first?.body
        var block = PrintSignature(
            position: position(of: item), unit: view.state.verdicts[item].unit.map { view.unitName($0) } ?? "")
        block.name = name(of: item)
        block.hasNIP = !(view.definition.slot(ofRole: signer.name).map(isVendor) ?? false)
        block.stated = Self.time(change.at.milliseconds, zone: change.at.zone)
        block.instrument = view.instrument(of: item) ?? ""
        block.level = level(of: item)
        if let proof = body?[unsigned: 25].flatMap({ try? Committed($0) }) {
            if case .bytes(let id)? = view.reader.open(.committed(proof)) {
                block.proof = PrintText.fingerprint(Hexadecimal.encode(id))
            } else {
                block.proof = "tidak tersimpan pada replika ini"
            }
        }
        return block
    }

    private func earlier(_ claim: Claim) -> String {
        let item = view.state.acts[claim.place].item
        let change = view.history.items[item]
        let time = Self.time(change.at.milliseconds, zone: change.at.zone)
        return "\(position(of: item)), \(time), sidik jari \(PrintText.fingerprint(claim.claim.revision.hex))"
    }

    func level(of item: Int) -> PrintSignature.Level {
        let level = view.history.items[item].operations.first?.body[unsigned: 24]?.unsignedValue ?? 0
        switch Assurance(rawValue: level) {
        case .certified: return .certified
        case .wetInkScan: return .wetInkScan
        default: return .internal
        }
    }

    static func words(_ level: PrintSignature.Level) -> String {
        switch level {
        case .internal: "internal (disetujui dalam aplikasi)"
        case .certified: "PSrE (berkas PDF terlampir)"
        case .wetInkScan: "pindaian tanda tangan basah"
        }
    }

    /// With the capacity in front, once: `Plt. Kepala Dinas …`.
    func position(of item: Int) -> String {
        let title = view.authorName(of: item)
        let word: String
        switch view.state.verdicts[item].mandate?.capacity {
        case .acting: word = "Plt."
        case .dailyActing: word = "Plh."
        case .onBehalf: word = "a.n."
        case .forSuperior: word = "u.b."
        default: return title
        }
        return title.lowercased().hasPrefix(word.lowercased()) ? title : "\(word) \(title)"
    }

    /// The name in the certificate where it is another than the position.
    func name(of item: Int) -> String {
        let verdict = view.state.verdicts[item]
        guard let entry = verdict.standing?.entry, case .certify(let certificate)? = view.registry.entry(entry)?.body,
            let name = view.name(certificate.name, in: entry), name != view.authorName(of: item)
        else { return "" }
        return name
    }
}
