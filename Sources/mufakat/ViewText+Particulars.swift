import Authority
import CBOR
import Dossier
import Envelope
import History
import Node
import Procedure

/// What a recorded outcome says beside its name.
struct Particulars {
    var reason: String?
    var missing: [String]
    /// Findings that it names, as they are held here.
    var findings: [DossierState.Row]
    var responseKind: String?

    /// Nil where an act is no outcome, or says nothing more.
    init?(_ record: DossierState.ActRecord, _ view: DossierView, _ language: Language) {
        guard case .outcome(let outcome) = record.act.body,
            let body = view.history.items[record.item].operations.first(where: { $0.code == Code.outcome })?.body
        else { return nil }
        reason = body[unsigned: 5].flatMap { try? Committed($0) }.map {
            ViewText.shown(.committed($0), view, language)
        }
        missing = outcome.missingItems
        let named = Set((body[unsigned: 7]?.arrayValue ?? []).compactMap { Dot($0) })
        findings = view.state.tableRows(.findings, view.history).map(\.row).filter { named.contains($0.dot) }
        responseKind = outcome.responseKind
        if reason == nil, missing.isEmpty, findings.isEmpty, responseKind == nil { return nil }
    }

    func lines(_ view: DossierView, _ language: Language) -> [String] {
        var lines: [String] = []
        if let reason { lines.append(Message("alasan: {0}", "reason: {0}").text(language, reason)) }
        if let responseKind {
            lines.append(Message("jenis tanggapan: {0}", "response: {0}").text(language, responseKind))
        }
        if !missing.isEmpty {
            lines.append(
                Message("belum ada: {0}", "missing: {0}").text(language, missing.joined(separator: ", ")))
        }
        var counts: [String: Int] = [:]
        for row in findings {
            let cell = view.state.cells(row, view.history).first { $0.column == "severity" }
            let severity = cell?.writes.map { ViewText.shown($0.value, view, language) }.joined(separator: " | ")
            counts[severity ?? "", default: 0] += 1
        }
        if !counts.isEmpty {
            let known = ["kritis", "mayor", "minor", "saran"]
            let names = known.filter { counts[$0] != nil } + counts.keys.filter { !known.contains($0) }.sorted()
            lines.append(
                Message("temuan: {0}", "findings: {0}").text(
                    language, names.map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", ")))
        }
        return lines
    }

    var object: [String: Any] {
        var object: [String: Any] = [:]
        if let reason { object["reason"] = reason }
        if let responseKind { object["responseKind"] = responseKind }
        if !missing.isEmpty { object["missing"] = missing }
        if !findings.isEmpty { object["findings"] = findings.map(\.dot.text) }
        return object
    }
}

extension ViewText {
    /// Reasons, missing items and findings of the outcomes of an activation; the same words once.
    static func particulars(_ activation: Activation, _ view: DossierView, _ language: Language) -> [String] {
        var lines: [String] = []
        for place in activation.candidates.flatMap(\.acts) {
            guard let said = Particulars(view.state.acts[place], view, language) else { continue }
            for line in said.lines(view, language) where !lines.contains(line) { lines.append(line) }
        }
        return lines
    }

    /// Outcomes of an open activation by people whose mandate or key has ended since.
    static func ratifications(_ activation: Activation, _ view: DossierView, _ language: Language) -> [String] {
        guard view.state.procedure.open.contains(where: { $0.id == activation.id }) else { return [] }
        return view.state.acts.compactMap { record in
            let verdict = view.state.verdicts[record.item]
            guard case .outcome(let outcome) = record.act.body, outcome.activation == activation.id,
                verdict.reason == .awaitsRatification
            else { return nil }
            let words =
                verdict.isDisputed
                ? Message(
                    "perlu pengesahan, diperselisihkan: {0} oleh {1}", "awaits ratification, disputed: {0} by {1}")
                : Message("perlu pengesahan: {0} oleh {1}", "awaits ratification: {0} by {1}")
            return words.text(language, outcome.name, view.authorName(of: record.item))
        }
    }
}
