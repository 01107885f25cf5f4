import Authority
import Dossier
import Envelope
import Foundation
import Node
import Procedure
import Registry
import Sodium

/// A line of an audit as JSON and as cells; the names of its columns are stable (Protocol 7 §4).
enum AuditObject {
    static func object(_ line: AuditLine) -> [String: Any] {
        proved(line).merging(folded(line)) { first, _ in first }
    }

    /// What only a verifier that folds can say.
    static func folded(_ line: AuditLine) -> [String: Any] {
        [
            "conflict": line.isInConflict, "effect": line.effect, "needsConfirmation": line.needsConfirmation,
            "protectedBy": line.protectedBy.map(\.hex),
        ]
    }

    /// What every verifier says.
    static func proved(_ line: AuditLine) -> [String: Any] {
        [
            "change": line.change.hex, "dossier": line.dossier.hex, "kind": line.kind, "step": line.step,
            "outcome": line.outcome, "unit": line.unit, "unitId": line.unitID?.hex ?? "", "position": line.position,
            "person": line.person.map { Hexadecimal.encode($0.bytes) } ?? "", "key": line.key.hex, "role": line.role,
            "capacity": line.capacityWord, "instrument": line.instrument, "mandate": line.mandate?.hex ?? "",
            "stated": line.statedMilliseconds, "zone": line.zone, "registryHeight": line.registryHeight,
            "assurance": line.assuranceWord, "validAsSigned": line.isValidAsSigned, "standing": line.isStanding,
            "reason": line.reason?.rawValue ?? "", "because": line.because?.hex ?? "", "disputed": line.isDisputed,
            "protected": line.isProtected, "ratifiedBy": line.ratifiedBy.map(\.hex),
            "endings": line.endings.map { ending in
                [
                    "id": ending.id.hex, "kind": ending.kind.rawValue, "accepted": ending.isAccepted,
                    "ratified": ending.isRatified,
                ] as [String: Any]
            },
            "forks": line.forks.map(\.hex), "erased": line.erasedCount,
        ]
    }

    /// One JSON value on one line, keys sorted.
    static func json(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: options) else {
            preconditionFailure("only JSON values are printed")
        }
        return String(decoding: data, as: UTF8.self)
    }

    // MARK: CSV

    /// Beside the columns of a line: title and time in front, words at the end.
    static let header =
        ["title", "time"] + AuditLine.columnNames + ["explanation"]

    static func cells(_ line: AuditLine, title: String, _ language: Language) -> [String] {
        [title, TimeText.text(line.statedMilliseconds, zone: line.zone)] + line.columns.map(\.value)
            + [EffectWords.short(line, language)]
    }

    /// A quoted cell. What a spreadsheet would take for a formula gets an apostrophe in front; control and direction
    /// characters are shown by their number.
    static func cell(_ text: String) -> String {
        let first = text.unicodeScalars.first.map {
            "=+-@\t\r\n\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains($0)
        }
        var quoted = first == true ? "'" : ""
        let safe = Terminal.safe(text)
        guard safe.utf8.contains(UInt8(ascii: "\"")) else { return "\"\(quoted)\(safe)\"" }
        for character in safe.unicodeScalars {
            if character == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(character)
        }
        return "\"\(quoted)\""
    }
}

/// What became of a change set in a few words, for columns.
enum EffectWords {
    /// - Parameter isAct: else only authority says something.
    static func short(_ line: AuditLine, isAct: Bool = true, _ language: Language) -> String {
        var words: [Message] = []
        if let reason = line.reason {
            words.append(Catalogue.short(reason))
        } else if isAct, line.needsConfirmation {
            words.append(Message("perlu konfirmasi ulang", "to be confirmed again"))
        } else if isAct, let effect = ActVerdict.named(line.effect) {
            words.append(Catalogue.short(effect))
        }
        if line.isDisputed { words.append(Message("diperselisihkan", "disputed")) }
        if line.isProtected { words.append(Message("dilindungi", "protected")) }
        if line.endings.contains(where: \.isRatified) { words.append(Message("disahkan", "ratified")) }
        if !line.forks.isEmpty { words.append(Message("kunci bercabang", "key forked")) }
        if line.erasedCount > 0 { words.append(Message("ada isi dihapus", "texts erased")) }
        return words.map { $0.text(language) }.joined(separator: ", ")
    }
}
