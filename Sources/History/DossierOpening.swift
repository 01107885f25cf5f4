package import CBOR
package import Envelope

/// What a dossier's first change set says (CDDL `open`): the definition, the parties, 16 random bytes, the zone.
package struct DossierOpening: Hashable, Sendable {
    /// The registry entry that publishes the procedure definition.
    package let definition: EntryID
    /// Slots in the order of their UTF-8 bytes.
    package let parties: [PartyNaming]
    package let nonce: [UInt8]
    /// IANA name of the zone in which days are counted.
    package let zone: String

    package static let nonceByteCount = 16
    package static let partyCountMax = 8

    package init(definition: EntryID, parties: [PartyNaming], nonce: [UInt8], zone: String) {
        self.definition = definition
        self.parties = parties
        self.nonce = nonce
        self.zone = zone
    }

    package var operation: Operation {
        Operation(
            code: OperationCode.open,
            body: .map([
                CBORPair(key: .unsigned(1), value: .bytes(definition.bytes)),
                CBORPair(
                    key: .unsigned(2),
                    value: CBORValue.map(
                        parties.map { CBORPair(key: .text($0.slot), value: .bytes($0.unit.bytes)) })),
                CBORPair(key: .unsigned(3), value: .bytes(nonce)),
                CBORPair(key: .unsigned(4), value: .text(zone)),
            ]))
    }

    /// Nil when the body is not an `open` of the CDDL.
    package init?(_ operation: Operation) {
        guard operation.code == OperationCode.open, case .map(let pairs) = operation.body, pairs.count == 4,
            let definition = operation.body[unsigned: 1]?.bytesValue.flatMap({ EntryID($0) }),
            let slots = operation.body[unsigned: 2], let parties = PartyNaming.list(slots), !parties.isEmpty,
            parties.count <= Self.partyCountMax,
            let nonce = operation.body[unsigned: 3]?.bytesValue, nonce.count == Self.nonceByteCount,
            let zone = operation.body[unsigned: 4]?.textValue,
            (1...HistoryLimits.zoneByteCountMax).contains(zone.utf8.count)
        else { return nil }
        self.init(definition: definition, parties: parties, nonce: nonce, zone: zone)
    }
}

/// A unit named for a slot. Naming alone admits its keys to a dossier, whether or not the naming has effect
/// (Protocol 2 §4): effect may change as the registry grows, validity may not.
package struct PartyNaming: Hashable, Sendable {
    package let slot: String
    package let unit: UnitID

    package init(slot: String, unit: UnitID) {
        self.slot = slot
        self.unit = unit
    }

    /// Reads `{slot => unit}`; nil when it is something else.
    package static func list(_ item: CBORValue) -> [PartyNaming]? {
        guard case .map(let pairs) = item else { return nil }
        var namings: [PartyNaming] = []
        for pair in pairs {
            guard let slot = pair.key.textValue, let bytes = pair.value.bytesValue, let unit = UnitID(bytes) else {
                return nil
            }
            namings.append(PartyNaming(slot: slot, unit: unit))
        }
        return namings
    }

    /// The units that the operations of a change set name: `open`, `outcome` (binds) and `bind`.
    package static func named(by operations: [Operation]) -> [UnitID] {
        var units: [UnitID] = []
        for operation in operations {
            switch operation.code {
            case OperationCode.open: units += operation.body[unsigned: 2].flatMap(list)?.map(\.unit) ?? []
            case 16: units += operation.body[unsigned: 10].flatMap(list)?.map(\.unit) ?? []
            case 26:
                if let bytes = operation.body[unsigned: 2]?.bytesValue, let unit = UnitID(bytes) { units.append(unit) }
            default: break
            }
        }
        return units
    }
}
