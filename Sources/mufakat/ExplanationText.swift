import Authority
import Dossier
import Envelope
import Node
import Procedure
import Registry
import Sodium

/// Why a change set has its effect, in words and as JSON.
enum ExplanationText {
    typealias Facts = Explanation

    static func lines(_ facts: Facts, _ view: DossierView, _ language: Language) -> [String] {
        var lines = [head(facts, language)]
        lines.append("  " + author(facts, language))
        lines += [facts.mandate.map { mandate($0, facts, language) }, facts.ground.map { ground($0, language) }]
            .compactMap { $0.map { "  " + $0 } }
        lines.append("  " + stated(facts, language))
        lines += facts.endings.map { "  " + ending($0, facts.line.zone, language) }
        lines += saved(facts, language).map { "  " + $0 }
        if let fault = facts.chainFault { lines.append("  " + chainFault(fault, language)) }
        if facts.line.isDisputed {
            lines.append(
                "  "
                    + Message(
                        "Diperselisihkan: unit lain telah mendasarkan pekerjaannya pada ini tanpa mengetahui berakhirnya",
                        "Disputed: another unit built on this without knowing the end"
                    ).text(language))
        }
        if !facts.line.forks.isEmpty {
            let ids = facts.line.forks.map { String($0.hex.prefix(8)) }.joined(separator: ", ")
            lines.append(
                "  " + Message("Kunci ini bercabang di: {0}", "This key forked at: {0}").text(language, ids))
        }
        if let effect = facts.effect, facts.line.reason == nil {
            lines.append(
                "  "
                    + Message("Dalam prosedur: {0}", "In the procedure: {0}").text(
                        language,
                        Catalogue.words(effect).text(language) + detail(effect, language)))
        }
        lines += mends(facts, view, language).map {
            "  " + Message("Yang dapat memperbaiki: {0}", "Who can mend it: {0}").text(language, $0)
        }
        return lines
    }

    // MARK: The verdict

    /// Nothing stands against it, and the procedure took it.
    static func isEffective(_ facts: Facts) -> Bool {
        facts.line.isStanding && (facts.effect == nil || facts.effect == .effective)
    }

    private static func head(_ facts: Facts, _ language: Language) -> String {
        let kind = facts.isAct ? facts.line.kind : facts.operations.joined(separator: ", ")
        let what = [kind, facts.line.step, facts.line.outcome].filter { !$0.isEmpty }.joined(separator: " ")
        return "\(facts.line.change.hex.prefix(12)) \(what): \(verdict(facts, language))"
    }

    static func verdict(_ facts: Facts, _ language: Language) -> String {
        if let reason = facts.line.reason {
            let isWaiting = reason == .awaitsRatification
            let word = isWaiting ? Message("BELUM BERLAKU", "NOT EFFECTIVE YET") : Message("TANPA AKIBAT", "NO EFFECT")
            return word.text(language) + ": " + Catalogue.words(reason).text(language)
        }
        switch facts.effect {
        case nil, .effective?: return Message("BERLAKU", "EFFECTIVE").text(language)
        case .waiting?, .contested?:
            return Message("BELUM BERLAKU", "NOT EFFECTIVE YET").text(language)
        default: return Message("TANPA AKIBAT", "NO EFFECT").text(language)
        }
    }

    private static func detail(_ effect: ActVerdict, _ language: Language) -> String {
        switch effect {
        case .waiting(["ruling"]): " (\(Message("penetapan", "ruling").text(language)))"
        case .waiting(["ratification"]): " (\(Message("pengesahan", "ratification").text(language)))"
        case .noEffect(_, let detail) where !detail.isEmpty: " (\(detail))"
        case .waiting(let names) where !names.isEmpty: " (\(names.joined(separator: ", ")))"
        default: ""
        }
    }

    // MARK: Who, and by whose grant

