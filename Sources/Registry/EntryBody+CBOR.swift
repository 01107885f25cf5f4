package import CBOR
import Envelope
import Sodium

/// Reads the fields of a body's map; every failure is the same to the caller: the entry is malformed.
private struct Fields {
    let item: CBORValue
    private(set) var used = 0

    init(_ item: CBORValue) {
        self.item = item
    }

    func raw(_ key: UInt64) throws(EntryFailure) -> CBORValue {
        guard let value = item[unsigned: key] else { throw .malformedBody }
        return value
    }

    func has(_ key: UInt64) -> Bool { item[unsigned: key] != nil }

    func number(_ key: UInt64) throws(EntryFailure) -> UInt64 {
        guard let value = try raw(key).unsignedValue, value < 1 << 53 else { throw .malformedBody }
        return value
    }

    func text(_ key: UInt64, maxBytes: Int = 64) throws(EntryFailure) -> String {
        guard let text = try raw(key).textValue, (1...maxBytes).contains(text.utf8.count) else { throw .malformedBody }
        return text
    }

    func bytes32(_ key: UInt64) throws(EntryFailure) -> Bytes32 {
        guard let bytes = try raw(key).bytesValue, let value = Bytes32(bytes) else { throw .malformedBody }
        return value
    }

    func key(_ key: UInt64) throws(EntryFailure) -> PublicKey { PublicKey(try bytes32(key)) }
    func entry(_ key: UInt64) throws(EntryFailure) -> EntryID { EntryID(try bytes32(key)) }

    func person(_ key: UInt64) throws(EntryFailure) -> PersonID {
        guard let bytes = try raw(key).bytesValue, let person = PersonID(bytes) else { throw .malformedBody }
        return person
    }

    func committed(_ key: UInt64) throws(EntryFailure) -> Committed {
        do { return try Committed(try raw(key)) } catch { throw .malformedBody }
    }

    func nameAudience(_ key: UInt64) throws(EntryFailure) -> NameAudience? {
        guard has(key) else { return nil }
        guard let audience = NameAudience(rawValue: try number(key)) else { throw .malformedBody }
        return audience
    }

    /// Absent, or sorted by key with keys and persons unique (CDDL `recovery`).
    func recovery(_ key: UInt64) throws(EntryFailure) -> RecoverySet? {
        guard has(key) else { return nil }
        guard let parts = try raw(key).arrayValue, parts.count == 2, let threshold = parts[0].unsignedValue,
            threshold <= UInt64(RecoverySet.memberCountMax), let items = parts[1].arrayValue
        else { throw .malformedBody }
        var members: [RecoverySet.Member] = []
        for item in items {
            guard let pair = item.arrayValue, pair.count == 2, let key = pair[0].bytesValue.flatMap({ Bytes32($0) }),
                let person = pair[1].bytesValue.flatMap({ PersonID($0) })
            else { throw .malformedBody }
            members.append(RecoverySet.Member(key: PublicKey(key), person: person))
        }
        guard let set = RecoverySet(threshold: Int(threshold), members: members), set.members == members else {
            throw .recoverySet
        }
        return set
    }

    func consents(_ key: UInt64) throws(EntryFailure) -> [Consent] {
        guard let items = try raw(key).arrayValue, (1...RecoverySet.memberCountMax).contains(items.count) else {
            throw .malformedBody
        }
        var consents: [Consent] = []
        for item in items {
            guard let pair = item.arrayValue, pair.count == 2, let key = pair[0].bytesValue.flatMap({ Bytes32($0) }),
                let signature = pair[1].bytesValue.flatMap({ Signature($0) })
            else { throw .malformedBody }
            if let last = consents.last, !(last.key.bytes < key) { throw .malformedBody }
            consents.append(Consent(key: PublicKey(key), signature: signature))
        }
        return consents
    }

    func expect(count: ClosedRange<Int>) throws(EntryFailure) {
        guard let pairs = item.mapValue, count.contains(pairs.count) else { throw .malformedBody }
    }
}

extension EntryBody {
    package var code: UInt64 {
        switch self {
        case .networkGenesis: 0
        case .admit: 1
        case .suspend: 2
        case .enable: 3
        case .publishDefinition: 4
        case .publishCalendar: 5
        case .arbiter: 6
        case .branch(let body): body.isNetwork ? 7 : 21
        case .rotate(let body): body.person == nil ? 8 : 22
        case .recover(let body): body.person == nil ? 9 : 23
        case .countersign(let body): body.isNetwork ? 10 : 24
        case .lift: 11
        case .unitGenesis: 16
        case .delegate: 17
        case .certify: 18
        case .mandate: 19
        case .revoke: 20
        }
    }

