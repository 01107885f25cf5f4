import CBOR
package import Envelope
package import Registry
package import Sodium
import Store

/// What members of a recovery set are asked to consent to: a new root key, or a branch of the network's chain, at one
/// place of one chain (Protocol 3 §3.2, §9). It travels as a file.
package struct SuccessionProposal: Sendable, Equatable {
    package let network: NetworkID
    package let chain: EntryID
    /// The last entry that stands.
    package let previous: EntryID
    /// 9 or 23: a recovery; 7: a branch.
    package let code: UInt64
    /// The new root key, or the branch.
    package let named: Bytes32
    /// The new commitment; nil for a branch.
    package let next: Bytes32?

    static let format = "mufakat-succession/1"

    package init(
        network: NetworkID, chain: EntryID, previous: EntryID, code: UInt64, named: Bytes32, next: Bytes32?
    ) {
        (self.network, self.chain, self.previous) = (network, chain, previous)
        (self.code, self.named, self.next) = (code, named, next)
    }

    package var encoded: [UInt8] {
        CBORValue.array([
            .text(Self.format), .bytes(network.bytes), .bytes(chain.bytes), .bytes(previous.bytes), .unsigned(code),
            .bytes(named.bytes), next.map { .bytes($0.bytes) } ?? .null,
        ]).encoded
    }

    package static func read(_ path: String) throws -> SuccessionProposal {
        let bytes = try PrivateFile.readPublic(path, limit: 4_096)
        guard let parts = (try? CBORValue.decode(bytes))?.arrayValue, parts.count == 7, parts[0] == .text(format),
            let network = parts[1].bytesValue.flatMap({ NetworkID($0) }),
            let chain = parts[2].bytesValue.flatMap({ EntryID($0) }),
            let previous = parts[3].bytesValue.flatMap({ EntryID($0) }), let code = parts[4].unsignedValue,
            let named = parts[5].bytesValue.flatMap({ Bytes32($0) }), [7, 9, 23].contains(code)
        else { throw NodeFailure.wrongFile(path: path, expected: format) }
        let next = parts[6].bytesValue.flatMap { Bytes32($0) }
        guard (next == nil) == (code == 7) else { throw NodeFailure.wrongFile(path: path, expected: format) }
        return SuccessionProposal(
            network: network, chain: chain, previous: previous, code: code, named: named, next: next)
    }

    /// A member's consent, by a key of a recovery set.
    package func consent(by signer: any Signer) throws -> ConsentFile {
        let key = signer.publicKey
        let bytes = Consent.bytesToSign(
            network: network, chain: chain, previous: previous, code: code, named: named, next: next, kid: key)
        let signature = try signer.sign(bytes)
        guard key.verifies(signature, over: bytes) else { throw NodeFailure.agent(key.hex) }
        return ConsentFile(proposal: self, consent: Consent(key: key, signature: signature))
    }
}

/// A consent with what it is for.
package struct ConsentFile: Sendable {
    package let proposal: SuccessionProposal
    package let consent: Consent

    static let format = "mufakat-consent/1"

    package var encoded: [UInt8] {
        CBORValue.array([
            .text(Self.format), .bytes(proposal.encoded), .bytes(consent.key.bytes.bytes),
            .bytes(consent.signature.bytes),
        ]).encoded
    }

    /// Reads a consent and checks that it is for this proposal and signed.
    package static func read(_ path: String, for proposal: SuccessionProposal) throws -> Consent {
        let bytes = try PrivateFile.readPublic(path, limit: 8_192)
        guard let parts = (try? CBORValue.decode(bytes))?.arrayValue, parts.count == 4, parts[0] == .text(format),
            let about = parts[1].bytesValue, let raw = parts[2].bytesValue.flatMap({ Bytes32($0) }),
            let signature = parts[3].bytesValue.flatMap({ Signature($0) })
        else { throw NodeFailure.wrongFile(path: path, expected: format) }
        guard about == proposal.encoded else { throw NodeFailure.consentForAnother(path: path) }
        let key = PublicKey(raw)
        let signed = Consent.bytesToSign(
            network: proposal.network, chain: proposal.chain, previous: proposal.previous, code: proposal.code,
            named: proposal.named, next: proposal.next, kid: key)
        guard key.verifies(signature, over: signed) else { throw NodeFailure.entryRefused(.badSignature) }
        return Consent(key: key, signature: signature)
    }
}
