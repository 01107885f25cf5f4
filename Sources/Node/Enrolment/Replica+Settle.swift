import Dossier
package import Envelope
import History
import Registry
import Sodium
import Store

/// What a unit's node has prepared and its administrator's next unlocked command signs (authority.md §2): the ends of
/// mandates whose term is over, and what the unit knew of others that were suspended.
package struct Settlement: Sendable, Equatable {
    /// Mandates whose term is over and that nobody has ended.
    package var endedMandates: [EntryID] = []
    /// Suspensions of other units in whose dossiers nothing was accepted yet.
    package var suspensions: [EntryID] = []

    package var isEmpty: Bool { endedMandates.isEmpty && suspensions.isEmpty }
}

extension Replica {
    /// What is due now, without signing anything.
    package func dueSettlement() throws -> Settlement {
        try store.read { reader in
            try caughtUp(reader, .own) { memory in
                try Self.due(memory.registry, memory.identity, reader, now: Clock.now)
            }
        }
    }

    /// Signs what is due.
    package func settle(by authority: Author) throws -> Settlement {
        let due = try dueSettlement()
        guard !due.isEmpty else { return due }
        try checkMark()
        return try transact { work in
            let due = try Self.due(work.registry, work.identity, work.tx.reader, now: work.now)
            let ground = try work.ground(of: authority.key.publicKey)
            for mandate in due.endedMandates {
                guard case .mandate(let body)? = work.registry.entry(mandate)?.body, let until = body.until else {
                    continue
                }
                _ = try work.revoke(
                    mandate, reason: .ended, effective: until, chainCut: .effectiveTime, by: authority)
            }
            for suspension in due.suspensions {
                guard case .suspend(let body)? = work.registry.entry(suspension)?.body else { continue }
                try work.memory.load(units: [body.unit], work.tx.reader)
                let keys = work.registry.keys(of: body.unit)
                for dossier in try work.tx.reader.dossiers(writtenBy: keys) {
                    try work.acceptKnown(of: body.unit, suspension, in: dossier, under: ground, by: authority)
                }
                try work.tx.setMeta("settled/\(suspension.hex)", [1])
            }
            return due
        }
    }

    private static func due(
        _ registry: Registry, _ identity: ReplicaIdentity, _ reader: StoreReader, now: UInt64
    ) throws -> Settlement {
        guard let unit = identity.unit else { return Settlement() }
        var due = Settlement()
        for id in registry.mandates(of: unit) {
            guard case .mandate(let mandate)? = registry.entry(id)?.body, let until = mandate.until, until <= now,
                registry.stands(id), registry.standingRevocations(of: id).isEmpty
            else { continue }
            due.endedMandates.append(id)
        }
        for id in registry.suspensions {
            guard case .suspend(let suspension)? = registry.entry(id)?.body, suspension.unit != unit,
                registry.stands(id), try reader.meta("settled/\(id.hex)") == nil
            else { continue }
            due.suspensions.append(id)
        }
        return due
    }
}

extension Replica.Work {
    /// Accepts what is held here of a suspended unit's keys, in a dossier to which both are party.
    fileprivate mutating func acceptKnown(
        of unit: UnitID, _ suspension: EntryID, in dossier: DossierID, under ground: EntryID, by authority: Author
    ) throws {
        guard let own = identity.unit else { return }
        let wasLoaded = memory.loaded[dossier] != nil
        guard let loaded = try load(dossier) else { return }
        if !wasLoaded { memory.loaded[dossier] = nil }
        let history = loaded.history
        let named = history.headIndices.flatMap { history.parties[$0] }
        guard named.contains(unit), named.contains(own) else { return }
        let everything = registry.everything
        let keys = Set(
            history.laneTable.map(\.author).filter { registry.standing(of: $0, unit: unit, in: everything) != nil })
        try drawCut(
            of: suspension.raw, before: .max, in: dossier, under: ground, by: authority, repeating: nil
        ) { keys.contains($0.author) }
    }
}
