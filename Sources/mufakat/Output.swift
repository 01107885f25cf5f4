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

    /// What an authority wrote for another laptop, with the fingerprint of the network, which the other side compares.
    static func served(_ id: EntryID, _ replica: Replica, _ global: GlobalOptions, kind: String) throws {
        guard let network = try replica.current().identity.network else { throw NodeFailure.noNetwork }
        let fingerprint = Fingerprint.text(network.raw)
        if global.json {
            Terminal.json([
                "id": id.hex, "kind": kind, "fingerprint": Fingerprint.text(id.raw), "network": fingerprint,
            ])
        } else {
            Terminal.print("\(kind) \(id.hex)")
            Terminal.note(Catalogue.networkFingerprint.text(global.language, fingerprint))
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
