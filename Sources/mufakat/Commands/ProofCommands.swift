import ArgumentParser
import Authority
import CBOR
import Dossier
import Envelope
import Foundation
import History
import Node
import Prints
import Procedure
import Registry
import Sodium
import Store

struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "Proof of a decision for people who have no replica.",
        subcommands: [Export.self, Verify.self])

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Write the proof of a step's result, of any change set, or of all acts of a dossier.",
            discussion: """
                Examples:
                  mufakat evidence export 3fa1 --step 14 --out uat.evidence
                  mufakat evidence export 3fa1 --all --out berkas.evidence
                Readable in it is what was said to all parties; --internal adds texts for the own unit or for some.
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Dossier.") var dossier: String
        @Option(help: "Step whose result is proved.") var step: String?
        @Option(help: "Change set, by the beginning of its id.") var change: String?
        @Flag(help: "All acts of the dossier; no document is shown.") var all = false
        @Flag(
            name: .customLong("internal"),
            help: "Open also what was not written for all parties, to whoever gets the file.")
        var isInternal = false
        @Option(help: "File to write.") var out: String

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            let view = try replica.view(id)
            if all {
                try replica.syncMark()
                try PrivateFile.write(try replica.evidence(ofAllIn: id).sealed(), to: out, mode: 0o644)
                return Output.identity(id.raw, global, kind: "dossier")
            }
            let subject: ChangeSetID
            if let change {
                subject = try view.change(prefix: change)
            } else {
                guard let step, let decided = view.decision(step: step) else {
                    throw NodeFailure.unknownStep(step ?? "")
                }
                subject = decided
            }
            try replica.syncMark()
            let file = try replica.evidence(of: subject, in: id, showsInternal: isInternal)
            try PrivateFile.write(try file.sealed(), to: out, mode: 0o644)
            Output.change(subject, id, global)
            if !global.json { note(file) }
        }

        /// Says how much of what was signed over an outsider will read.
        private func note(_ file: EvidenceFile) {
            let (open, closed, forFewer) = file.valueCounts
            if closed > 0 {
                Terminal.note(
                    Message(
                        "{0} isian dapat dibaca, {1} tertutup (bukan untuk semua pihak, atau belum diterima).",
                        "{0} fields can be read, {1} are closed (not for all parties, or not received)."
                    ).text(global.language, "\(open)", "\(closed)"))
            }
            if forFewer > 0 {
                Terminal.note(
                    Message(
                        "PERHATIAN: {0} isian yang bukan untuk semua pihak dapat dibaca siapa pun yang menerima bukti ini.",
                        "NOTE: {0} fields that were not for all parties can be read by whoever gets this proof."
                    ).text(global.language, "\(forFewer)"))
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Verify a proof; needs no replica.",
            discussion: """
                Exit code 0: valid and standing; 2: valid as signed, standing no more; 1: not valid.
                With --print the text of a print's QR code has to name a document of the file at its revision, else 1.
                Examples:
                  mufakat evidence verify uat.evidence --network "3fa1 77c0 …"
                  mufakat evidence verify uat.evidence --network "3fa1 77c0 …" --print "mufakat:1/3fa1…"
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "File.") var file: String
        @Option(help: "Fingerprint (32 digits) or id of the network.") var network: String
        @Option(name: .customLong("print"), help: "Text of the QR code of a print, to compare.") var printed: String?
        @Flag(help: "Show that no byte can be changed: flip each in turn, and expect a refusal.") var eachByteFlipped =
            false

        func run() throws {
            let bytes = try PrivateFile.readPublic(file, limit: EvidenceFile.byteCountMax)
            if eachByteFlipped { return try flipEachByte(bytes) }
            let verdict = try EvidenceVerifier.verify(bytes, network: network)
            let isSame = printed.map { verdict.proves(print: $0) }
            if global.json {
                var object = EvidenceText.object(verdict)
                if let isSame { object["print"] = isSame }
                Terminal.json(object)
            } else {
                EvidenceText.print(verdict, global.language)
                if let isSame { Terminal.print(EvidenceText.word(isSamePrint: isSame).text(global.language)) }
            }
            if isSame == false { throw ExitCode(1) }
            switch verdict.standing {
            case .standing, .listing: return
            case .superseded: throw ExitCode(2)
            case .notValid: throw ExitCode(1)
            }
        }

        /// A changed file has to be refused, or to say the very same.
        private func flipEachByte(_ bytes: [UInt8]) throws {
            let expected = try EvidenceVerifier.verify(bytes, network: network)
            var changed = bytes
            for place in bytes.indices {
                changed[place] ^= 1 << UInt8(place % 8)
                defer { changed[place] = bytes[place] }
                guard let verdict = try? EvidenceVerifier.verify(changed, network: network) else { continue }
                let (left, right) = (EvidenceText.object(verdict), EvidenceText.object(expected))
                guard NSDictionary(dictionary: left) == NSDictionary(dictionary: right) else {
                    Terminal.print("byte \(place)")
                    throw ExitCode(1)
                }
                Terminal.progress(place + 1, of: bytes.count, "flip")
            }
            Terminal.print("\(bytes.count) bytes flipped in turn: all refused or identical")
        }
    }
}

