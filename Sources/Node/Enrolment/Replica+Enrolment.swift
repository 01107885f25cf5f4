package import Envelope
package import Procedure
package import Registry
import Sodium
import Store

extension Replica {
    package static func newPerson() throws -> PersonID {
        guard let person = PersonID(RandomBytes.make(count: 16)) else { throw NodeFailure.keyFileDamaged("person") }
        return person
    }

    /// Founds a network: its root key is in the ring already.
    ///
    /// - Parameter terms: who may take over; without a successor nobody may rotate.
    package func createNetwork(
        name: String, root: any Signer, terms: SuccessionTerms = SuccessionTerms()
    ) throws -> NetworkID {
        if let fault = NameRule.fault(name) { throw NodeFailure.enrolment(.name(fault)) }
        return try transact { work in
            if let network = work.identity.network { throw NodeFailure.wrongNetwork(found: network.hex) }
            let body = EntryBody.networkGenesis(
                NetworkGenesis(
                    name: try work.commitName(name, by: root.publicKey), root: root.publicKey, next: terms.next,
                    recovery: terms.recovery))
            let entry = try work.compose(chain: nil, body: body, signer: root)
            work.memory.identity.network = entry.id
            try work.tx.setMeta("network", entry.id.bytes)
            return entry.id
        }
    }

    /// Admits a unit to the network.
    package func admit(_ request: KeyRequest, root: any Signer) throws -> UnitID {
        precondition(request.kind == .unitRoot, "the reader of the request saw to its kind")
        return try transact { work in
            let network = try work.network()
            try work.vet(request, person: nil)
            let body = EntryBody.admit(
                Admission(
                    root: request.key, kind: request.unitKind,
                    name: try work.commitName(request.name, by: root.publicKey),
                    nameAudience: request.nameAudience))
            return try work.compose(chain: network, body: body, signer: root).id
        }
    }

    /// Takes the place of an admitted unit: its root key signs the unit's first entry.
    ///
    /// - Parameter person: who holds the root key.
    package func beginUnit(
        _ unit: UnitID, root: any Signer, person: PersonID, terms: SuccessionTerms = SuccessionTerms()
    ) throws {
        try transact { work in
            guard let record = work.registry.unit(unit), record.admission.root == root.publicKey else {
                throw NodeFailure.unknownUnit(unit.hex)
            }
            work.memory.identity.unit = unit
            try work.tx.setMeta("unit", unit.bytes)
            guard record.genesis == nil else { return }
            let genesis = UnitGenesis(next: terms.next, recovery: terms.recovery, person: person)
            try work.compose(chain: unit, body: .unitGenesis(genesis), signer: root)
        }
    }

    /// Certifies a device or node of the own unit, or delegates to an administrator.
    ///
    /// - Parameter person: of the unit, where the key is to be another one of theirs; nil for a new person.
    package func certify(
        _ request: KeyRequest, by authority: any Signer, person: PersonID? = nil
    ) throws -> EntryID {
        precondition(
            request.kind != .unitRoot && request.kind != .recovery, "the reader of the request saw to its kind")
        return try transact { work in
            try work.vet(request, person: person)
            let chain = try work.chain(of: authority.publicKey)
            let name = try work.commitName(request.name, by: authority.publicKey)
            let body: EntryBody
            switch request.kind {
            case .administrator:
                guard work.registry.mayDelegate(chain) else {
                    throw NodeFailure.enrolment(.tooManyAdministrators(limit: RegistryLimits.delegationCountMax))
                }
                body = .delegate(Delegation(key: request.key, person: request.person, name: name))
            case .device, .node, .unitRoot, .recovery:
                body = .certify(
                    Certificate(
                        key: request.key, agreement: request.agreement, isNode: request.kind == .node,
                        person: request.person, name: name))
            }
            return try work.compose(chain: chain, body: body, signer: authority).id
        }
    }

    /// What a mandate says, in words.
    package struct MandateDraft: Sendable {
        package var person: PersonID
        package var role: String
        package var from: UInt64
        package var until: UInt64?
        package var capacity: Mandate.Capacity
        package var instrument: String
        package var title: String?

        package init(
            person: PersonID, role: String, from: UInt64, until: UInt64?, capacity: Mandate.Capacity,
            instrument: String, title: String?
        ) {
            (self.person, self.role, self.from, self.until) = (person, role, from, until)
            (self.capacity, self.instrument, self.title) = (capacity, instrument, title)
        }
    }

    package func grant(_ draft: MandateDraft, by authority: any Signer) throws -> EntryID {
        for text in [draft.instrument, draft.title ?? ""] where text.utf8.count > Self.nameByteCountMax {
            let fault = NameRule.Fault.tooLong(byteCount: text.utf8.count, limit: Self.nameByteCountMax)
            throw NodeFailure.enrolment(.name(fault))
        }
        return try transact { work in
            let instrument = try work.commitName(draft.instrument, by: authority.publicKey)
            var title: Committed?
            if let text = draft.title { title = try work.commitName(text, by: authority.publicKey) }
            let body = EntryBody.mandate(
                Mandate(
                    person: draft.person, role: draft.role, from: draft.from, until: draft.until,
                    capacity: draft.capacity, instrument: instrument, title: title))
            return try work.compose(chain: try work.chain(of: authority.publicKey), body: body, signer: authority).id
        }
    }

    /// Publishes a definition whose file is without errors; the warnings come back.
    ///
    /// What is published already is not published again, and of one name and version there is one content only (E02).
    package func publish(_ bytes: [UInt8], root: any Signer) throws -> (entry: EntryID, loaded: LoadedDefinition) {
        let loaded = DefinitionLoader.load(bytes)
        guard loaded.errors.isEmpty else { throw NodeFailure.definitionInvalid(loaded.errors) }
        let entry = try transact { work in
            let network = try work.network()
            let blob = BlobID(ProcedureDefinition.hash(bytes))
            for id in work.registry.publishedDefinitions where work.registry.stands(id) {
                guard case .publishDefinition(let known)? = work.registry.entry(id)?.body,
                    known.name == loaded.definition.id, known.version == UInt64(loaded.definition.version)
                else { continue }
                if known.blob == blob { return id }
                throw NodeFailure.badValue(
                    field: "version", value: "\(known.version)", expected: "> \(known.version) (E02: \(known.name))")
            }
            let body = EntryBody.publishDefinition(
                Publication(
                    blob: blob, size: UInt64(bytes.count), name: loaded.definition.id,
                    version: UInt64(loaded.definition.version)))
            let entry = try work.compose(chain: network, body: body, signer: root)
            try work.tx.insertBlob(blob, bytes, isChecked: true)
            return entry.id
        }
        return (entry, loaded)
    }
}
