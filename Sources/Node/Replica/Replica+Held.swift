package import Envelope
import Sodium
package import Store

extension NodeFailure {
    init(_ held: HeldDossier) {
        self = .heldBack(dossier: held.id.hex, reason: held.reason, found: held.found, allowed: held.allowed)
    }
}

/// What this replica has not taken, or not yet, for people.
package struct Reserve: Sendable {
    /// Dossiers that are held back.
    package var held: [HeldDossier] = []
    /// Dossiers that wait for a slow fold.
    package var slowCount = 0
    /// New dossiers that give not both units access, by the key that sent them.
    package var waiting: [WaitingDossiers] = []
    /// New dossiers that are not taken, by unit and reason.
    package var turnedAway: [(unit: UnitID, reason: String, count: Int)] = []

    package var isEmpty: Bool { held.isEmpty && slowCount == 0 && waiting.isEmpty && turnedAway.isEmpty }
}

extension Replica {
    package func reserve() throws -> Reserve {
        try store.read { reader in
            Reserve(
                held: try reader.heldDossiers(), slowCount: try reader.slowCount(), waiting: try reader.waiting(),
                turnedAway: try reader.turnedAwayCounts())
        }
    }

    /// Why a dossier is held back; nil for one that is not.
    package func held(_ dossier: DossierID) throws -> HeldDossier? { try store.read { try $0.held(dossier) } }

    /// A dossier that is held back by a prefix of its id, or one that was not taken by all of it.
    package func heldDossier(_ prefix: String) throws -> DossierID {
        if let id = DossierID(hex: prefix.lowercased()), try store.read({ try $0.turnedAway(id) }) != nil { return id }
        return try dossier(prefix)
    }

    /// Takes up a dossier that is held back: allows it a multiple of its budget on this replica, and folds it.
    ///
    /// - Returns: how many times the usual budget it may cost now.
    package func takeUp(_ dossier: DossierID) throws -> Int {
        let multiple = try transact(.own) { work in
            let allowed = try work.tx.reader.allowance(dossier)
            guard try work.tx.reader.held(dossier) != nil || work.tx.reader.turnedAway(dossier) != nil else {
                throw NodeFailure.notHeld(dossier.hex)
            }
            let multiple = min(allowed * DossierBudget.takeUpFactor, DossierBudget.multipleMax)
            guard multiple > allowed else { throw NodeFailure.notHeld(dossier.hex) }
            try work.tx.takeUp(dossier, multiple: multiple)
            work.memory.loaded[dossier] = nil
            (work.didRefold, work.hasDeferred) = (true, true)
            return multiple
        }
        try refoldSlow()
        return multiple
    }
}
