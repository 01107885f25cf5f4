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
    ///
    /// - Parameters:
    ///   - person: nil for a new one.
    ///   - other: the key with whose passphrase it is sealed; nil: its own.
    @discardableResult
    func make(
        _ name: String, _ kind: KeyKind, person: PersonID? = nil, sealedLike other: String? = nil
    ) throws -> any Signer {
        let person = try person ?? Replica.newPerson()
        let made: (file: KeyFile, key: OpenKey)
        if let held = passphrases[other ?? name] {
            made = try KeyFile.makeOpened(name: name, kind: kind, person: person, passphrase: held.secret)
        } else {
            made = try KeyFile.makeOpened(name: name, kind: kind, person: person, passphrase: nil)
        }
        try replica.keys.add(made.file)
        signers[name] = made.key
        return made.key
    }

    /// The key that may take over a root key, sealed with the same passphrase.
    func makeSuccessor(of name: String) throws {
        let person = try replica.keys.file(name).person
        try make(SuccessionOptions.successor(of: name), .successor, person: person, sealedLike: name)
    }

    /// What a root key commits to: the key that was made with it.
    func terms(of name: String) throws -> SuccessionTerms {
        let next = SuccessionOptions.successor(of: name)
        return SuccessionTerms(
            successor: replica.keys.names.contains(next) ? try replica.keys.file(next).publicKey : nil)
    }

    func signer(_ name: String) throws -> any Signer {
        guard let signer = signers[name] else { throw NodeFailure.unknownKey(name) }
        return signer
    }
}
