import Envelope
import History
import Procedure
import Registry
import Sodium

extension World {
    /// Composes an entry at its place and keeps it by its name.
    mutating func add(entry item: Item, network: NetworkID?) throws -> Entry {
        let previous = try item.text("prev").map { name in
            guard let entry = entries[name] else { throw HistoryFailure.unknown(name) }
            return entry
        }
        let author = try key(item.key)
        let made = try Entry.compose(
            chain: try item.text("chain").map { try entry($0) }, height: previous.map { $0.height + 1 } ?? 0,
            previous: previous?.id, links: try item.list("links").map { try entry($0) }, at: item.at,
            body: try body(item, previous: previous, network: network), network: network, kid: author.publicKey,
            sign: { author.sign($0) })
        entries[item.name] = made
        return made
    }

    private func body(_ item: Item, previous: Entry?, network: NetworkID?) throws -> EntryBody {
        guard let (word, words) = item.operations.first.map({ ($0.word, $0.arguments) }) else {
            throw HistoryFailure.unknown(item.name)
        }
        switch word {
        case "genesis":
            return .networkGenesis(
                NetworkGenesis(
                    name: Self.unread, root: try key(words[0]).publicKey, next: try commitment(words[1]),
                    recovery: try recovery()))
        case "admit":
            return .admit(Admission(root: try key(words[0]).publicKey, kind: words[1], name: Self.unread))
        case "unit":
            return .unitGenesis(
                UnitGenesis(next: try commitment(words[0]), recovery: try recovery(), person: try person(words[1])))
        case "publish":
            let blob = BlobID(ProcedureDefinition.hash(definitionBytes))
            return .publishDefinition(
                Publication(blob: blob, size: UInt64(definitionBytes.count), name: "uji", version: 1))
        case "suspend": return .suspend(Suspension(unit: try entry(words[0]), from: number(words[1])))
        case "enable": return .enable(feature: number(words[0]))
        case "lift": return .lift(suspension: try entry(words[0]))
        case "delegate":
            return .delegate(
                Delegation(key: try key(words[0]).publicKey, person: try person(words[1]), name: Self.unread))
        case "certify":
            return .certify(
                Certificate(
                    key: try key(words[0]).publicKey, agreement: .zero, isNode: words[2] == "1",
                    person: try person(words[1]), name: Self.unread))
        case "mandate":
            return .mandate(
                Mandate(
                    person: try person(words[0]), role: words[1], from: number(words[2]),
                    until: words[3] == "-" ? nil : number(words[3]), capacity: .definitive, instrument: Self.unread,
                    title: nil))
        case "revoke":
            return .revoke(
                Revocation(
                    target: try entry(words[0]), reason: words[1] == "1" ? .compromised : .ended,
                    effective: number(words[2]), cut: words.count > 3 ? try entry(words[3]) : nil))
        default: return try level(item, word, words, previous: previous, network: network)
        }
    }

    /// Bodies that are written differently in the network's chain and in a unit's.
    private func level(
        _ item: Item, _ word: String, _ words: [String], previous: Entry?, network: NetworkID?
    ) throws -> EntryBody {
        let chain = try entry(item.text("chain") ?? "")
        let isNetwork = chain == network
        switch word {
        case "countersign":
            return .countersign(Countersignature(revocation: try entry(words[0]), isNetwork: isNetwork))
        case "branch":
            let target = try entry(words[0])
            let consents = try (words.count > 1 ? consents(item, 7, target.raw, nil, previous, network) : [])
            return .branch(Branch(entry: target, consents: consents, isNetwork: isNetwork))
        case "rotate", "recover":
            let next = try commitment(words[0])
            let named = try key(item.key).publicKey.bytes
            let given =
                try word == "rotate"
                ? [] : consents(item, isNetwork ? 9 : 23, named, next, previous, network)
            let change = Succession(
                next: next, consents: given, person: isNetwork ? nil : try person(words.count > 1 ? words[1] : item.key)
            )
            return word == "rotate" ? .rotate(change) : .recover(change)
        default: throw HistoryFailure.unknown(word)
        }
    }

    private func number(_ word: String) -> UInt64 { UInt64(word) ?? 0 }

    private func commitment(_ name: String) throws -> Bytes32 { Succession.commitment(to: try key(name).publicKey) }

    /// Two of three, for the network and every unit.
    private func recovery() throws -> RecoverySet? {
        RecoverySet(
            threshold: 2,
            members: try ["r1", "r2", "r3"].map { name in
                RecoverySet.Member(key: try key(name).publicKey, person: try person(name))
            })
    }

    private func consents(
        _ item: Item, _ code: UInt64, _ named: Bytes32, _ next: Bytes32?, _ previous: Entry?, _ network: NetworkID?
    ) throws -> [Consent] {
        guard let network, let previous else { throw HistoryFailure.unknown(item.name) }
        let chain = try entry(item.text("chain") ?? "")
        return try ["r1", "r2"].map { name in
            let member = try key(name)
            return Consent(
                key: member.publicKey,
                signature: member.sign(
                    Consent.bytesToSign(
                        network: network, chain: chain, previous: previous.id, code: code, named: named, next: next,
                        kid: member.publicKey)))
        }
    }
}
