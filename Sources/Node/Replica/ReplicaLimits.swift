import Dossier

/// What a dossier may cost: counted, never timed (Protocol 8 §2).
package struct DossierBudget: Sendable, Equatable {
    package var changeCount: Int
    package var byteCount: Int
    /// What reading and folding it may look at.
    package var stepCount: Int

    package init(changeCount: Int, byteCount: Int, stepCount: Int = FoldBudget.dossier.stepCountMax) {
        (self.changeCount, self.byteCount, self.stepCount) = (changeCount, byteCount, stepCount)
    }

    /// Beyond it a dossier is held back.
    package static let usual = DossierBudget(
        changeCount: FoldBudget.dossier.changeCountMax, byteCount: FoldBudget.dossier.byteCountMax)
    /// Beyond it a dossier is folded outside the write lock.
    package static let small = DossierBudget(
        changeCount: FoldBudget.small.changeCountMax, byteCount: FoldBudget.small.byteCountMax,
        stepCount: FoldBudget.small.stepCountMax)
    /// What taking up a dossier allows, as a multiple of what it was allowed before; and how often.
    package static let takeUpFactor = 4
    package static let multipleMax = 64

    /// What is beyond the budget, with what was found; nil where nothing is.
    func excess(changeCount found: Int, byteCount: Int, multiple: Int = 1) -> BudgetExcess? {
        if found > changeCount * multiple {
            return BudgetExcess(reason: "changes", found: found, allowed: changeCount * multiple)
        }
        if byteCount > self.byteCount * multiple {
            return BudgetExcess(reason: "bytes", found: byteCount, allowed: self.byteCount * multiple)
        }
        return nil
    }
}

/// A budget that was exceeded: which of its limits, and by what.
package struct BudgetExcess: Error, Sendable, Equatable {
    package let reason: String
    package let found: Int
    package let allowed: Int
}

/// The bounds that one replica keeps. Tests open replicas with smaller ones.
package struct ReplicaLimits: Sendable {
    package var fold = DossierBudget.usual
    package var small = DossierBudget.small
    /// Dossiers that one other unit opened and in which this one has written nothing.
    package var unansweredCount = 4_096
    /// Of what one unit sends: dossiers that are kept apart, and their bytes.
    package var apartCount = 64
    package var apartByteCount = 16 << 20

    package init() {}
}
