import Envelope
import Node

/// What is missing, and what is on the disk and should not be.
extension Catalogue {
    static let filesMissing = Message("{0} lampiran belum diterima", "{0} attachments not received yet")
    static let textsMissing = Message("{0} isi belum diterima", "{0} texts not received yet")
    static let moreMissing = Message("… dan {0} berkas lagi", "… and {0} more dossiers")
    static let fileMissing = Message("(lampiran belum diterima)", "(attachment not received yet)")
    static let isSetApart = Message(
        "(isi tidak cocok dengan tanda tangannya; disisihkan dan diminta lagi)",
        "(does not fit what was signed; set apart and asked for again)")
    static let attachEmpty = Message("{0} kosong. Tetap lampirkan? (ya/tidak) ", "{0} is empty. Attach it? (yes/no) ")
    static let fileEmpty = Message("lampiran itu kosong", "the file is empty")
    static let tryEmpty = Message(
        "periksa isinya; mufakat attach --empty bila memang kosong",
        "check the file; mufakat attach --empty where it is meant to be empty")
    static let fileChanged = Message(
        "isi lampiran berubah selama disalin; tidak ada yang dilampirkan",
        "the file changed while it was copied; nothing was attached")
    static let documentFileNotHere = Message(
        "lampiran dokumen ini belum ada di sini; tidak ditandatangani",
        "an attachment of the document is not here; nothing was signed")

    static func problem(_ problem: CheckProblem) -> (message: Message, facts: [String]) {
        func short(_ dossier: DossierID) -> String { CheckProblem.short(dossier) }
        switch problem {
        case .text(let dossier, let path):
            return (
                Message(
                    "{0} {1}: isi tidak cocok dengan tanda tangannya; disisihkan, diminta lagi saat sinkronisasi",
                    "{0} {1}: does not fit what was signed; set apart, asked for again by the next synchronisation"),
                [short(dossier), path]
            )
        case .file(let dossier, let path):
            return (
                Message(
                    "{0} {1}: lampiran hilang atau tidak cocok dengan tanda tangannya; diminta lagi saat sinkronisasi",
                    "{0} {1}: attachment lost or not what was signed; asked for again by the next synchronisation"),
                [short(dossier), path]
            )
        case .name(let commitment):
            return (
                Message(
                    "nama {0}: tidak cocok dengan tanda tangannya; disisihkan, diminta lagi saat sinkronisasi",
                    "name {0}: does not fit what was signed; set apart, asked for again by the next synchronisation"),
                [String(commitment.hex.prefix(12))]
            )
        case .blob(let blob):
            return (
                Message(
                    "prosedur atau kalender {0}: tidak cocok dengan sidik jarinya; disisihkan, diminta lagi saat sinkronisasi",
                    "procedure or calendar {0}: not what its hash says; set apart, asked for again by the next synchronisation"
                ), [String(blob.hex.prefix(12))]
            )
        case .rules(let blob):
            return (
                Message(
                    "prosedur {0}: melanggar aturan, tetapi bertanda sudah diperiksa; tandanya dihapus",
                    "procedure {0}: breaks the rules, but was marked as checked; the mark was removed"),
                [String(blob.hex.prefix(12))]
            )
        case .derived(let dossier, let tables):
            return (
                Message(
                    "{0}: daftar tidak sesuai dengan isinya ({1}); sudah dibuat ulang",
                    "{0}: listings were not what the facts give ({1}); made anew"),
                [short(dossier), tables.joined(separator: ", ")]
            )
        case .log(let count):
            return (
                Message(
                    "log: {0} penyimpanan terakhir rusak dan tidak dapat dibaca lagi",
                    "log: {0} last commits are damaged and cannot be read any more"), ["\(count)"]
            )
        default: return (Message("{0}", "{0}"), [problem.description])
        }
    }
}

/// What this unit may have and lacks, by dossier.
enum MissingText {
    private static let shownCount = 10

    static func words(texts: Int, files: Int, _ language: Language) -> String {
        [
            files > 0 ? Catalogue.filesMissing.text(language, "\(files)") : nil,
            texts > 0 ? Catalogue.textsMissing.text(language, "\(texts)") : nil,
        ].compactMap { $0 }.joined(separator: ", ")
    }

    static func lines(_ missing: [(dossier: DossierID, texts: Int, files: Int)], _ language: Language) -> [String] {
        var lines = missing.prefix(shownCount).map {
            "\(CheckProblem.short($0.dossier)): \(words(texts: $0.texts, files: $0.files, language))"
        }
        if missing.count > shownCount {
            lines.append(Catalogue.moreMissing.text(language, "\(missing.count - shownCount)"))
        }
        return lines
    }

    static func objects(_ missing: [(dossier: DossierID, texts: Int, files: Int)]) -> [[String: Any]] {
        missing.map { ["dossier": $0.dossier.hex, "texts": $0.texts, "files": $0.files] }
    }
}
