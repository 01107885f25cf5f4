package import Envelope
import History
package import Registry
package import Sodium
import Store

/// A key of this ring that waits for a certificate, and what it takes the place of.
package struct PendingKey: Sendable {
    package let file: KeyFile
    /// The name that the certificate before it had; empty where there was none.
    package let title: String
    /// Certificates of the same person, for keys that were set aside here, which are in force.
    package let replaced: [EntryID]

    package func request(_ network: NetworkID?) -> KeyRequest {
        KeyRequest(file, unitKind: "", name: title.isEmpty ? file.name : title, network: network)
    }
}

/// A key that was certified in the place of others.
package struct Replacement: Sendable {
    package let name: String
    package let certificate: EntryID
    package let revocations: [EntryID]
}

/// A certificate or delegation of this unit.
package struct UnitCertificate: Sendable {
    package let entry: EntryID
    package let name: String
    package let kind: KeyKind
    package let key: PublicKey
    package let person: PersonID
    /// Revocations that stand; empty while it is in force.
    package let revocations: [EntryID]
}

/// Why and since when the keys before are out of use.
package struct KeyEnd: Sendable {
    package let reason: Revocation.Reason
    /// Nil: from now on, and everything that is held here stays in effect.
    package let since: UInt64?

    package init(reason: Revocation.Reason, since: UInt64?) {
        (self.reason, self.since) = (reason, since)
    }
}

extension Replica {
    /// Makes a new key for the person of an old one, in its place. The old one is set aside; what it signed stays.
    package func renewKey(_ name: String, passphrase: borrowing SecretBytes?) throws -> (file: KeyFile, key: OpenKey) {
        let old = try keys.file(name)
        let made = try KeyFile.makeOpened(
            name: name, kind: old.kind, person: try person(of: old), passphrase: passphrase)
        try keys.replace(with: made.file)
        return made
    }

    /// Whose key it is: by its certificate, else as it was made.
    package func person(of file: KeyFile) throws -> PersonID { try current(.own).registry.person(of: file) }

    /// Keys of persons, nodes and administrators here that no certificate names.
    package func pendingKeys() throws -> [PendingKey] {
        try keys.finishReplacing()
        let aside = Set(try keys.asideKeys())
        return try store.read { reader in
            try caughtUp(reader, .own) { memory in
                try keys.files([.device, .node, .administrator]).filter {
                    memory.registry.grants(of: $0.publicKey).isEmpty
                }.map { file in
                    let before = memory.certificates(of: file.person, file.kind)
                    let last = before.last.flatMap { memory.registry.entry($0) }
                    var title = ""
                    if let last, let named = last.body.committedValues.first,
                        case .text(let text)? = try reader.name(named, by: last.author)?.opened
                    {
                        title = text
                    }
                    let replaced = before.filter { entry in
                        memory.registry.standingRevocations(of: entry).isEmpty
                            && memory.registry.certifiedKey(entry).map(aside.contains) ?? false
                    }
                    return PendingKey(file: file, title: title, replaced: replaced)
                }
            }
        }
    }

    /// Certifies keys of this ring in the place of those they replace, whose certificates end, all in one transaction.
    /// An administrator's key is the root's to delegate: it is left out where another signs.
    package func certifyPending(
        _ pending: [PendingKey], ending end: KeyEnd, by authority: Author
    ) throws -> [Replacement] {
        let mine = pending.filter { $0.file.kind != .administrator || authority.key.kind == .unitRoot }
        return try transact { work in
            try mine.map { key in try work.replace(key.replaced, by: key.request(nil), ending: end, authority) }
        }
    }

    /// Certifies a requested key for the person of older certificates, which end.
    package func certify(
        _ request: KeyRequest, replacing old: [EntryID], ending end: KeyEnd, by authority: Author
    ) throws -> Replacement {
        try transact { work in try work.replace(old, by: request, ending: end, authority) }
    }

