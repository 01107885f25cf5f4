import Envelope
import Node
import Procedure
import Sodium

/// What a migration would mean, for the head who is asked to sign it.
enum MigrationText {
    static func print(_ plan: MigrationPlan, _ language: Language) {
        var lines = [
            "\(plan.to.title) (\(plan.to.id)): "
                + Message("versi {0} → versi {1}", "version {0} → version {1}").text(
                    language, "\(plan.from.version)", "\(plan.to.version)")
        ]
        for notice in plan.notices {
            lines.append("  " + notice.line(file: plan.to.id, inIndonesian: language == .indonesian))
        }
        for signer in plan.signers {
            let title = plan.from.role(signer.role)?.title ?? signer.role
            let word =
                signer.hasSigned
                ? Message("sudah menandatangani", "has signed") : Message("belum menandatangani", "has not signed")
            lines.append("  \(title): \(word.text(language))")
        }
        if !plan.obstacles.isEmpty {
            lines.append(
                Message(
                    "Tidak dapat dipakai: mengubah yang sudah dijalani ({0})",
                    "Cannot be used: it changes what was walked ({0})"
                ).text(language, plan.obstacles.joined(separator: ", ")))
        }
        for line in lines { Terminal.print(Terminal.safe(line)) }
    }

    static func object(_ plan: MigrationPlan) -> [String: Any] {
        [
            "procedure": plan.to.id, "from": plan.from.version, "to": plan.to.version, "entry": plan.entry.hex,
            "obstacles": plan.obstacles,
            "notices": plan.notices.map { ["code": $0.code, "step": $0.step ?? "", "key": $0.key] },
            "signers": plan.signers.map { ["role": $0.role, "signed": $0.hasSigned] as [String: Any] },
        ]
    }
}
