package import Envelope
package import Registry
import Sodium
import Store

extension Replica {
    /// Whether an authority here may serve a request, before anybody is asked for a passphrase.
    ///
    /// - Parameter person: as for ``certify(_:by:person:)``.
    package func vet(_ request: KeyRequest, person: PersonID?) throws {
        try store.read { reader in
            let (registry, identity) = try caughtUp(reader, .everything) { ($0.registry, $0.identity) }
            try EnrolmentCheck(registry: registry, identity: identity, reader: reader).vet(request, person: person)
        }
    }

    /// The file that a unit or key joins with; made anew as often as it is asked for.
    ///
    /// - Parameter subject: an admission, a certificate or a delegation.
    package func joinFile(for subject: EntryID) throws -> JoinFile {
        let (registry, identity) = try current()
        var units: [UnitID] = []
        switch registry.entry(subject)?.body {
        case .admit?: units = [subject]
        case .certify?, .delegate?:
            if let unit = registry.entry(subject).flatMap({ registry.unitID(ofChain: $0.chain) }) { units = [unit] }
        default: throw NodeFailure.notCertified(subject.hex)
        }
        let isInvitation = units == [subject]
        let receiver = units.first
        if isInvitation, let own = identity.unit, own != subject { units.append(own) }
        return JoinFile(subject: subject, isInvitation: isInvitation, bundle: try bundle(of: units, for: receiver))
    }
}

extension Replica.Work {
    func vet(_ request: KeyRequest, person: PersonID?) throws {
        try EnrolmentCheck(registry: registry, identity: identity, reader: tx.reader).vet(request, person: person)
    }
}

/// What of a request can be judged by the registry alone.
struct EnrolmentCheck {
    let registry: Registry
    let identity: ReplicaIdentity
    let reader: StoreReader

    func vet(_ request: KeyRequest, person: PersonID?) throws {
        do {
            try request.check()
        } catch { throw NodeFailure.enrolment(error.own) }
        if let network = request.network, network != registry.network {
            throw NodeFailure.wrongNetwork(found: network.hex)
        }
        try vetKey(request.key)
        if request.kind != .unitRoot { try vetPerson(request.person, person) }
    }

    /// A key that the registry knows was served already, whatever became of it since: a request serves once, and a key
    /// that was ended does not come back.
    private func vetKey(_ key: PublicKey) throws {
        for unit in registry.unitIDs {
            guard let admission = registry.unit(unit)?.admission, admission.root == key else { continue }
            throw NodeFailure.enrolment(.alreadyAdmitted(name: try name(admission.name, in: unit) ?? unit.hex))
        }
        if let grant = registry.grants(of: key).first {
            let name = try registry.entry(grant.entry).flatMap { try self.name(ofKeyIn: $0) }
            throw NodeFailure.enrolment(.alreadyCertified(name: name ?? grant.entry.hex))
        }
    }

    /// A device under the number of a person holds this person's mandates, so the authority has to say so.
    private func vetPerson(_ stated: PersonID, _ expected: PersonID?) throws {
        if let expected {
            guard stated == expected else {
                throw NodeFailure.enrolment(.otherPerson(name: Hexadecimal.encode(stated.bytes)))
            }
            return
        }
        for entry in registry.entries where registry.unitID(ofChain: entry.chain) == identity.unit {
            guard Self.person(of: entry.body) == stated else { continue }
            let name = try self.name(ofKeyIn: entry)
            throw NodeFailure.enrolment(.personKnown(name: name ?? Hexadecimal.encode(stated.bytes)))
        }
    }

    private static func person(of body: EntryBody) -> PersonID? {
        switch body {
        case .certify(let certificate): certificate.person
        case .delegate(let delegation): delegation.person
        case .mandate(let mandate): mandate.person
        case .unitGenesis(let genesis): genesis.person
        case .rotate(let succession), .recover(let succession): succession.person
        default: nil
        }
    }

    private func name(ofKeyIn entry: Entry) throws -> String? {
        switch entry.body {
        case .admit(let admission): try name(admission.name, in: entry.id)
        case .certify(let certificate): try name(certificate.name, in: entry.id)
        case .delegate(let delegation): try name(delegation.name, in: entry.id)
        default: nil
        }
    }

    func name(_ committed: Committed, in id: EntryID) throws -> String? {
        guard let author = registry.entry(id)?.author,
            case .text(let text)? = try reader.name(committed, by: author)?.opened
        else { return nil }
        return text
    }
}