    /// Accepts in every dossier what is held here of an ended key's work and nobody accepted yet: what arrived after the
    /// command that ended it; of a key in wrong hands only what was stated before. Gives the number of dossiers that it
    /// was needed in.
    package func acceptHeld(of revocation: EntryID, by authority: Author) throws -> Int {
        try transact(.own) { work in
            guard case .revoke(let body)? = work.registry.entry(revocation)?.body,
                let key = work.registry.certifiedKey(body.target)
            else { throw NodeFailure.noCertificate(revocation.hex) }
            let ground = try work.ground(of: authority.key.publicKey)
            let before = try work.tx.reader.authoredCount()
            for dossier in try work.tx.reader.dossiers(writtenBy: work.keys(restingOn: body.target)) {
                try work.drawCut(
                    of: revocation.raw, before: body.reason == .ended ? .max : body.effective, in: dossier,
                    under: ground, by: authority, repeating: nil
                ) { $0.author == key }
            }
            return try work.tx.reader.authoredCount() - before
        }
    }

    /// Certificates in force in this unit that a person at an administrator's replica means: by the beginning of an
    /// entry's id, by the name it was given, or by the person's number or key here.
    package func certificates(meant text: String, _ requested: KeyRequest.Kind) throws -> [EntryID] {
        let here = try (try? keys.file(text)).map { try person(of: $0) }
        let kind = requested.keyKind
        return try store.read { reader in
            try caughtUp(reader, .own) { memory in
                let found = try memory.certificates(meant: text, person: here, reader).filter { entry in
                    memory.registry.holder(entry)?.kind == kind
                        && memory.registry.standingRevocations(of: entry).isEmpty
                }
                guard let first = found.first.flatMap({ memory.registry.holder($0) }) else {
                    throw NodeFailure.noCertificate(text)
                }
                guard found.allSatisfy({ memory.registry.holder($0)?.person == first.person }) else {
                    throw NodeFailure.ambiguous(text)
                }
                return found
            }
        }
    }

    /// All certificates and delegations of this unit, chain by chain.
    package func unitCertificates() throws -> [UnitCertificate] {
        try store.read { reader in
            try caughtUp(reader, .own) { memory in
                try memory.unitEntries.compactMap { entry in
                    guard let holder = memory.registry.holder(entry.id),
                        let key = memory.registry.certifiedKey(entry.id)
                    else { return nil }
                    var name = ""
                    if let named = entry.body.committedValues.first,
                        case .text(let text)? = try reader.name(named, by: entry.author)?.opened
                    {
                        name = text
                    }
                    return UnitCertificate(
                        entry: entry.id, name: name, kind: holder.kind, key: key, person: holder.person,
                        revocations: memory.registry.standingRevocations(of: entry.id))
                }
            }
        }
    }

    package func person(ofCertificate entry: EntryID) throws -> PersonID? {
        try current(.own).registry.holder(entry)?.person
    }

    /// Revocations of certificates of this unit, by the beginning of their id or as a certificate is meant.
    package func endedCertificates(meant text: String) throws -> [EntryID] {
        let here = try (try? keys.file(text)).map { try person(of: $0) }
        return try store.read { reader in
            try caughtUp(reader, .own) { memory in
                let registry = memory.registry
                let meant = try memory.certificates(meant: text, person: here, reader)
                let found = memory.unitEntries.filter { entry in
                    guard case .revoke(let body) = entry.body, registry.certifiedKey(body.target) != nil else {
                        return false
                    }
                    return meant.contains(body.target) || (text.utf8.count >= 4 && entry.id.hex.hasPrefix(text))
                }
                guard !found.isEmpty else { throw NodeFailure.noCertificate(text) }
                return found.map(\.id)
            }
        }
    }
}

extension KeyRequest.Kind {
    fileprivate var keyKind: KeyKind {
        switch self {
        case .unitRoot: .unitRoot
        case .administrator: .administrator
        case .device: .device
        case .node: .node
        case .recovery: .recovery
        }
    }
}

