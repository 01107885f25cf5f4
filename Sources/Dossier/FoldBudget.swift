package import History

/// What a dossier may cost (Protocol 8 §2): bytes, change sets and counted steps, never seconds, so that every replica
/// of a version finds the same dossiers too large whatever machine it stands on.
package struct FoldBudget: Sendable {
    /// Bytes of all envelopes.
    package let byteCountMax: Int
    package let changeCountMax: Int
    /// What reading the history and folding it may look at.
    package let stepCountMax: Int

    package init(byteCountMax: Int, changeCountMax: Int, stepCountMax: Int) {
        (self.byteCountMax, self.changeCountMax) = (byteCountMax, changeCountMax)
        self.stepCountMax = stepCountMax
    }

    /// Of any dossier. Beyond it the dossier is held back: nothing of it is taken, and nobody writes in it.
    package static let dossier = FoldBudget(
        byteCountMax: 67_108_864, changeCountMax: 131_072, stepCountMax: 134_217_728)

    /// Of a fold that may run while others wait for the write lock. What is larger is folded before the lock is taken.
    package static let small = FoldBudget(byteCountMax: 131_072, changeCountMax: 512, stepCountMax: 262_144)

    /// For what was accepted before, and for tests.
    package static let unlimited = FoldBudget(byteCountMax: .max, changeCountMax: .max, stepCountMax: .max)

    /// What of it a history exceeds before anything is folded; nil where it fits so far.
    package func excess(of history: DossierHistory) -> FoldExceeded? {
        if history.byteCount > byteCountMax {
            return FoldExceeded(limit: .bytes, value: history.byteCount, max: byteCountMax)
        }
        if history.count > changeCountMax {
            return FoldExceeded(limit: .changeSets, value: history.count, max: changeCountMax)
        }
        if history.stepCount > stepCountMax {
            return FoldExceeded(limit: .steps, value: history.stepCount, max: stepCountMax)
        }
        return nil
    }
}

/// A dossier costs more than its budget.
package struct FoldExceeded: Error, Hashable, Sendable {
    /// The raw values are words for people and files.
    package enum Limit: String, Sendable, CaseIterable {
        case bytes
        case changeSets = "change-sets"
        case steps
    }

    package let limit: Limit
    /// What was reached. Of steps: what had been counted when the fold was stopped.
    package let value: Int
    package let max: Int

    package init(limit: Limit, value: Int, max: Int) {
        (self.limit, self.value, self.max) = (limit, value, max)
    }
}
