package import CBOR
package import Dossier
package import Envelope
package import History
package import Procedure
package import Registry
package import Sodium

/// A signing key that tests may share.
package final class TestKey: Sendable {
    package let key: SigningKey
    package let person: PersonID

    /// - Parameter person: who holds it, where that is somebody with another key.
    package init(_ generator: inout SeededGenerator, person: PersonID? = nil) {
        guard let key = SigningKey(seed: SecretBytes(copying: generator.bytes(32))),
            let other = PersonID(generator.bytes(16))
        else { preconditionFailure("32 and 16 bytes") }
        self.key = key
        self.person = person ?? other
    }

    package var publicKey: PublicKey { key.publicKey }
    package func sign(_ message: [UInt8]) -> Signature { key.sign(message) }
}

/// A network in memory, made from one seed: units with root keys, people with devices and mandates, definitions.
package final class TestWorld {
    package private(set) var registry = Registry()
    package private(set) var entries: [Entry] = []
    package private(set) var openings: [Commitment: Opening] = [:]
    package private(set) var networkKey: TestKey
    package let recoverers: [TestKey]
    package private(set) var blobs: [EntryID: [UInt8]] = [:]
    package var generator: SeededGenerator
    package var clock: UInt64 = 1_772_000_000_000
    private var roots: [UnitID: TestKey] = [:]
    /// The key to which a root chain committed, by chain.
    private var successors: [EntryID: TestKey] = [:]

    package init(seed: UInt64 = 1) throws {
        var chance = SeededGenerator(seed: seed)
        networkKey = TestKey(&chance)
        let successor = TestKey(&chance)
        recoverers = [TestKey(&chance), TestKey(&chance), TestKey(&chance)]
        generator = chance
        let body = EntryBody.networkGenesis(
            NetworkGenesis(
                name: commit(.text("Kota Uji"), by: networkKey.publicKey), root: networkKey.publicKey,
                next: Succession.commitment(to: successor.publicKey), recovery: Self.recovery(recoverers)))
        try append(chain: nil, body, by: networkKey)
        successors[network] = successor
    }

    /// Two of three, for the network and every unit.
    private static func recovery(_ keys: [TestKey]) -> RecoverySet? {
        RecoverySet(
            threshold: 2, members: keys.map { RecoverySet.Member(key: $0.publicKey, person: $0.person) })
    }

    package var network: NetworkID {
        guard let network = registry.network else { preconditionFailure("the genesis is in") }
        return network
    }

    package func commit(
        _ value: Value, by author: PublicKey, audience: Audience = .all, kind: Opening.Kind = .value,
        size: UInt64? = nil
    ) -> Committed {
        let opening = Opening(
            author: author, audience: audience, kind: kind, opened: value, salt: generator.bytes(16))
        openings[opening.commitment] = opening
        return Committed(commitment: opening.commitment, audience: audience, size: size)
    }

    /// Composes an entry at the end of a chain without inserting it.
    package func compose(
        chain: EntryID?, _ body: EntryBody, by key: TestKey, previous: Entry? = nil, height: Int? = nil,
        links: [EntryID] = []
    ) throws -> Entry {
        let tip = previous ?? chain.flatMap { registry.tipToExtend($0) }
        return try Entry.compose(
            chain: chain, height: height ?? tip.map { $0.height + 1 } ?? 0, previous: tip?.id, links: links, at: clock,
            body: body, network: registry.network, kid: key.publicKey, sign: { key.sign($0) })
    }

    @discardableResult
    package func append(chain: EntryID?, _ body: EntryBody, by key: TestKey) throws -> Entry {
        let entry = try compose(chain: chain, body, by: key)
        try insert(entry)
        return entry
    }

    package func insert(_ entry: Entry) throws {
        guard let verified = Verified(checking: entry) else { throw EntryFailure.badSignature }
        try registry.insert(verified)
        entries.append(entry)
    }

    package func unit(_ name: String, kind: String) throws -> UnitID {
        let root = TestKey(&generator)
        let admission = try append(
            chain: network,
            .admit(Admission(root: root.publicKey, kind: kind, name: commit(.text(name), by: networkKey.publicKey))),
            by: networkKey)
        roots[admission.id] = root
        let successor = TestKey(&generator)
        successors[admission.id] = successor
        try append(
            chain: admission.id,
            .unitGenesis(
                UnitGenesis(
                    next: Succession.commitment(to: successor.publicKey), recovery: Self.recovery(recoverers),
                    person: root.person)), by: root)
        return admission.id
    }

    /// A change of a root key, after a given entry (else the tip): by its successor, or by consent of the recovery set.
    package func succession(
        of chain: EntryID, recovering: Bool = false, after previous: Entry? = nil, by key: TestKey? = nil,
        consenting: [TestKey]? = nil
    ) throws -> (entry: Entry, key: TestKey, next: TestKey) {
        let next = TestKey(&generator)
        let commitment = Succession.commitment(to: next.publicKey)
        guard recovering else {
            guard let successor = key ?? successors[chain] else { throw TestFailure.setUp("successor") }
            let body = EntryBody.rotate(Succession(next: commitment, person: chain == network ? nil : successor.person))
            return (try compose(chain: chain, body, by: successor, previous: previous), successor, next)
        }
        let fresh = key ?? TestKey(&generator)
        guard let tip = previous ?? registry.tipToExtend(chain) else { throw TestFailure.setUp("chain") }
        let consents = (consenting ?? Array(recoverers.prefix(2))).map { member in
            Consent(
                key: member.publicKey,
                signature: member.sign(
                    Consent.bytesToSign(
                        network: network, chain: chain, previous: tip.id, code: chain == network ? 9 : 23,
                        named: fresh.publicKey.bytes, next: commitment, kid: member.publicKey)))
        }
        let person = chain == network ? nil : fresh.person
        let body = EntryBody.recover(Succession(next: commitment, consents: consents, person: person))
        return (try compose(chain: chain, body, by: fresh, previous: tip), fresh, next)
    }

    /// Puts the result of ``succession(of:recovering:after:by:consenting:)`` in force.
    package func take(_ change: (entry: Entry, key: TestKey, next: TestKey)) throws {
        try insert(change.entry)
        successors[change.entry.chain] = change.next
        if change.entry.chain == network { networkKey = change.key } else { roots[change.entry.chain] = change.key }
    }

    /// A unit's root key as somebody who writes in dossiers, in the role `root` under its own accession.
    package func rootPerson(_ unit: UnitID) throws -> TestPerson {
        guard let root = registry.rootInForce(of: unit) else { throw TestFailure.setUp("root") }
        return TestPerson(
            key: self.root(of: unit), unit: unit, certificate: root.accession, mandates: ["root": root.accession])
    }

    /// An administrator of a unit.
    package func administrator(_ unit: UnitID) throws -> (key: TestKey, delegation: EntryID) {
        let key = TestKey(&generator)
        let root = root(of: unit)
        let entry = try append(
            chain: unit,
            .delegate(
                Delegation(
                    key: key.publicKey, person: key.person, name: commit(.text("Pengelola"), by: root.publicKey))),
            by: root)
        return (key, entry.id)
    }

    package func root(of unit: UnitID) -> TestKey {
        guard let root = roots[unit] else { preconditionFailure("a unit of this world") }
        return root
    }

    /// A person with a certified device and a mandate for each role.
    package func person(
        _ unit: UnitID, _ title: String, roles: [String], until: UInt64? = nil, person: PersonID? = nil
    ) throws -> TestPerson {
        let key = TestKey(&generator, person: person)
        let root = root(of: unit)
        let certificate = try certify(key, unit, title)
        var mandates: [String: EntryID] = [:]
        for role in roles {
            mandates[role] = try append(
                chain: unit,
                .mandate(
                    Mandate(
                        person: key.person, role: role, from: 0, until: until, capacity: .definitive,
                        instrument: commit(.text("SK"), by: root.publicKey),
                        title: commit(.text(title), by: root.publicKey))), by: root
            ).id
        }
        return TestPerson(key: key, unit: unit, certificate: certificate, mandates: mandates)
    }

    @discardableResult
    package func certify(_ key: TestKey, _ unit: UnitID, _ title: String, isNode: Bool = false) throws -> EntryID {
        let root = root(of: unit)
        return try append(
            chain: unit,
            .certify(
                Certificate(
                    key: key.publicKey, agreement: .zero, isNode: isNode, person: key.person,
                    name: commit(.text(title), by: root.publicKey))), by: root
        ).id
    }

    package func revoke(
        _ target: EntryID, of unit: UnitID, effective: UInt64, reason: Revocation.Reason = .ended
    ) throws -> EntryID {
        try append(
            chain: unit, .revoke(Revocation(target: target, reason: reason, effective: effective, cut: nil)),
            by: root(of: unit)
        ).id
    }

    package func publish(_ definition: [UInt8], name: String = "uji") throws -> EntryID {
        let blob = BlobID(ProcedureDefinition.hash(definition))
        let entry = try append(
            chain: network,
            .publishDefinition(
                Publication(blob: blob, size: UInt64(definition.count), name: name, version: 1)), by: networkKey)
        blobs[entry.id] = definition
        return entry.id
    }

    package func definition(_ entry: EntryID) -> ProcedureDefinition {
        DefinitionLoader.load(blobs[entry] ?? []).definition
    }
}

