import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium

extension ViewText {
    /// Who recorded, signed or ruled what, and why, where it is not plain: several records, a conflict, a ruling, a
    /// reason, signatures that are waited for, words without effect.
    static func decisions(
        of activation: Activation, _ records: [DecisionRecord], _ view: DossierView, _ language: Language
    ) -> [String] {
        let isPlain =
            ![.contested, .waitingForSignatures].contains(activation.state)
            && records.filter { $0.line.kind != "sign" }.count < 2
            && records.allSatisfy { $0.line.effect == "effective" && $0.line.kind != "ruling" }
        let shown = records.filter {
            !isPlain || $0.reason != nil || !$0.missingItems.isEmpty || $0.targetDate != nil || $0.responseKind != nil
                || !$0.findings.isEmpty || $0.line.isParaf
        }
        // In canonical order where they say the same time: sorting is stable.
        return shown.sorted { $0.line.statedMilliseconds < $1.line.statedMilliseconds }
            .map { decision($0, view, language) }
    }

    private static func decision(_ record: DecisionRecord, _ view: DossierView, _ language: Language) -> String {
        let line = record.line
        let basis = [line.capacityWord, line.instrument].filter { !$0.isEmpty }.joined(separator: ", ")
        var effect = EffectWords.short(line, language)
        if record.isOverEarlierRevision || line.effect == ActVerdict.outdated.code {
            effect = Catalogue.words(.outdated).text(language)
        }
        if record.isReplaced { effect = Message("digantikan", "replaced").text(language) }
        let index = line.position.isEmpty ? view.history.index(of: line.change) : nil
        var text = "\(what(line, language)): \(index.map { view.authorName(of: $0) } ?? line.position), "
        text += TimeText.text(line.statedMilliseconds, zone: line.zone) + " (\(basis)) [\(effect)]"
        var words = [record.reason.map { shown($0, view, language) }].compactMap { $0 }
        if !record.missingItems.isEmpty {
            words.append(
                Message("belum ada: {0}", "missing: {0}").text(language, record.missingItems.joined(separator: ", ")))
        }
        if let kind = record.responseKind {
            words.append(Message("jenis tanggapan: {0}", "response: {0}").text(language, kind))
        }
        if !record.findings.isEmpty {
            words.append(
                Message("temuan: {0}", "findings: {0}").text(language, counted(record.findings, view, language)))
        }
        if let date = record.targetDate { words.append(Message("target {0}", "target {0}").text(language, date)) }
        return words.isEmpty ? text : text + ": " + words.joined(separator: "; ")
    }

    /// "1 kritis, 2 minor": the gravest first.
    private static func counted(_ rows: [DossierState.Row], _ view: DossierView, _ language: Language) -> String {
        var counts: [String: Int] = [:]
        for row in rows {
            let cell = view.state.cells(row, view.history).first { $0.column == "severity" }
            let severity = cell?.writes.map { shown($0.value, view, language) }.joined(separator: " | ")
            counts[severity ?? "", default: 0] += 1
        }
        let known = ["kritis", "mayor", "minor", "saran"]
        let names = known.filter { counts[$0] != nil } + counts.keys.filter { !known.contains($0) }.sorted()
        return names.map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", ")
    }

    private static func what(_ line: AuditLine, _ language: Language) -> String {
        switch line.kind {
        case "sign" where line.isParaf: Catalogue.paraf.text(language)
        case "sign": Message("tanda tangan", "signature").text(language)
        case "ruling": Message("penetapan {0}", "ruling {0}").text(language, line.outcome)
        default: line.outcome + (line.isParaf ? " (\(Catalogue.paraf.text(language)))" : "")
        }
    }

    static func object(_ record: DecisionRecord, _ view: DossierView) -> [String: Any] {
        [
            "change": record.line.change.hex, "kind": record.line.kind, "outcome": record.line.outcome,
            "name": record.line.position, "unit": record.line.unit, "capacity": record.line.capacityWord,
            "instrument": record.line.instrument, "at": record.line.statedMilliseconds, "verdict": record.line.effect,
            "reason": record.reason.flatMap { view.reader.text($0) } ?? "", "missingItems": record.missingItems,
            "targetDate": record.targetDate ?? "", "earlierRevision": record.isOverEarlierRevision,
            "replaced": record.isReplaced, "paraf": record.line.isParaf, "responseKind": record.responseKind ?? "",
            "findings": record.findings.map(\.dot.text),
        ]
    }
}
