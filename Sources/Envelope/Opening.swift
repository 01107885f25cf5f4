package import CBOR
package import Sodium

/// A text or file with its salt: what opens a commitment (Protocol 1 §5).
///
/// The signed bytes hold only the commitment, so an opening can be withheld from some parties and erased later without
/// touching a signature. The fold never reads one.
package struct Opening: Hashable, Sendable {
    package enum Kind: UInt64, Sendable {
        /// A text, number or other scalar.
        case value = 0
        /// A file; `opened` is the ``FileID`` of its bytes.
        case file = 1
    }

    package static let saltByteCount = 16

    package let commitment: Commitment
    /// 16 random bytes.
    package let salt: [UInt8]
    package let kind: Kind
    package let opened: Value

    /// Commits to a value in the name of an author; the salt comes from the caller, chance being an argument.
    package init(author: PublicKey, audience: Audience, kind: Kind, opened: Value, salt: [UInt8]) {
        precondition(salt.count == Self.saltByteCount, "a salt has 16 bytes")
        self.salt = salt
        self.kind = kind
        self.opened = opened
        commitment = Self.commit(author: author, audience: audience, kind: kind, opened: opened, salt: salt)
    }

    private init(commitment: Commitment, salt: [UInt8], kind: Kind, opened: Value) {
        self.commitment = commitment
        self.salt = salt
        self.kind = kind
        self.opened = opened
    }

    /// BLAKE2b-256, keyed with the salt, over CBOR [author, audience, kind, opened]: with the author inside, nobody can
    /// repeat another's commitment and ask for its text.
    package static func commit(
        author: PublicKey, audience: Audience, kind: Kind, opened: Value, salt: [UInt8]
    ) -> Commitment {
        var writer = CBORWriter()
        writer.arrayHeader(4)
        writer.bytes(author.bytes.bytes)
        audience.write(to: &writer)
        writer.unsigned(kind.rawValue)
        opened.write(to: &writer)
        return Commitment(Blake2b.hash(writer.bytes, personal: Personal("mufakat commit"), key: salt))
    }

    /// Whether it opens its commitment as this author made it for this audience.
    package func fits(author: PublicKey, audience: Audience) -> Bool {
        Self.commit(author: author, audience: audience, kind: kind, opened: opened, salt: salt) == commitment
    }

    package var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.arrayHeader(4)
        writer.bytes(commitment.bytes)
        writer.bytes(salt)
        writer.unsigned(kind.rawValue)
        opened.write(to: &writer)
        return writer.bytes
    }

    /// Decodes the form only; whether it opens anything is asked with ``fits(author:audience:)``.
    package init(decoding item: CBORValue) throws(ValueFailure) {
        guard case .array(let parts) = item, parts.count == 4, case .bytes(let commitmentBytes) = parts[0],
            let commitment = Commitment(commitmentBytes), case .bytes(let salt) = parts[1],
            salt.count == Self.saltByteCount, case .unsigned(let code) = parts[2], let kind = Kind(rawValue: code)
        else { throw .notAValue }
        let opened = try Value(parts[3])
        if case .committed = opened { throw .notAValue }
        if kind == .file {
            guard case .bytes(let bytes) = opened, bytes.count == 32 else { throw .notAValue }
        }
        self.init(commitment: commitment, salt: salt, kind: kind, opened: opened)
    }

    /// What a stranger may send, whether it opens anything or not: for tests and vectors alone.
    package init(forged commitment: Commitment, salt: [UInt8], kind: Kind, opened: Value) {
        self.init(commitment: commitment, salt: salt, kind: kind, opened: opened)
    }

    /// Reads what was kept; nil where it does not open its commitment as this author made it for this audience. Nothing
    /// else makes an opening of what lies on a disk, so that what was altered there is shown to nobody.
    package init?(
        verifying commitment: Commitment, author: PublicKey, audience: Audience, kind: Kind, opened: Value,
        salt: [UInt8]
    ) {
        guard salt.count == Self.saltByteCount else { return nil }
        self.init(commitment: commitment, salt: salt, kind: kind, opened: opened)
        guard fits(author: author, audience: audience) else { return nil }
    }
}
