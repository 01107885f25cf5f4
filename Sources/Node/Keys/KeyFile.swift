import CBOR
package import Registry
package import Sodium
import Store

/// What a key is for.
package enum KeyKind: UInt64, Sendable {
    case network = 0
    case unitRoot
    case administrator
    case device
    case node
    /// A root key that may take over, kept apart.
    case successor
    /// A member of a recovery set.
    case recovery
}

/// A key sealed at rest (Protocol 1 §7): Argon2id and XChaCha20-Poly1305, every other field authenticated.
package struct KeyFile: Sendable {
    package let name: String
    package let kind: KeyKind
    package let publicKey: PublicKey
    /// X25519, for sealing package files to this device.
    package let agreement: Bytes32
    package let person: PersonID
    /// Nil where there is no passphrase.
    package let parameters: PasswordHash?
    private let salt: [UInt8]
    private let nonce: [UInt8]
    private let sealed: [UInt8]

    package static let secretByteCount = 64
    private static let personal = Personal("mufakat key")

    package var isOpenWithoutPassphrase: Bool { parameters == nil }

    /// Makes and seals a new key. An empty passphrase is said by nil.
    package static func make(
        name: String, kind: KeyKind, person: PersonID, passphrase: borrowing SecretBytes?
    ) throws -> KeyFile {
        try makeOpened(name: name, kind: kind, person: person, passphrase: passphrase).file
    }

    /// The same with the key still open, for a first signature without asking for the passphrase again.
    package static func makeOpened(
        name: String, kind: KeyKind, person: PersonID, passphrase: borrowing SecretBytes?
    ) throws -> (file: KeyFile, key: OpenKey) {
        let secret = SecretBytes(random: secretByteCount)
        let file = try seal(secret, name: name, kind: kind, person: person, passphrase: passphrase)
        return (file, try OpenKey(secret))
    }

    /// The same key under another passphrase, with the parameters, salt and nonce of a new file.
    package func resealed(
        _ secret: borrowing SecretBytes, passphrase: borrowing SecretBytes?
    ) throws -> KeyFile {
        try Self.seal(secret, name: name, kind: kind, person: person, passphrase: passphrase)
    }

    private static func seal(
        _ secret: borrowing SecretBytes, name: String, kind: KeyKind, person: PersonID,
        passphrase: borrowing SecretBytes?
    ) throws -> KeyFile {
        let material = try SecretKeys(secret)
        let parameters = passphrase == nil ? nil : PasswordHash.moderate
        let draft = KeyFile(
            name: name, kind: kind, publicKey: material.publicKey, agreement: material.agreement, person: person,
            parameters: parameters, salt: RandomBytes.make(count: PasswordHash.saltByteCount),
            nonce: RandomBytes.make(count: XChaChaPoly.nonceByteCount), sealed: [])
        let key = try draft.sealingKey(passphrase)
        let sealed = XChaChaPoly.seal(secret, key: key, nonce: draft.nonce, additionalData: draft.header.encoded)
        return KeyFile(
            name: name, kind: kind, publicKey: draft.publicKey, agreement: draft.agreement, person: person,
            parameters: parameters, salt: draft.salt, nonce: draft.nonce, sealed: sealed)
    }

    private func sealingKey(_ passphrase: borrowing SecretBytes?) throws -> SecretBytes {
        guard let parameters else {
            // Without a passphrase the file's mode is the only protection; sealing then shows damage.
            return SecretBytes(copying: Blake2b.hash(salt, personal: Self.personal).bytes)
        }
        switch passphrase {
        case .some(let secret): return try parameters.derive(passphrase: secret, salt: salt)
        case .none: throw NodeFailure.passphraseNeeded(name)
        }
    }

    /// The secret keys. Takes about a second with a passphrase.
    package func open(passphrase: borrowing SecretBytes?) throws -> SecretBytes {
        let key = try sealingKey(passphrase)
        guard
            let secret = XChaChaPoly.open(sealed, key: key, nonce: nonce, additionalData: header.encoded),
            secret.count == Self.secretByteCount
        else {
            throw parameters == nil ? NodeFailure.keyFileDamaged(name) : NodeFailure.wrongPassphrase(name)
        }
        return secret
    }

    private var header: CBORValue {
        func pair(_ key: UInt64, _ value: CBORValue) -> CBORPair { CBORPair(key: .unsigned(key), value: value) }
        let derivation: CBORValue =
            parameters.map { .array([.unsigned($0.passes), .unsigned($0.memoryByteCount)]) } ?? .null
        return .map([
            pair(1, .unsigned(1)), pair(2, .text(name)), pair(3, .unsigned(kind.rawValue)),
            pair(4, .bytes(publicKey.bytes.bytes)), pair(5, .bytes(agreement.bytes)), pair(6, .bytes(person.bytes)),
            pair(7, derivation), pair(8, .bytes(salt)), pair(9, .bytes(nonce)),
        ])
    }

    package var encoded: [UInt8] { CBORValue.array([header, .bytes(sealed)]).encoded }

    package static func decode(_ bytes: [UInt8], name: String) throws -> KeyFile {
        guard let parts = (try? CBORValue.decode(bytes))?.arrayValue, parts.count == 2,
            let sealed = parts[1].bytesValue, parts[0][unsigned: 1]?.unsignedValue == 1,
            let stored = parts[0][unsigned: 2]?.textValue,
            let kind = parts[0][unsigned: 3]?.unsignedValue.flatMap({ KeyKind(rawValue: $0) }),
            let key = parts[0][unsigned: 4]?.bytesValue.flatMap({ Bytes32($0) }),
            let agreement = parts[0][unsigned: 5]?.bytesValue.flatMap({ Bytes32($0) }),
            let person = parts[0][unsigned: 6]?.bytesValue.flatMap({ PersonID($0) }),
            let derivation = parts[0][unsigned: 7], let salt = parts[0][unsigned: 8]?.bytesValue,
            let nonce = parts[0][unsigned: 9]?.bytesValue
        else { throw NodeFailure.keyFileDamaged(name) }
        var parameters: PasswordHash?
        if let numbers = derivation.arrayValue {
            guard numbers.count == 2, let passes = numbers[0].unsignedValue, let memory = numbers[1].unsignedValue
            else { throw NodeFailure.keyFileDamaged(name) }
            let asked = PasswordHash(passes: passes, memoryByteCount: memory)
            // A changed file may neither weaken the derivation nor ask for all memory.
            guard asked.isAcceptable else { throw NodeFailure.keyParameters(name) }
            parameters = asked
        }
        return KeyFile(
            name: stored, kind: kind, publicKey: PublicKey(key), agreement: agreement, person: person,
            parameters: parameters, salt: salt, nonce: nonce, sealed: sealed)
    }
}

/// The two keys that one secret holds: signing seed, then agreement secret.
struct SecretKeys: ~Copyable {
    let signing: SigningKey
    let agreement: Bytes32

    var publicKey: PublicKey { signing.publicKey }

    init(_ secret: borrowing SecretBytes) throws {
        guard secret.count == KeyFile.secretByteCount, let signing = SigningKey(seed: SecretBytes(0..<32, of: secret)),
            let agreement = AgreementKey(secret: SecretBytes(32..<64, of: secret))
        else { throw NodeFailure.keyFileDamaged("") }
        self.signing = signing
        self.agreement = agreement.publicKey
    }
}
