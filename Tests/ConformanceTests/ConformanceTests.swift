import CBOR
import Envelope
import Foundation
import History
import Node
import Registry
import Sodium
import Testing

/// Reads Protocol/vectors: what the specification says has to be accepted or refused, this implementation does.
@Suite struct ConformanceTests {
    struct Vector: Decodable {
        let name: String
        let bytes: String
        let meaning: [String: String]?
        let refused: String?
        let context: [String: [String]]?

        func context(_ key: String) -> [[UInt8]] { (context?[key] ?? []).compactMap { Hexadecimal.decode($0) } }
    }

    static func load(_ name: String) throws -> [Vector] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appendingPathComponent("Protocol/vectors/\(name).json"))
        return try JSONDecoder().decode([Vector].self, from: data)
    }

    /// Reads each; the reader gives what is found, or nil for a refusal.
    func check(_ name: String, _ read: (Vector, [UInt8]) -> [String: String]?) throws {
        let vectors = try Self.load(name)
        let refusals = vectors.filter { $0.refused != nil }.count
        #expect(refusals >= vectors.count - refusals, "at least as many refusals as acceptances")
        for vector in vectors {
            let bytes = try #require(Hexadecimal.decode(vector.bytes))
            let found = read(vector, bytes)
            if vector.refused != nil {
                #expect(found == nil, "\(name): \(vector.name)")
            } else {
                #expect(found == vector.meaning, "\(name): \(vector.name)")
            }
        }
    }

    @Test func cbor() throws {
        try check("cbor") { _, bytes in
            guard let value = try? CBORValue.decode(bytes), value.encoded == bytes else { return nil }
            return [:]
        }
    }

    @Test func commitments() throws {
        try check("commitments") { vector, bytes in
            guard let item = try? CBORValue.decode(bytes), let opening = try? Opening(decoding: item),
                let key = vector.context("author").first.flatMap({ Bytes32($0) }),
                let audienceItem = vector.context("audience").first.flatMap({ try? CBORValue.decode($0) }),
                let audience = try? Audience(audienceItem), opening.fits(author: PublicKey(key), audience: audience)
            else { return nil }
            return ["commitment": opening.commitment.hex]
        }
    }

    private func registry(_ entries: [[UInt8]]) throws -> Registry {
        var registry = Registry()
        for bytes in entries {
            let entry = try Entry.decode(bytes, network: registry.network)
            guard let verified = Verified(checking: entry) else { throw EntryFailure.badSignature }
            try registry.insert(verified)
        }
        return registry
    }

    @Test func entries() throws {
        try check("entries") { vector, bytes in
            guard var registry = try? registry(vector.context("entries")),
                let entry = try? Entry.decode(bytes, network: registry.network),
                let verified = Verified(checking: entry),
                (try? registry.insert(verified)) != nil
            else { return nil }
            return ["id": entry.id.hex, "height": "\(entry.height)", "code": "\(entry.body.code)"]
        }
    }

    @Test func requests() throws {
        try check("requests") { _, bytes in
            guard let request = try? KeyRequest.decode(bytes) else { return nil }
            return [
                "key": request.key.hex, "kind": "\(request.kind.rawValue)", "name": request.name,
                "audience": request.nameAudience.map { "\($0.rawValue)" } ?? "",
            ]
        }
    }

    @Test func evidence() throws {
        try check("evidence") { vector, bytes in
            guard let network = vector.context?["network"]?.first else { return nil }
            return try? EvidenceVerifier.verify(bytes, network: network).authorityFacts
        }
    }

    @Test func changeSets() throws {
        try check("change-sets") { vector, bytes in
            guard let registry = try? registry(vector.context("entries")),
                let network = vector.context("network").first.flatMap({ NetworkID($0) }),
                let dossier = vector.context("dossier").first.flatMap({ DossierID($0) })
            else { return nil }
            var history = DossierHistory(network: network)
            for parent in vector.context("parents") {
                guard let change = try? ChangeSet.decode(parent, network: network, dossier: dossier),
                    let verified = Verified(checking: change),
                    (try? history.insert(verified, registry: registry)) != nil
                else { return ["context": "broken"] }
            }
            guard let change = try? ChangeSet.decode(bytes, network: network, dossier: dossier),
                let verified = Verified(checking: change), (try? history.insert(verified, registry: registry)) != nil
            else { return nil }
            return ["id": change.id.hex, "lamport": "\(change.lamport)", "seq": "\(change.seq)"]
        }
    }
}