    package init(_ item: CBORValue) throws(EntryFailure) {
        guard let parts = item.arrayValue, parts.count == 2, let code = parts[0].unsignedValue else {
            throw .malformedBody
        }
        self = code < 16 ? try Self.network(code, Fields(parts[1])) : try Self.unit(code, Fields(parts[1]))
    }

    private static func network(_ code: UInt64, _ fields: Fields) throws(EntryFailure) -> EntryBody {
        switch code {
        case 0:
            try fields.expect(count: 3...4)
            return .networkGenesis(
                NetworkGenesis(
                    name: try fields.committed(1), root: try fields.key(2), next: try fields.bytes32(3),
                    recovery: try fields.recovery(4)))
        case 1:
            let audience = try fields.nameAudience(4)
            try fields.expect(count: audience == nil ? 3...3 : 4...4)
            return .admit(
                Admission(
                    root: try fields.key(1), kind: try fields.text(2), name: try fields.committed(3),
                    nameAudience: audience))
        case 2:
            try fields.expect(count: 2...2)
            return .suspend(Suspension(unit: try fields.entry(1), from: try fields.number(2)))
        case 3:
            try fields.expect(count: 1...1)
            return .enable(feature: try fields.number(1))
        case 4: return .publishDefinition(try publication(fields))
        case 5: return .publishCalendar(try publication(fields))
        case 6:
            try fields.expect(count: 1...1)
            return .arbiter(unit: try fields.entry(1))
        case 7:
            let consents = fields.has(2) ? try fields.consents(2) : []
            try fields.expect(count: consents.isEmpty ? 1...1 : 2...2)
            return .branch(Branch(entry: try fields.entry(1), consents: consents, isNetwork: true))
        case 8:
            try fields.expect(count: 1...1)
            return .rotate(Succession(next: try fields.bytes32(1), person: nil))
        case 9:
            try fields.expect(count: 2...2)
            return .recover(
                Succession(next: try fields.bytes32(1), consents: try fields.consents(2), person: nil))
        case 10:
            try fields.expect(count: 1...1)
            return .countersign(Countersignature(revocation: try fields.entry(1), isNetwork: true))
        case 11:
            try fields.expect(count: 1...1)
            return .lift(suspension: try fields.entry(1))
        default: throw .unknownBody(code)
        }
    }

    private static func publication(_ fields: Fields) throws(EntryFailure) -> Publication {
        try fields.expect(count: 4...4)
        return Publication(
            blob: BlobID(try fields.bytes32(1)), size: try fields.number(2), name: try fields.text(3, maxBytes: 100),
            version: try fields.number(4))
    }

    private static func unit(_ code: UInt64, _ fields: Fields) throws(EntryFailure) -> EntryBody {
        switch code {
        case 16:
            let recovery = try fields.recovery(2)
            try fields.expect(count: recovery == nil ? 2...2 : 3...3)
            return .unitGenesis(
                UnitGenesis(next: try fields.bytes32(1), recovery: recovery, person: try fields.person(3)))
        case 17:
            try fields.expect(count: 3...3)
            return .delegate(
                Delegation(key: try fields.key(1), person: try fields.person(2), name: try fields.committed(3)))
        case 18:
            try fields.expect(count: 5...5)
            let kind = try fields.number(3)
            guard kind <= 1 else { throw .malformedBody }
            return .certify(
                Certificate(
                    key: try fields.key(1), agreement: try fields.bytes32(2), isNode: kind == 1,
                    person: try fields.person(4), name: try fields.committed(5)))
        case 19: return .mandate(try mandate(fields))
        case 20:
            try fields.expect(count: 3...4)
            guard let reason = Revocation.Reason(rawValue: try fields.number(2)) else { throw .malformedBody }
            return .revoke(
                Revocation(
                    target: try fields.entry(1), reason: reason, effective: try fields.number(3),
                    cut: fields.has(4) ? try fields.entry(4) : nil))
        case 21:
            try fields.expect(count: 1...1)
            return .branch(Branch(entry: try fields.entry(1), isNetwork: false))
        case 22:
            try fields.expect(count: 2...2)
            return .rotate(Succession(next: try fields.bytes32(1), person: try fields.person(2)))
        case 23:
            try fields.expect(count: 3...3)
            return .recover(
                Succession(
                    next: try fields.bytes32(1), consents: try fields.consents(2), person: try fields.person(3)))
        case 24:
            try fields.expect(count: 1...1)
            return .countersign(Countersignature(revocation: try fields.entry(1), isNetwork: false))
        default: throw .unknownBody(code)
        }
    }

