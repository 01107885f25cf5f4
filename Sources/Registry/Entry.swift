import CBOR
package import Envelope
package import Sodium

/// One signed entry of a chain (CDDL `entry`). Each authority key writes one chain; a chain is named by the entry that
/// opened it, so the link to what empowers a key is the chain's own name.
package struct Entry: Sendable {
    package let id: EntryID
    /// The network's id for the network chain.
    package let chain: EntryID
    package let height: Int
    package let previous: EntryID?
    package let links: [EntryID]
    /// Stated milliseconds.
    package let at: UInt64
    package let body: EntryBody
    package let envelope: Envelope
    /// Nil for the network's genesis, whose id becomes the network's.
    package let network: NetworkID?

    package var author: PublicKey { envelope.kid }
    package var bytes: [UInt8] { envelope.bytes }
}

extension Entry: Provable {
    /// The author's signature, and those of everybody who consented.
    package var isSigned: Bool {
        envelope.isSigned(aad: Self.externalData(network))
            && body.consents.allSatisfy { consent in
                consentBytes(of: consent.key).map { consent.key.verifies(consent.signature, over: $0) } ?? false
            }
    }

    /// What a member of the recovery set signs for this entry; nil where none is asked.
    package func consentBytes(of key: PublicKey) -> [UInt8]? {
        guard let network, let previous else { return nil }
        let (named, next): (Bytes32, Bytes32?)
        switch body {
        case .recover(let succession): (named, next) = (author.bytes, succession.next)
        case .branch(let branch): (named, next) = (branch.entry.raw, nil)
        default: return nil
        }
        return Consent.bytesToSign(
            network: network, chain: chain, previous: previous, code: body.code, named: named, next: next, kid: key)
    }

    fileprivate static func externalData(_ network: NetworkID?) -> [UInt8] {
        network.map(ExternalData.network) ?? ExternalData.genesis
    }
}

extension Entry {
    /// - Parameter network: nil where the network's genesis is expected.
    package static func decode(_ bytes: [UInt8], network: NetworkID?) throws(EntryFailure) -> Entry {
        guard bytes.count <= RegistryLimits.entryByteCountMax else {
            throw .tooLarge(byteCount: bytes.count, limit: RegistryLimits.entryByteCountMax)
        }
        let envelope: Envelope
        let item: CBORValue
        do {
            envelope = try Envelope.decode(bytes, as: .entry)
        } catch { throw .envelope(error) }
        do {
            item = try CBORValue.decode(envelope.payload)
        } catch { throw .malformed(error) }
        return try read(item, envelope: envelope, network: network)
    }

    private static func read(
        _ item: CBORValue, envelope: Envelope, network: NetworkID?
    ) throws(EntryFailure) -> Entry {
        guard let pairs = item.mapValue,
            pairs.allSatisfy({ $0.key.unsignedValue.map { (1...6).contains($0) } ?? false }),
            let height = item[unsigned: 2]?.unsignedValue, height < UInt64(RegistryLimits.chainEntryCountMax),
            let at = item[unsigned: 5]?.unsignedValue, at < 1 << 53, let bodyItem = item[unsigned: 6]
        else { throw .malformedBody }
        let id = EntryID(envelope.id(aad: externalData(network)))
        let body = try EntryBody(bodyItem)
        let chain = try identifier(item[unsigned: 1])
        guard (chain == nil) == (network == nil) else { throw .otherNetwork }
        let previous = try identifier(item[unsigned: 3])
        guard (previous == nil) == (height == 0) else {
            throw .wrongHeight(found: Int(height), expected: previous == nil ? 0 : 1)
        }
        return Entry(
            id: id, chain: chain ?? id, height: Int(height), previous: previous,
            links: try linkList(item[unsigned: 4]), at: at, body: body, envelope: envelope, network: network)
    }

    private static func identifier(_ item: CBORValue?) throws(EntryFailure) -> EntryID? {
        guard let item else { return nil }
        guard let bytes = item.bytesValue, let id = EntryID(bytes) else { throw .malformedBody }
        return id
    }

    private static func linkList(_ item: CBORValue?) throws(EntryFailure) -> [EntryID] {
        guard let item else { return [] }
        guard let items = item.arrayValue, (1...RegistryLimits.linkCountMax).contains(items.count) else {
            throw .malformedBody
        }
        var links: [EntryID] = []
        for item in items {
            guard let link = try identifier(item) else { throw .malformedBody }
            if let last = links.last, !(last < link) { throw .malformedBody }
            links.append(link)
        }
        return links
    }

    /// Composes and signs; `sign` gets the bytes to sign.
    package static func compose(
        chain: EntryID?, height: Int, previous: EntryID?, links: [EntryID], at: UInt64, body: EntryBody,
        network: NetworkID?, kid: PublicKey, sign: ([UInt8]) throws -> Signature
    ) throws -> Entry {
        var pairs = [CBORPair(key: .unsigned(2), value: .unsigned(UInt64(height)))]
        if let chain { pairs.append(CBORPair(key: .unsigned(1), value: .bytes(chain.bytes))) }
        if let previous { pairs.append(CBORPair(key: .unsigned(3), value: .bytes(previous.bytes))) }
        if !links.isEmpty {
            let items = links.sorted().map { CBORValue.bytes($0.bytes) }
            pairs.append(CBORPair(key: .unsigned(4), value: .array(items)))
        }
        pairs.append(CBORPair(key: .unsigned(5), value: .unsigned(at)))
        pairs.append(CBORPair(key: .unsigned(6), value: body.item))
        let payload = CBORValue.map(pairs).encoded
        let aad = externalData(network)
        let signature = try sign(Envelope.bytesToSign(payload, as: .entry, aad: aad, kid: kid))
        let envelope = Envelope.assemble(payload, as: .entry, kid: kid, signature: signature)
        return try decode(envelope.bytes, network: network)
    }
}
