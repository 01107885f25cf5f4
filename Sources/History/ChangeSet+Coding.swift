import CBOR
package import Envelope
package import Sodium

extension ChangeSetFields {
    /// The payload as deterministic CBOR (CDDL `change-set`).
    package var encoded: [UInt8] {
        var writer = CBORWriter()
        let count =
            3 + (previous == nil ? 0 : 1) + (deps.isEmpty ? 0 : 1) + (reg.isEmpty ? 0 : 1)
            + (operations.isEmpty ? 0 : 1)
        writer.mapHeader(count)
        writer.unsigned(1)
        writer.unsigned(seq)
        if let previous {
            writer.unsigned(2)
            writer.bytes(previous.bytes)
        }
        if !deps.isEmpty {
            writer.unsigned(3)
            writer.arrayHeader(deps.count)
            for dep in deps { writer.bytes(dep.bytes) }
        }
        writer.unsigned(4)
        writer.unsigned(lamport)
        if !reg.isEmpty {
            writer.unsigned(5)
            writer.arrayHeader(reg.count)
            for entry in reg { writer.bytes(entry.bytes) }
        }
        writer.unsigned(6)
        writer.arrayHeader(2)
        writer.unsigned(at.milliseconds)
        writer.text(at.zone)
        if !operations.isEmpty {
            writer.unsigned(7)
            writer.arrayHeader(operations.count)
            for operation in operations {
                writer.arrayHeader(2)
                writer.unsigned(UInt64(operation.code))
                writer.raw(operation.body.encoded)
            }
        }
        return writer.bytes
    }

    /// Reads a payload strictly; throws ``ChangeSetFailure`` or ``CBORFailure``.
    init(reading payload: [UInt8]) throws {
        guard payload.count <= HistoryLimits.changeSetByteCountMax else {
            throw ChangeSetFailure.payloadTooLarge(
                byteCount: payload.count, limit: HistoryLimits.changeSetByteCountMax)
        }
        var reader = CBORReader(payload)
        self.init(
            seq: 0, previous: nil, deps: [], lamport: 0, reg: [], at: StatedTime(milliseconds: 0, zone: ""),
            operations: [])
        var seen: UInt8 = 0
        var last: UInt64?
        for _ in 0..<(try reader.readMapHeader(max: 7)) {
            let key = try reader.nextKey(after: &last)
            guard (1...7).contains(key) else { throw ChangeSetFailure.unknownKey(key) }
            seen |= 1 << UInt8(key)
            try readField(key, from: &reader)
        }
        try reader.finish()
        for key in [UInt64(1), 4, 6] where seen & (1 << UInt8(key)) == 0 { throw ChangeSetFailure.missingKey(key) }
        try checkShape()
    }

    private mutating func readField(_ key: UInt64, from reader: inout CBORReader) throws {
        switch key {
        case 1: seq = try reader.readBounded(.seq)
        case 2: previous = ChangeSetID(try reader.readID())
        case 3:
            deps = try reader.readSortedIDs(.deps, limit: HistoryLimits.depCountMax).map { ChangeSetID($0) }
        case 4: lamport = try reader.readBounded(.lamport)
        case 5: reg = try reader.readSortedIDs(.reg, limit: HistoryLimits.regCountMax).map { EntryID($0) }
        case 6:
            guard try reader.readArrayHeader(max: 2) == 2 else { throw ChangeSetFailure.outOfRange(field: .at) }
            let milliseconds = try reader.readBounded(.at)
            let zone = try reader.readText(maxBytes: HistoryLimits.zoneByteCountMax)
            guard !zone.isEmpty else { throw ChangeSetFailure.empty(field: .zone) }
            at = StatedTime(milliseconds: milliseconds, zone: zone)
        default: operations = try reader.readOperations()
        }
    }

    private func checkShape() throws(ChangeSetFailure) {
        guard (seq == 0) == (previous == nil) else { throw .seqWithoutPrevious }
        guard lamport >= 1 else { throw .outOfRange(field: .lamport) }
        let isFirst = previous == nil && deps.isEmpty
        let opens = operations.first?.code == OperationCode.open
        let opensLater = operations.dropFirst().contains { $0.code == OperationCode.open }
        guard isFirst == opens, !opensLater else { throw .notAnOpening }
    }
}

/// The only operation code that History itself understands: it makes a dossier.
package enum OperationCode {
    package static let open = 0
    /// Below are edits, comments and files, which need no mandate.
    static let firstAct = 16
}

extension CBORReader {
    fileprivate mutating func readBounded(_ field: ChangeSetFailure.Field) throws -> UInt64 {
        let value = try readUnsigned()
        guard value < HistoryLimits.integerBound else { throw ChangeSetFailure.outOfRange(field: field) }
        return value
    }

    fileprivate mutating func readID() throws -> Bytes32 {
        guard let id = try readBytes32() else { throw ChangeSetFailure.outOfRange(field: .identifier) }
        return id
    }

    private mutating func readBytes32() throws -> Bytes32? {
        Bytes32(try readBytes())
    }