/// The verdict on an evidence file.
enum EvidenceText {
    static func object(_ verdict: EvidenceVerdict) -> [String: Any] {
        [
            "verdict": verdict.standing.rawValue, "reason": verdict.reason, "network": verdict.network.hex,
            "dossier": verdict.dossier.hex, "title": verdict.title, "step": verdict.step, "outcome": verdict.outcome,
            (verdict.standing == .listing ? "acts" : "approvals"): verdict.approvals.map(AuditObject.proved),
            "folded": true,
            "fold": Dictionary(
                verdict.approvals.map { ($0.change.hex, AuditObject.folded($0)) },
                uniquingKeysWith: { first, _ in first }),
            "documents": verdict.documents.map { document in
                [
                    "document": document.document, "instance": document.instance,
                    "fields": document.fields.map { field in
                        var object = ["path": field.path, "value": field.text ?? ""]
                        if let basis = field.erased { object["erased"] = basis }
                        return object
                    },
                ] as [String: Any]
            },
            "changes": verdict.changeCount, "entries": verdict.entryCount, "later": verdict.laterCount,
        ]
    }

    static func word(isSamePrint: Bool) -> Message {
        isSamePrint
            ? Message("Cetakan COCOK dengan bukti ini.", "The print MATCHES this proof.")
            : Message("Cetakan TIDAK cocok dengan bukti ini.", "The print does NOT match this proof.")
    }

    /// Position and unit; the beginnings of their ids where the file does not open the names.
    private static func who(_ line: AuditLine) -> String {
        let position = line.position.isEmpty ? String(line.key.hex.prefix(8)) : line.position
        return "\(position), \(line.unit.isEmpty ? String(line.unitID?.hex.prefix(8) ?? "") : line.unit)"
    }

