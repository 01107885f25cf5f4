package import Envelope
package import Sodium

/// What the QR code of a print says: which document of which dossier, at which revision (Protocol 7 §6).
package enum PrintReference {
    static let format = "mufakat:1"
    /// Digits of the network's id: as many as its fingerprint has.
    static let networkDigitCount = 32

    package static func text(
        network: NetworkID, dossier: DossierID, document: String, instance: Int, revision: Bytes32, stage: String?
    ) -> String {
        var parts = head(network, dossier) + [document, String(instance), revision.hex]
        if let stage { parts.append(stage) }
        return parts.joined(separator: "/")
    }

    /// Of a print of the dossier itself: the digest of its heads.
    package static func text(network: NetworkID, dossier: DossierID, digest: Bytes32) -> String {
        (head(network, dossier) + ["heads", digest.hex]).joined(separator: "/")
    }

    private static func head(_ network: NetworkID, _ dossier: DossierID) -> [String] {
        [format, String(network.hex.prefix(networkDigitCount)), dossier.hex]
    }
}

extension EvidenceVerdict {
    /// Whether a print says what this file proves: the very same document at the very same revision, or, of a print of
    /// the dossier, the same heads.
    package func proves(print text: String) -> Bool {
        let asked = Array(text.utf8)
        let documents = zip(documents, revisions).map { document, revision in
            PrintReference.text(
                network: network, dossier: dossier, document: document.document, instance: document.instance,
                revision: revision.revision, stage: revision.stage)
        }
        let whole = PrintReference.text(network: network, dossier: dossier, digest: digest)
        return (documents + [whole]).contains { Array($0.utf8) == asked }
    }
}