package struct TestPerson: Sendable {
    package let key: TestKey
    package let unit: UnitID
    package let certificate: EntryID
    package let mandates: [String: EntryID]

    package init(key: TestKey, unit: UnitID, certificate: EntryID, mandates: [String: EntryID]) {
        (self.key, self.unit, self.certificate, self.mandates) = (key, unit, certificate, mandates)
    }

    package func mandate(_ role: String) -> EntryID {
        guard let mandate = mandates[role] else { preconditionFailure("a role of this person") }
        return mandate
    }
}

/// One replica's history of one dossier: copy the value to part ways, ``merge(_:)`` to meet.
package struct TestDossier {
    package private(set) var history: DossierHistory
    package let world: TestWorld
    package let definition: EntryID

    package init(
        _ world: TestWorld, definition: EntryID, parties: [(slot: String, unit: UnitID)], by person: TestPerson
    ) throws {
        self.world = world
        self.definition = definition
        history = DossierHistory(network: world.network)
        let opening = DossierOpening(
            definition: definition,
            parties: parties.sorted { $0.slot < $1.slot }.map { PartyNaming(slot: $0.slot, unit: $0.unit) },
            nonce: world.generator.bytes(16), zone: "Asia/Jakarta")
        try write([opening.operation], by: person)
    }

    /// A dossier of the small procedure whose first step is done: a letter was brought, and step 2 is open.
    package static func requested(
        _ world: TestWorld, _ definition: EntryID, by head: TestPerson, it: UnitID
    ) throws -> TestDossier {
        var dossier = try TestDossier(
            world, definition: definition, parties: [("applicant", head.unit), ("it", it)], by: head)
        try dossier.write([set("doc/request/1/subject", .text("Aplikasi"))], by: head)
        try dossier.write(
            [try dossier.outcome("1", "done", by: head, role: "applicant.head", documents: ["request"])], by: head)
        return dossier
    }

    /// The next change set of a person, not yet inserted.
    package func compose(
        _ operations: [Operation], by person: TestPerson, at: UInt64? = nil, tips: [EntryID]? = nil,
        adjust: (inout ChangeSetFields) -> Void = { _ in }
    ) throws -> ChangeSet {
        var cover = RegistryCover.empty
        var units = PartyNaming.named(by: operations)
        for head in history.headIndices {
            cover = world.registry.union(cover, history.covers[head])
            units += history.parties[head]
        }
        var named: [EntryID] = []
        for tip in world.registry.tips(of: nil) + units.flatMap({ world.registry.tips(of: $0) })
        where !world.registry.contains(tip, in: cover) && !named.contains(tip) { named.append(tip) }
        world.clock += 60_000
        var fields = history.nextFields(
            author: person.key.publicKey, tips: tips ?? named,
            at: StatedTime(milliseconds: at ?? world.clock, zone: "Asia/Jakarta"), operations: operations)
        adjust(&fields)
        return try ChangeSet.compose(
            fields, network: world.network, dossier: history.dossier, kid: person.key.publicKey,
            sign: { person.key.sign($0) })
    }

    @discardableResult
    package mutating func write(
        _ operations: [Operation], by person: TestPerson, at: UInt64? = nil, tips: [EntryID]? = nil
    ) throws -> ChangeSetID {
        let change = try compose(operations, by: person, at: at, tips: tips)
        try insert(change)
        return change.id
    }

    package mutating func insert(_ change: ChangeSet) throws {
        guard let verified = Verified(checking: change) else { throw EnvelopeFailure.badSignature }
        _ = try history.insert(verified, registry: world.registry)
    }

    /// Takes what another replica has and this one lacks.
    package mutating func merge(_ other: TestDossier) throws {
        for item in other.history.items where !history.contains(item.id) { try insert(item) }
    }

    package var state: DossierState {
        DossierState.fold(
            history: history, registry: world.registry, definition: world.definition(definition),
            newer: Dictionary(
                uniqueKeysWithValues: DossierState.migrationEntries(history, world.registry).map {
                    ($0, world.definition($0))
                }))
    }

    // MARK: Operations

    package static func operation(_ code: Int, _ pairs: [(UInt64, CBORValue)]) -> Operation {
        Operation(code: code, body: .map(pairs.map { CBORPair(key: .unsigned($0.0), value: $0.1) }))
    }

    package static func set(_ path: String, _ value: Value) -> Operation {
        operation(Code.set, [(1, .text(path)), (2, value.item)])
    }

    private func act(_ person: TestPerson, _ role: String) -> [(UInt64, CBORValue)] {
        let shown = world.commit(.text("shown"), by: person.key.publicKey)
        return [
            (20, .bytes(person.mandate(role).bytes)), (21, .unsigned(1)), (22, .text("id")), (23, shown.item),
            (24, .unsigned(0)),
        ]
    }

    /// An act with a body of its own.
    package func act(_ code: Int, _ pairs: [(UInt64, CBORValue)], by person: TestPerson, role: String) -> Operation {
        Self.operation(code, pairs + act(person, role))
    }

    /// The latest open activation of a step.
    package func activation(_ step: String) -> ActivationID? {
        state.procedure.activations.last { $0.step == step && $0.state != .frozen }?.id
    }

    package func claims(_ documents: [String]) -> CBORValue {
        let state = state
        let definition = world.definition(definition)
        return .map(
            documents.compactMap { name in
                guard let type = definition.document(name) else { return nil }
                let instance = state.instances(of: name).last ?? 1
                let revision = state.content(of: type, instance: instance, history).revision(stage: nil)
                return CBORPair(
                    key: .text(name), value: .array([.unsigned(UInt64(instance)), .bytes(revision.bytes)]))
            })
    }

    package func outcome(
        _ step: String, _ name: String, by person: TestPerson, role: String, documents: [String] = [],
        extra: [(UInt64, CBORValue)] = []
    ) throws -> Operation {
        guard let activation = activation(step) else { throw TestFailure.notActive(step) }
        var body: [(UInt64, CBORValue)] = [
            (1, .text(step)), (2, .bytes(activation.bytes.bytes)), (3, .text(name)),
        ]
        if !documents.isEmpty { body.append((4, claims(documents))) }
        return Self.operation(Code.outcome, body + extra + act(person, role))
    }

    package func sign(
        _ step: String, _ outcome: String, by person: TestPerson, role: String, documents: [String]
    ) throws -> Operation {
        guard let activation = activation(step) else { throw TestFailure.notActive(step) }
        return Self.operation(
            Code.sign,
            [
                (1, .text(step)), (2, .bytes(activation.bytes.bytes)), (3, .text(outcome)), (4, claims(documents)),
            ] + act(person, role))
    }

    package func ruling(
        _ step: String, winner: ChangeSetID, candidates: [ChangeSetID], by person: TestPerson, role: String
    ) throws -> Operation {
        guard let activation = activation(step) else { throw TestFailure.notActive(step) }
        return Self.operation(
            Code.ruling,
            [
                (1, .bytes(activation.bytes.bytes)), (2, .array(candidates.sorted().map { .bytes($0.bytes) })),
                (3, .bytes(winner.bytes)),
            ] + act(person, role))
    }

    /// The cut of an ending, or a refusal to draw it, under the root's or an administrator's own entry.
    package static func cut(
        _ code: Int, _ ending: Bytes32, tip: ChangeSetID, under ground: EntryID
    ) -> Operation {
        operation(code, [(1, .bytes(ending.bytes)), (2, .bytes(tip.bytes)), (20, .bytes(ground.bytes))])
    }

    package func ratify(_ changes: [ChangeSetID], by person: TestPerson, role: String) -> Operation {
        Self.operation(Code.ratify, [(1, .array(changes.map { .bytes($0.bytes) }))] + act(person, role))
    }

    package func unbind(
        _ unit: UnitID, seconding: ChangeSetID? = nil, by person: TestPerson, role: String
    ) -> Operation {
        let second: [(UInt64, CBORValue)] = seconding.map { [(3, .bytes($0.bytes))] } ?? []
        return Self.operation(Code.unbind, [(1, .bytes(unit.bytes))] + second + act(person, role))
    }

    package func bind(_ slot: String, _ unit: UnitID, by person: TestPerson, role: String) -> Operation {
        Self.operation(Code.bind, [(1, .text(slot)), (2, .bytes(unit.bytes))] + act(person, role))
    }

    package func erase(_ commitments: [Commitment], by person: TestPerson, role: String) -> Operation {
        let basis = world.commit(.text("UU 27/2022"), by: person.key.publicKey)
        return Self.operation(
            Code.erase,
            [(1, .array(commitments.map { .bytes($0.bytes) })), (2, Value.committed(basis).item)]
                + act(person, role))
    }

    package func acknowledge(_ change: ChangeSetID, by person: TestPerson, role: String) -> Operation {
        Self.operation(Code.acknowledge, [(1, .bytes(change.bytes))] + act(person, role))
    }
}

package enum TestFailure: Error {
    case notActive(String)
    case setUp(String)
}