    private static func author(_ facts: Facts, _ language: Language) -> String {
        let who = facts.author
        let name = who.position.isEmpty ? Message("akar unit", "the unit's root").text(language) : who.position
        return Message("Oleh: {0}, {1}", "By: {0}, {1}").text(language, name, who.unit)
    }

    private static func grantor(_ grant: Facts.Grant, _ language: Language) -> String {
        let words =
            switch grant.grantor {
            case .network: Message("akar jejaring", "the network's root")
            case .root: Message("akar {0}", "the root of {0}")
            case .administrator: Message("pengelola {0}", "the administrator {0}")
            }
        return words.text(language, grant.grantorName)
    }

    private static func mandate(_ grant: Facts.Grant, _ facts: Facts, _ language: Language) -> String {
        let until = facts.term?.until.map { TimeText.text($0, zone: facts.line.zone) } ?? "…"
        let from = facts.term.map { TimeText.text($0.from, zone: facts.line.zone) } ?? ""
        return Message(
            "Mandat {0}: {1}, {2}, {3}; {4} sampai {5}; diberikan oleh {6}, entri {7} rantai {8}",
            "Mandate {0}: {1}, {2}, {3}; {4} until {5}; granted by {6}, entry {7} of chain {8}"
        ).text(
            language, String(grant.entry.hex.prefix(8)), facts.line.role, facts.line.capacityWord,
            facts.line.instrument, from, until, grantor(grant, language), "\(grant.height)",
            String(grant.chain.hex.prefix(8)))
    }

    private static func ground(_ grant: Facts.Grant, _ language: Language) -> String {
        let kind = grantKinds[grant.kind]?.text(language) ?? grant.kind
        return Message(
            "Kunci: {0} {1}, oleh {2}, entri {3} rantai {4}", "Key: {0} {1}, by {2}, entry {3} of chain {4}"
        ).text(
            language, kind, String(grant.entry.hex.prefix(8)), grantor(grant, language), "\(grant.height)",
            String(grant.chain.hex.prefix(8)))
    }

    private static let grantKinds = [
        "certificate": Message("sertifikat", "certificate"), "delegation": Message("pendelegasian", "delegation"),
        "genesis": Message("akar unit sejak awal", "root since the genesis"),
        "rotation": Message("akar unit sejak penggantian", "root since the rotation"),
        "recovery": Message("akar unit sejak pemulihan", "root since the recovery"),
    ]

    private static func stated(_ facts: Facts, _ language: Language) -> String {
        let text = Message("Waktu menurut penulis {0}; tinggi registri {1}", "Stated time {0}; registry height {1}")
            .text(
                language, TimeText.text(facts.line.statedMilliseconds, zone: facts.line.zone),
                "\(facts.line.registryHeight)")
        guard facts.isAct else { return text }
        return text + "; " + Message("tingkat {0}", "level {0}").text(language, facts.line.assuranceWord)
    }

    // MARK: Endings

    private static func ending(_ fact: Facts.EndingFact, _ zone: String, _ language: Language) -> String {
        let target = targets[fact.target]?.text(language) ?? fact.target
        let kind = kinds[fact.kind]?.text(language, target) ?? fact.kind.rawValue
        let time = fact.effective.map { TimeText.text($0, zone: zone) }
        let since = time.map { Message("berlaku {0}", "effective {0}").text(language, $0) }
        var words = [kind + " " + String(fact.id.hex.prefix(8)), since].compactMap { $0 }
        if fact.kind == .revocation {
            let reason =
                fact.isCompromise ? Message("kunci jatuh ke tangan lain", "compromised") : Message("berakhir", "ended")
            words.append(reason.text(language))
        }
        if fact.isCountersigned {
            words.append(Message("dikuatkan satu tingkat di atasnya", "countersigned").text(language))
        }
        return words.joined(separator: ", ") + ": " + place(fact, language)
    }