    fileprivate mutating func readSortedIDs(_ field: ChangeSetFailure.Field, limit: Int) throws -> [Bytes32] {
        let count = try readArrayHeader(max: 65_535)
        guard count > 0 else { throw ChangeSetFailure.empty(field: field) }
        guard count <= limit else { throw ChangeSetFailure.tooMany(field: field, count: count, limit: limit) }
        var ids: [Bytes32] = []
        ids.reserveCapacity(count)
        for _ in 0..<count {
            let id = try readID()
            if let last = ids.last, !(last < id) { throw ChangeSetFailure.unsorted(field: field) }
            ids.append(id)
        }
        return ids
    }

    fileprivate mutating func readOperations() throws -> [Operation] {
        let count = try readArrayHeader(max: 65_535)
        guard count > 0 else { throw ChangeSetFailure.empty(field: .ops) }
        guard count <= HistoryLimits.operationCountMax else {
            throw ChangeSetFailure.tooMany(field: .ops, count: count, limit: HistoryLimits.operationCountMax)
        }
        var operations: [Operation] = []
        operations.reserveCapacity(count)
        for _ in 0..<count {
            guard try readArrayHeader(max: 2) == 2 else { throw ChangeSetFailure.outOfRange(field: .ops) }
            let code = try readUnsigned()
            guard code <= UInt64(HistoryLimits.operationCodeMax) else {
                throw ChangeSetFailure.outOfRange(field: .code)
            }
            // The map of fields, the array of operations and the operation lie around it.
            let body = try readValue(within: 3)
            guard case .map(let pairs) = body, pairs.allSatisfy(\.hasUnsignedKey) else {
                throw ChangeSetFailure.outOfRange(field: .ops)
            }
            operations.append(Operation(code: Int(code), body: body))
        }
        return operations
    }
}

extension CBORPair {
    fileprivate var hasUnsignedKey: Bool {
        if case .unsigned = key { return true }
        return false
    }
}

extension ChangeSet {
    /// Decodes bytes offered for a dossier. Checks structure and computes the id; the signature is another question.
    ///
    /// - Parameter dossier: nil where a dossier's first change set is expected.
    package static func decode(
        _ bytes: [UInt8], network: NetworkID, dossier: DossierID?
    ) throws(ChangeSetFailure) -> ChangeSet {
        do {
            let envelope = try Envelope.decode(bytes, as: .change)
            let fields = try ChangeSetFields(reading: envelope.payload)
            return try assemble(fields, envelope: envelope, network: network, dossier: dossier)
        } catch let failure as ChangeSetFailure {
            throw failure
        } catch let failure as EnvelopeFailure {
            throw .envelope(failure)
        } catch let failure as CBORFailure {
            throw .malformed(failure)
        } catch {
            preconditionFailure("decoding throws no other error")
        }
    }

    private static func assemble(
        _ fields: ChangeSetFields, envelope: Envelope, network: NetworkID, dossier: DossierID?
    ) throws(ChangeSetFailure) -> ChangeSet {
        if fields.previous == nil && fields.deps.isEmpty {
            let id = ChangeSetID(envelope.id(aad: ExternalData.network(network)))
            if let dossier, dossier != id.asDossier { throw .otherDossier }
            return ChangeSet(
                id: id, dossier: id.asDossier, network: network, fields: fields, envelope: envelope)
        }
        guard let dossier else { throw .notAnOpening }
        let id = ChangeSetID(envelope.id(aad: ExternalData.change(network: network, dossier: dossier)))
        return ChangeSet(id: id, dossier: dossier, network: network, fields: fields, envelope: envelope)
    }

    /// Signs fields in the name of a key held here or by the unlock agent: `sign` gets the bytes to sign.
    package static func compose(
        _ fields: ChangeSetFields, network: NetworkID, dossier: DossierID?, kid: PublicKey,
        sign: ([UInt8]) throws -> Signature
    ) throws -> ChangeSet {
        let isFirst = fields.previous == nil && fields.deps.isEmpty
        precondition(isFirst == (dossier == nil), "only a first change set has no dossier yet")
        let payload = fields.encoded
        let aad: [UInt8]
        if let dossier {
            aad = ExternalData.change(network: network, dossier: dossier)
        } else {
            aad = ExternalData.network(network)
        }
        let signature = try sign(Envelope.bytesToSign(payload, as: .change, aad: aad, kid: kid))
        let envelope = Envelope.assemble(payload, as: .change, kid: kid, signature: signature)
        // What we compose must be what others accept: reading it back is the pair of this check.
        return try decode(envelope.bytes, network: network, dossier: dossier)
    }

    /// The same statement with a signature: its id covers what is signed, so nothing else changes.
    package func signed(_ sign: ([UInt8]) throws -> Signature) rethrows -> ChangeSet {
        let signature = try sign(envelope.signedBytes(aad: externalData))
        let fields = ChangeSetFields(
            seq: seq, previous: previous, deps: deps, lamport: lamport, reg: reg, at: at, operations: operations)
        return ChangeSet(
            id: id, dossier: dossier, network: network, fields: fields,
            envelope: Envelope.assemble(envelope.payload, as: .change, kid: author, signature: signature))
    }
}
