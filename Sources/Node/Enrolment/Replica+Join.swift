package import Envelope
import Registry
import Sodium
import Store

extension Replica {
    /// What taking a file came to.
    package struct Joined: Sendable {
        package let unit: UnitID
        /// The key of this ring that the file is for.
        package let key: KeyFile
        /// False where everything in the file was held already.
        package let isNew: Bool
    }

    /// Takes entries that come along with something else; whose keys they certify does not matter.
    package func take(_ bundle: RegistryBundle) throws {
        try transact { work in try work.insert(bundle) }
    }

    /// Takes an invitation or a certificate for a key of this ring, whole or not at all. A unit's root key begins its
    /// unit afterwards, by an entry of its own: ``beginUnit(_:root:)``.
    package func join(_ file: JoinFile, path: String) throws -> Joined {
        let own = try ownKeys()
        return try transact { work in try work.join(file, path: path, own: own) }
    }

    /// What ``join(_:path:)`` would come to; writes nothing.
    package func examine(_ file: JoinFile, path: String) throws -> Joined {
        struct Undo: Error { let joined: Joined }
        let own = try ownKeys()
        do {
            return try transact { work in throw Undo(joined: try work.join(file, path: path, own: own)) }
        } catch let undo as Undo { return undo.joined }
    }

    /// The unit that an invitation is for, as it would be after joining; writes nothing.
    package func admission(in file: JoinFile) throws -> (name: String, kind: String) {
        struct Undo: Error { let admission: (name: String, kind: String) }
        do {
            return try transact { work in
                try work.insert(file.bundle, subject: file.subject)
                let name = try work.name(of: file.subject)
                throw Undo(admission: (name, work.registry.unit(file.subject)?.admission.kind ?? ""))
            }
        } catch let undo as Undo { return undo.admission }
    }

    private func ownKeys() throws -> [KeyFile] { try keys.files([.unitRoot, .administrator, .device, .node]) }
}

extension Replica.Work {
    fileprivate mutating func join(_ file: JoinFile, path: String, own: [KeyFile]) throws -> Replica.Joined {
        let before = (count: registry.entries.count, identity: identity)
        try insert(file.bundle, own: Set(own.map(\.publicKey)), subject: file.subject)
        let (key, unit) = try subject(of: file, path: path)
        guard let mine = own.first(where: { $0.publicKey == key }) else {
            throw NodeFailure.enrolment(.keyNotHere(path: path, name: try name(of: file.subject)))
        }
        if let other = identity.unit, other != unit {
            throw NodeFailure.enrolment(.otherUnit(name: try name(of: other)))
        }
        if mine.kind != .unitRoot, identity.unit == nil {
            memory.identity.unit = unit
            try tx.setMeta("unit", unit.bytes)
        }
        let isNew = registry.entries.count > before.count || identity != before.identity
        return Replica.Joined(unit: unit, key: mine, isNew: isNew)
    }

    /// The key that a file is for, and the unit that it gets into.
    fileprivate func subject(of file: JoinFile, path: String) throws -> (PublicKey, UnitID) {
        if let entry = registry.entry(file.subject) {
            switch (entry.body, registry.unitID(ofChain: entry.chain)) {
            case (.admit(let admission), _) where file.isInvitation: return (admission.root, entry.id)
            case (.certify(let certificate), let unit?) where !file.isInvitation: return (certificate.key, unit)
            case (.delegate(let delegation), let unit?) where !file.isInvitation: return (delegation.key, unit)
            default: break
            }
        }
        throw NodeFailure.enrolment(.damaged(path: path, fact: "subject"))
    }

    /// As the file itself names it; its number where it does not.
    fileprivate func name(of subject: EntryID) throws -> String {
        guard let entry = registry.entry(subject), let committed = entry.body.committedValues.first,
            case .text(let text)? = try tx.reader.name(committed, by: entry.author)?.opened
        else { return subject.hex }
        return text
    }
}
