import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium

/// Turns items into real entries and change sets, with keys and persons made from their names.
struct World {
    let definitionBytes: [UInt8]
    let definition: ProcedureDefinition
    var entries: [String: Entry] = [:]
    var changes: [String: ChangeSet] = [:]
    /// Keys by name; made once.
    private let keys: KeyTable

    final class KeyTable {
        private var keys: [String: NamedKey] = [:]

        func key(_ name: String) throws -> NamedKey {
            if let key = keys[name] { return key }
            let key = try NamedKey(name)
            keys[name] = key
            return key
        }
    }

    final class NamedKey {
        let key: SigningKey

        init(_ name: String) throws {
            let seed = Blake2b.hash(Array(name.utf8), personal: Personal("mufakat oracle"))
            guard let key = SigningKey(seed: SecretBytes(copying: seed.bytes)) else {
                throw HistoryFailure.unknown(name)
            }
            self.key = key
        }

        var publicKey: PublicKey { key.publicKey }
        func sign(_ message: [UInt8]) -> Signature { key.sign(message) }
    }

    init(definition bytes: [UInt8]) {
        definitionBytes = bytes
        definition = DefinitionLoader.load(bytes).definition
        keys = KeyTable()
    }

    func key(_ name: String) throws -> NamedKey { try keys.key(name) }

    func person(_ name: String) throws -> PersonID {
        let bytes = Blake2b.hash(Array(name.utf8), personal: Personal("mufakat oracle")).bytes
        guard let person = PersonID(Array(bytes.prefix(16))) else { throw HistoryFailure.unknown(name) }
        return person
    }

    func entry(_ name: String) throws -> EntryID {
        guard let entry = entries[name] else { throw HistoryFailure.unknown(name) }
        return entry.id
    }

    /// A registry entry or a change set, whichever has the name.
    func raw(_ name: String) throws -> Bytes32 {
        if let change = changes[name] { return change.id.raw }
        return try entry(name).raw
    }

    func change(_ name: String) throws -> ChangeSet {
        guard let change = changes[name] else { throw HistoryFailure.unknown(name) }
        return change
    }

    /// Nobody opens what stands in these commitments.
    static let unread = Committed(commitment: Commitment(.zero), audience: .all)

    // MARK: Change sets

    mutating func add(change item: Item, network: NetworkID) throws -> ChangeSet {
        let previous = try item.text("prev").map { try change($0) }
        let deps = try item.list("deps").map { try change($0) }
        let parents = (previous.map { [$0] } ?? []) + deps
        let author = try key(item.key)
        let fields = ChangeSetFields(
            seq: previous.map { $0.seq + 1 } ?? 0, previous: previous?.id, deps: deps.map(\.id).sorted(),
            lamport: 1 + (parents.map(\.lamport).max() ?? 0), reg: try item.list("reg").map { try entry($0) }.sorted(),
            at: StatedTime(milliseconds: item.at, zone: "Asia/Jakarta"),
            operations: try item.operations.map { try operation($0.word, $0.arguments, under: item.text("under")) })
        let dossier = parents.first?.dossier
        let made = try ChangeSet.compose(
            fields, network: network, dossier: dossier, kid: author.publicKey,
            sign: { author.sign($0) })
        changes[item.name] = made
        return made
    }

    private func operation(_ word: String, _ words: [String], under: String?) throws -> Operation {
        let first = words.first ?? ""
        switch word {
        case "open":
            let parties = try words.map { word in
                let halves = word.split(separator: "/").map(String.init)
                return PartyNaming(slot: halves[0], unit: try entry(halves[1]))
            }
            return DossierOpening(
                definition: try entry("pub"), parties: parties, nonce: Array(repeating: 0, count: 16),
                zone: "Asia/Jakarta"
            ).operation
        case "set": return body(Code.set, [(1, .text(first)), (2, .text("x"))])
        case "feature":
            return body(256 * (Int(first) ?? 1), [(1, .text("x"))])
        default: return try act(word, words, under: try under.map { try entry($0) })
        }
    }

    private func act(_ word: String, _ words: [String], under: EntryID?) throws -> Operation {
        typealias Pairs = [(UInt64, CBORValue)]
        let ground: Pairs = under.map { [(20, .bytes($0.bytes))] } ?? []
        let terms: Pairs =
            ground + [(21, .unsigned(1)), (22, .text("id")), (23, Self.unread.item), (24, .unsigned(0))]
        func id(_ place: Int) throws -> CBORValue { .bytes(try raw(words[place]).bytes) }
        func ids(_ place: Int) throws -> CBORValue {
            let named = try words[place].split(separator: "/").map { try raw(String($0)) }
            return .array(named.sorted().map { .bytes($0.bytes) })
        }
        switch word {
        case "outcome":
            let binds = try words.dropFirst(2).map { try slot($0) }
            let pairs: Pairs = binds.isEmpty ? [] : [(10, .map(binds))]
            let place = try place(words)
            let name: Pairs = [(3, .text(words[1]))]
            return body(Code.outcome, place + name + pairs + terms)
        case "sign":
            let place = try place(words)
            let over: Pairs = [(3, .text(words[1])), (4, .map([]))]
            return body(Code.sign, place + over + terms)
        case "ruling":
            let rulings = try words.count > 3 ? [(UInt64(5), ids(3))] : []
            let activation = CBORValue.bytes(try activation(words[0]).bytes.bytes)
            let choice: Pairs = [(1, activation), (2, try ids(2)), (3, try id(1))]
            return body(Code.ruling, choice + rulings + terms)
        case "acknowledge": return body(Code.acknowledge, [(1, try id(0))] + terms)
        case "accept": return body(Code.accept, [(1, try id(0)), (2, try id(1))] + ground)
        case "decline": return body(Code.decline, [(1, try id(0)), (2, try id(1))] + ground)
        case "ratify": return body(Code.ratify, [(1, try ids(0))] + terms)
        case "erase":
            return body(Code.erase, [(1, .array([.bytes(Bytes32.zero.bytes)])), (2, Self.unread.item)] + terms)
        case "bind": return body(Code.bind, [(1, .text(words[0])), (2, try id(1))] + terms)
        case "unbind":
            let seconds = try words.count > 1 ? [(UInt64(3), id(1))] : []
            return body(Code.unbind, [(1, try id(0))] + (seconds + terms))
        default: throw HistoryFailure.unknown(word)
        }
    }

    private func slot(_ word: String) throws -> CBORPair {
        let halves = word.split(separator: "/").map(String.init)
        return CBORPair(key: .text(halves[0]), value: .bytes(try entry(halves[1]).bytes))
    }

    private func place(_ words: [String]) throws -> [(UInt64, CBORValue)] {
        [(1, .text(words[0])), (2, .bytes(try activation(words[0]).bytes.bytes))]
    }

    /// Each step of this procedure is caused in one way only.
    func activation(_ step: String) throws -> ActivationID {
        var causes: [Cause] = []
        for other in definition.steps {
            for outcome in other.outcomes where outcome.targets.contains(step) {
                causes.append(Cause(activation: try activation(other.id), outcome: outcome.name))
            }
        }
        return ActivationID(dossier: try change("open").dossier.raw, step: step, causes: causes)
    }

    private func body(_ code: Int, _ pairs: [(UInt64, CBORValue)]) -> Operation {
        let sorted = pairs.sorted { $0.0 < $1.0 }
        return Operation(code: code, body: .map(sorted.map { CBORPair(key: .unsigned($0.0), value: $0.1) }))
    }
}