    private static let kinds: [Verdict.Ending.Kind: Message] = [
        .revocation: Message("Pencabutan {0}", "Revocation of the {0}"),
        .succession: Message("Penggantian {0}", "Succession of the {0}"),
        .suspension: Message("Pembekuan {0}", "Suspension of the {0}"),
        .removal: Message("Pengeluaran {0}", "Removal of the {0}"),
    ]
    private static let targets = [
        "mandate": Message("mandat", "mandate"), "certificate": Message("sertifikat", "certificate"),
        "delegation": Message("pengelola", "administrator"), "root": Message("akar unit", "unit's root key"),
        "unit": Message("unit", "unit"),
    ]

    /// Inside or outside the cut in this dossier, and who drew it.
    private static func place(_ fact: Facts.EndingFact, _ language: Language) -> String {
        if fact.isInside {
            guard !fact.drawnBy.isEmpty else {
                return Message("di dalam batas: sudah dilihat kedua pihak", "inside the cut: both had it before them")
                    .text(language)
            }
            return Message("di dalam batas, ditarik oleh {0}", "inside the cut, drawn by {0}")
                .text(language, authors(fact.drawnBy, language))
        }
        if fact.isInOwnPast {
            return Message("sudah diketahui penulisnya", "its author had seen it").text(language)
        }
        if !fact.declinedBy.isEmpty {
            return Message("di luar batas, ditolak oleh {0}", "outside the cut, declined by {0}")
                .text(language, authors(fact.declinedBy, language))
        }
        if fact.isRatified {
            return Message("di luar batas, tetapi disahkan", "outside the cut, but ratified").text(language)
        }
        let drawer = fact.drawer ?? Message("pihak lain", "another party").text(language)
        return Message("di luar batas; yang dapat menarik batas: {0}", "outside the cut; who may draw it: {0}")
            .text(language, drawer)
    }

    private static func authors(_ list: [Facts.Author], _ language: Language) -> String {
        list.map { author in
            let name =
                author.position.isEmpty
                ? Message("akar {0}", "the root of {0}").text(language, author.unit)
                : "\(author.position), \(author.unit)"
            return "\(name) (\(author.change.hex.prefix(8)))"
        }.joined(separator: "; ")
    }

    private static func saved(_ facts: Facts, _ language: Language) -> [String] {
        var lines: [String] = []
        if !facts.ratifiedBy.isEmpty {
            lines.append(
                Message("Disahkan oleh {0}", "Ratified by {0}").text(language, authors(facts.ratifiedBy, language)))
        }
        if !facts.protectedBy.isEmpty {
            lines.append(
                Message("Dilindungi oleh {0}", "Protected by {0}").text(language, authors(facts.protectedBy, language)))
        }
        return lines
    }

    private static func chainFault(_ grant: Facts.Grant, _ language: Language) -> String {
        Message(
            "Entri yang dimaksud: {0}, oleh {1}, entri {2} rantai {3}", "The entry: {0}, by {1}, entry {2} of chain {3}"
        )
        .text(
            language, String(grant.entry.hex.prefix(8)), grantor(grant, language), "\(grant.height)",
            String(grant.chain.hex.prefix(8)))
    }

    // MARK: What to do

    private static func mends(_ facts: Facts, _ view: DossierView, _ language: Language) -> [String] {
        let dossier = String(view.id.hex.prefix(8))
        var found: [String] = []
        if let reason = facts.line.reason {
            let change = String(facts.line.change.hex.prefix(8))
            found.append(
                Catalogue.mend(reason, isPlainWork: facts.isPlainWork).text(
                    language, dossier, change, facts.author.unit))
        } else if let effect = facts.effect, let mend = Catalogue.mend(effect) {
            found.append(mend.text(language, dossier, facts.entitled.joined(separator: ", ")))
        }
        if !isEffective(facts), facts.missingOpeningCount > 0 {
            found.append(
                Message(
                    "{0} isi belum diterima: mufakat sync ALAMAT:PORT",
                    "{0} texts have not arrived: mufakat sync HOST:PORT"
                )
                .text(language, "\(facts.missingOpeningCount)"))
        }
        return found
    }
}