extension Replica.Memory {
    /// Entries of the own unit's chains.
    fileprivate var unitEntries: [Entry] { identity.unit.map { registry.chainEntries(of: $0) } ?? [] }

    fileprivate func certificates(meant text: String, person: PersonID?, _ reader: StoreReader) throws -> [EntryID] {
        try unitEntries.filter { entry in
            guard let holder = registry.holder(entry.id) else { return false }
            if let person { return holder.person == person }
            if text.utf8.count >= 8 {
                let number = Hexadecimal.encode(holder.person.bytes)
                if entry.id.hex.hasPrefix(text) || number.hasPrefix(text) { return true }
            }
            guard let named = entry.body.committedValues.first else { return false }
            return try reader.name(named, by: entry.author)?.opened == .text(text)
        }.map(\.id)
    }

    /// Certificates or delegations of a person in the own unit, chain by chain.
    fileprivate func certificates(of person: PersonID, _ kind: KeyKind) -> [EntryID] {
        unitEntries.map(\.id).filter { entry in
            guard let holder = registry.holder(entry) else { return false }
            return holder.person == person && holder.kind == kind
        }
    }
}

extension Replica.Work {
    /// Certifies a key, for the person of the certificates it replaces where there are any, and ends those.
    fileprivate mutating func replace(
        _ old: [EntryID], by request: KeyRequest, ending end: KeyEnd, _ authority: Author
    ) throws -> Replacement {
        let person = old.first.flatMap { registry.holder($0)?.person } ?? request.person
        // A new machine knows no number of the person's, and states one that nobody has.
        try vet(request, person: request.person == person ? person : nil)
        let key = authority.key.publicKey
        let name = try commitName(request.name, by: key)
        let body: EntryBody =
            request.kind == .administrator
            ? .delegate(Delegation(key: request.key, person: person, name: name))
            : .certify(
                Certificate(
                    key: request.key, agreement: request.agreement, isNode: request.kind == .node, person: person,
                    name: name))
        let chain = try chain(of: key)
        // Where no further administrator may be named, the old one ends first.
        let endsFirst = request.kind == .administrator && !registry.mayDelegate(chain)
        var revocations = endsFirst ? try self.end(old, end, authority) : []
        let certificate = try compose(chain: chain, body: body, signer: authority.signer).id
        if !endsFirst { revocations = try self.end(old, end, authority) }
        return Replacement(name: request.name, certificate: certificate, revocations: revocations)
    }

    private mutating func end(_ old: [EntryID], _ end: KeyEnd, _ authority: Author) throws -> [EntryID] {
        try old.map { entry in
            // Of what is lost everything held here stays, whatever its clock said; of a chain up to its tip.
            let tip = end.since == nil && end.reason == .ended ? registry.tipToExtend(entry)?.id : nil
            return try revoke(
                entry, reason: end.reason, effective: end.since ?? now,
                chainCut: tip.map { .entry($0) } ?? .effectiveTime,
                accepting: end.since ?? (end.reason == .ended ? .max : nil), by: authority)
        }
    }
}

extension Registry {
    /// Whose key it is: by its certificate, else as it was made. A key that took another's place on a new machine was
    /// made for a number that nobody has.
    func person(of file: KeyFile) -> PersonID {
        grants(of: file.publicKey).lazy.compactMap { holder($0.entry)?.person }.first ?? file.person
    }

    /// Whom an entry certifies or delegates to.
    func holder(_ entry: EntryID) -> (person: PersonID, kind: KeyKind)? {
        switch self.entry(entry)?.body {
        case .certify(let certificate)?: (certificate.person, certificate.isNode ? .node : .device)
        case .delegate(let delegation)?: (delegation.person, .administrator)
        default: nil
        }
    }

    func certifiedKey(_ entry: EntryID) -> PublicKey? {
        switch self.entry(entry)?.body {
        case .certify(let certificate)?: certificate.key
        case .delegate(let delegation)?: delegation.key
        default: nil
        }
    }
}
