import Envelope
import Registry
import Sodium
import Store

/// What a repair did.
package struct RepairReport: Sendable {
    /// What was wrong; nil where only keys waited for a certificate.
    package let fault: MarkFault?
    /// Keys that were set aside and have a new one in their place.
    package let renewed: [String]
    /// Certified here.
    package let certified: [Replacement]
    /// Wait for the administrator.
    package let requests: [PendingKey]
    /// Roots, their successors and members of recovery sets: what takes their place is named by rotation and recovery
    /// alone, so they stay.
    package let kept: [String]
}

extension Replica {
    /// Gives a copied or restored replica new keys for the same persons, and a new mark (Protocol 2 §7).
    ///
    /// Each step may be the last of a process that is killed: the mark is written when the new keys are in their
    /// places, and a repair that finds keys without certificates goes on there. Everything that the old keys signed
    /// stays in the store and goes with the next synchronisation.
    ///
    /// - Parameters:
    ///   - authority: the unit's root or an administrator, by whose key the new ones are certified and the old ones
    ///     ended at once; its own key goes on. Nil: requests are made for an administrator elsewhere.
    ///   - acceptsLoss: signs although the chain of the authority went on in entries that are lost.
    ///   - makeKey: seals a new key for an old one; asked for all before anything is set aside.
    package func repair(
        by authority: Author?, acceptsLoss: Bool, makeKey: (KeyFile) throws -> KeyFile
    ) throws -> RepairReport {
        try keys.finishReplacing()
        let fault = try markFault()
        guard try fault != nil || !pendingKeys().isEmpty else { throw NodeFailure.nothingToRepair }
        if authority != nil, !acceptsLoss { try checkChain() }
        var renewed: [String] = []
        if fault != nil {
            let waiting = Set(try pendingKeys().map(\.file.publicKey))
            let old = try keys.files([.device, .node, .administrator]).filter {
                $0.publicKey != authority?.key.publicKey && !waiting.contains($0.publicKey)
            }
            let new = try old.map(makeKey)
            for key in new { try keys.replace(with: key) }
            renewed = new.map(\.name)
            try beginMark()
        }
        var certified: [Replacement] = []
        if let authority {
            certified = try certifyPending(
                try pendingKeys(), ending: KeyEnd(reason: .ended, since: nil), by: authority)
        }
        return RepairReport(
            fault: fault, renewed: renewed, certified: certified, requests: try pendingKeys(),
            kept: try keys.files([.unitRoot, .network, .successor, .recovery]).map(\.name))
    }

    /// A root that signs beside entries it does not know would fork its chain, and a fork of it takes more than a
    /// device's: the grants above it would not count.
    private func checkChain() throws {
        guard let mark = try? Mark.read(folder)?.mark, let last = mark.lastEntry else { return }
        let isHeld = try store.read { reader in
            try caughtUp(reader, .own) { try $0.row(of: EntryID(last), reader) != nil }
        }
        guard !isHeld else { return }
        throw NodeFailure.chainBehind(entry: last.hex)
    }
}
