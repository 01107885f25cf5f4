import Envelope
import Node
import Sodium

/// Forms that several commands print.
enum Output {
    /// An id with its fingerprint.
    static func identity(_ id: Bytes32, _ global: GlobalOptions, kind: String) {
        if global.json {
            Terminal.json(["id": id.hex, "kind": kind, "fingerprint": Fingerprint.text(id)])
        } else {
            Terminal.print("\(kind) \(id.hex)")
            Terminal.note("  " + Fingerprint.text(id))
        }
    }

    /// What an authored change set is called.
    static func change(_ id: ChangeSetID, _ dossier: DossierID, _ global: GlobalOptions, status: String? = nil) {
        if global.json {
            var object = ["change": id.hex, "dossier": dossier.hex]
            if let status { object["status"] = status }
            Terminal.json(object)
        } else {
            Terminal.print(String(id.hex.prefix(12)) + (status.map { " " + $0 } ?? ""))
        }
    }

    static func status(_ word: String, _ language: Language) -> String {
        Catalogue.status[word]?.text(language) ?? word
    }
}