    private static func mandate(_ fields: Fields) throws(EntryFailure) -> Mandate {
        try fields.expect(count: 5...7)
        guard let capacity = Mandate.Capacity(rawValue: try fields.number(5)) else { throw .malformedBody }
        return Mandate(
            person: try fields.person(1), role: try fields.text(2), from: try fields.number(3),
            until: fields.has(4) ? try fields.number(4) : nil, capacity: capacity,
            instrument: try fields.committed(6), title: fields.has(7) ? try fields.committed(7) : nil)
    }
}

extension EntryBody {
    package var item: CBORValue {
        .array([.unsigned(code), .map(pairs)])
    }

    private var pairs: [CBORPair] {
        func pair(_ key: UInt64, _ value: CBORValue) -> CBORPair { CBORPair(key: .unsigned(key), value: value) }
        switch self {
        case .networkGenesis(let body):
            return [pair(1, body.name.item), pair(2, .bytes(body.root.bytes.bytes)), pair(3, .bytes(body.next.bytes))]
                + (body.recovery.map { [pair(4, $0.item)] } ?? [])
        case .admit(let body):
            return [pair(1, .bytes(body.root.bytes.bytes)), pair(2, .text(body.kind)), pair(3, body.name.item)]
                + (body.nameAudience.map { [pair(4, .unsigned($0.rawValue))] } ?? [])
        case .suspend(let body): return [pair(1, .bytes(body.unit.bytes)), pair(2, .unsigned(body.from))]
        case .enable(let feature): return [pair(1, .unsigned(feature))]
        case .publishDefinition(let body), .publishCalendar(let body):
            return [
                pair(1, .bytes(body.blob.bytes)), pair(2, .unsigned(body.size)), pair(3, .text(body.name)),
                pair(4, .unsigned(body.version)),
            ]
        case .arbiter(let unit): return [pair(1, .bytes(unit.bytes))]
        case .branch(let body):
            return [pair(1, .bytes(body.entry.bytes))]
                + (body.consents.isEmpty ? [] : [pair(2, Self.item(body.consents))])
        case .rotate(let body):
            return [pair(1, .bytes(body.next.bytes))] + (body.person.map { [pair(2, .bytes($0.bytes))] } ?? [])
        case .recover(let body):
            return [pair(1, .bytes(body.next.bytes)), pair(2, Self.item(body.consents))]
                + (body.person.map { [pair(3, .bytes($0.bytes))] } ?? [])
        case .countersign(let body): return [pair(1, .bytes(body.revocation.bytes))]
        case .lift(let suspension): return [pair(1, .bytes(suspension.bytes))]
        case .unitGenesis(let body):
            return [pair(1, .bytes(body.next.bytes))] + (body.recovery.map { [pair(2, $0.item)] } ?? [])
                + [pair(3, .bytes(body.person.bytes))]
        case .delegate(let body):
            return [
                pair(1, .bytes(body.key.bytes.bytes)), pair(2, .bytes(body.person.bytes)), pair(3, body.name.item),
            ]
        case .certify(let body):
            return [
                pair(1, .bytes(body.key.bytes.bytes)), pair(2, .bytes(body.agreement.bytes)),
                pair(3, .unsigned(body.isNode ? 1 : 0)), pair(4, .bytes(body.person.bytes)), pair(5, body.name.item),
            ]
        case .mandate(let body):
            var pairs = [pair(1, .bytes(body.person.bytes)), pair(2, .text(body.role)), pair(3, .unsigned(body.from))]
            if let until = body.until { pairs.append(pair(4, .unsigned(until))) }
            pairs += [pair(5, .unsigned(body.capacity.rawValue)), pair(6, body.instrument.item)]
            if let title = body.title { pairs.append(pair(7, title.item)) }
            return pairs
        case .revoke(let body):
            var pairs = [
                pair(1, .bytes(body.target.bytes)), pair(2, .unsigned(body.reason.rawValue)),
                pair(3, .unsigned(body.effective)),
            ]
            if let cut = body.cut { pairs.append(pair(4, .bytes(cut.bytes))) }
            return pairs
        }
    }
}

extension EntryBody {
    private static func item(_ consents: [Consent]) -> CBORValue {
        .array(consents.map { .array([.bytes($0.key.bytes.bytes), .bytes($0.signature.bytes)]) })
    }
}

extension RecoverySet {
    package var item: CBORValue {
        .array([
            .unsigned(UInt64(threshold)),
            .array(members.map { .array([.bytes($0.key.bytes.bytes), .bytes($0.person.bytes)]) }),
        ])
    }
}
