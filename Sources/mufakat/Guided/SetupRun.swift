import Node
import Registry
import Sodium

/// A passphrase that was read before anything was made, until its key is.
final class HeldPassphrase {
    let secret: SecretBytes?

    init(_ secret: consuming SecretBytes?) { self.secret = secret }
}

/// The replica while a plan is carried out, with the keys that were opened for it.
final class SetupRun {
    let replica: Replica
    private let passphrases: [String: HeldPassphrase]
    private var signers: [String: any Signer]

    /// - Parameter signers: keys that were there before.
    init(_ replica: Replica, passphrases: [String: HeldPassphrase], signers: [String: any Signer]) {
        (self.replica, self.passphrases, self.signers) = (replica, passphrases, signers)
    }

    /// Makes a key, sealed with what was read for it, and keeps it open until the end.
    func make(_ name: String, _ kind: KeyKind) throws -> any Signer {
        let person = try Replica.newPerson()
        let made: (file: KeyFile, key: OpenKey)
        if let held = passphrases[name] {
            made = try KeyFile.makeOpened(name: name, kind: kind, person: person, passphrase: held.secret)
        } else {
            made = try KeyFile.makeOpened(name: name, kind: kind, person: person, passphrase: nil)
        }
        try replica.keys.add(made.file)
        signers[name] = made.key
        return made.key
    }

    func signer(_ name: String) throws -> any Signer {
        guard let signer = signers[name] else { throw NodeFailure.unknownKey(name) }
        return signer
    }
}