    static func print(_ verdict: EvidenceVerdict, _ language: Language) {
        func line(_ text: String) { Terminal.print(Terminal.safe(text)) }
        let words = [
            EvidenceVerdict.Standing.standing: Message("SAH dan masih berlaku", "VALID and standing"),
            .superseded: Message("SAH saat ditandatangani, tidak lagi berlaku", "VALID as signed, standing no more"),
            .notValid: Message("TIDAK SAH", "NOT VALID"),
            .listing: Message("BERKAS SAH: semua tindakan di dalamnya", "VALID FILE: all acts in it"),
        ]
        let reason =
            verdict.reason == EvidenceVerifier.contentMissing
            ? Message(
                "bukti ini tidak memuat isi yang ditandatangani", "the proof does not hold what was signed over"
            ).text(language)
            : ActVerdict.named(verdict.reason).map { Catalogue.words($0).text(language) } ?? verdict.reason
        if verdict.standing == .superseded, verdict.reason == "waiting" {
            line(
                Message(
                    "SAH saat ditandatangani, belum berlaku: menunggu tanda tangan atau penetapan",
                    "VALID as signed, not in effect yet: awaits signatures or a ruling"
                ).text(language))
        } else {
            line(
                (words[verdict.standing]?.text(language) ?? "") + (verdict.reason.isEmpty ? "" : ": " + reason))
        }
        line("\(verdict.title)")
        if !verdict.step.isEmpty { line("\(verdict.step). \(verdict.stepTitle) → \(verdict.outcome)") }
        for approval in verdict.approvals {
            let act = verdict.standing == .listing ? "\(approval.kind) \(approval.step) \(approval.outcome): " : ""
            let under = "\(approval.role), \(approval.capacityWord); \(approval.instrument)"
            let time = TimeText.text(approval.statedMilliseconds, zone: approval.zone)
            line(
                "- \(act)\(who(approval)) (\(under)), \(time), registry \(approval.registryHeight), "
                    + "\(approval.assuranceWord), \(EffectWords.short(approval, language))")
        }
        if let count = verdict.signatureCount {
            line(
                Message("Tanda tangan: {0} dari {1}", "Signatures: {0} of {1}").text(
                    language, "\(count.given)", "\(count.needed)"))
        }
        for (document, revision) in zip(verdict.documents, verdict.revisions) {
            line("\(document.title) #\(document.instance) \(PrintText.fingerprint(revision.revision.hex))")
            for field in document.fields {
                let absent = field.erased.map { Catalogue.erased.text(language, $0) }
                line("    \(field.path): \(field.text ?? absent ?? Catalogue.othersOnly.text(language))")
            }
        }
        line(
            Message(
                "Tanda tangan elektronik tidak tersertifikasi. Perubahan sesudahnya dalam berkas ini: {0}.",
                "Electronic signatures, not certified. Later change sets in this file: {0}."
            ).text(language, "\(verdict.laterCount)"))
    }
}

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Verify everything in this replica again.",
        discussion: "Example:\n  mufakat check --json")
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let replica = try global.open()
        let report = try replica.check { Terminal.progress($0, of: $1, "check") }
        if global.json {
            Terminal.json([
                "dossiers": report.dossierCount, "changes": report.changeCount, "verified": report.verifiedCount,
                "integrity": report.integrity, "problems": report.problems.map(\.description),
                "forks": report.forkCount, "missing": MissingText.objects(report.missing),
                "missingOpenings": report.missingOpeningCount,
                "refusals": report.refusals.map { refusal in
                    [
                        "dossier": refusal.dossier, "object": refusal.object, "reason": refusal.reason,
                        "count": refusal.count,
                    ] as [String: Any]
                },
                "reserve": ReserveText.object(report.reserve),
            ])
        } else {
            Terminal.print(
                Message(
                    "{0} berkas, {1} perubahan, {2} tanda tangan diperiksa, {3} masalah",
                    "{0} dossiers, {1} change sets, {2} signatures verified, {3} problems"
                ).text(
                    global.language, "\(report.dossierCount)", "\(report.changeCount)", "\(report.verifiedCount)",
                    "\(report.problems.count)"))
            if report.forkCount > 0 {
                Terminal.print(
                    Message("{0} cabang: mufakat forks", "{0} forks: mufakat forks").text(
                        global.language, "\(report.forkCount)"))
            }
            for line in try ReserveText.lines(report.reserve, replica, global.language) {
                Terminal.print(Terminal.safe(line))
            }
            for problem in report.problems {
                let (message, facts) = Catalogue.problem(problem)
                Terminal.print("- " + Terminal.safe(message.fill(global.language, facts)))
            }
            for line in MissingText.lines(report.missing, global.language) { Terminal.print("… " + line) }
            for refusal in report.refusals {
                Terminal.print(
                    "× " + Terminal.safe("\(refusal.dossier.prefix(8)) \(refusal.object.prefix(8)) \(refusal.reason)")
                        + (refusal.count > 1 ? " (×\(refusal.count))" : ""))
            }
        }
        if report.integrity != "ok" || !report.problems.isEmpty { throw ExitCode(1) }
    }
}

struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Make everything derived anew from the signed facts.",
        discussion: "Example:\n  mufakat rebuild --json")
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let replica = try global.open()
        let (count, isIdentical) = try replica.rebuild { Terminal.progress($0, of: $1, "rebuild") }
        if global.json {
            Terminal.json(["dossiers": count, "identical": isIdentical])
        } else {
            Terminal.print(
                Message("{0} berkas, {1}", "{0} dossiers, {1}").text(
                    global.language, "\(count)",
                    (isIdentical ? Message("sama persis", "identical") : Message("berbeda", "different")).text(
                        global.language)))
        }
    }
}
