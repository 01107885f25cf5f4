import CBOR
import Dossier
package import Envelope
package import History
package import Registry
package import Sodium
import Store

/// Where the chain of an administrator who is ended is cut.
package enum ChainCut: Sendable {
    /// After the last entry that was stated before the effective time.
    case effectiveTime
    case entry(EntryID)
    case nothingStands
}

extension Replica {
    /// Ends a certificate, mandate or delegation, and in the same transaction accepts, in every dossier where its
    /// holder wrote, everything stated before the effective time: that is the cut (Protocol 3 §7 B.1). An administrator
    /// whose key was in wrong hands is not taken at his word: of his log only the cuts that he drew before are repeated.
    package func revoke(
        _ target: EntryID, reason: Revocation.Reason, effective: UInt64, chainCut: ChainCut = .effectiveTime,
        by authority: Author
    ) throws -> EntryID {
        try checkMark()
        return try transact { work in
            try work.revoke(target, reason: reason, effective: effective, chainCut: chainCut, by: authority)
        }
    }

    /// Grants a mandate anew under another title, instrument or role and ends the old one, in one transaction.
    package func replaceMandate(
        _ old: EntryID, title: String?, instrument: String, role: String?, by authority: Author
    ) throws -> EntryID {
        try checkMark()
        return try transact { work in
            guard let granted = work.registry.entry(old), case .mandate(let mandate) = granted.body,
                work.registry.standingRevocations(of: old).isEmpty
            else { throw NodeFailure.unknownEntry(old.hex) }
            let key = authority.key.publicKey
            var newTitle = mandate.title
            if let title { newTitle = try work.commitName(title, by: key) }
            // A commitment holds for its author only: what another key committed to is committed to again.
            if title == nil, let committed = mandate.title,
                case .text(let text)? = try work.tx.reader.name(committed, by: granted.author)?.opened
            {
                newTitle = try work.commitName(text, by: key)
            }
            let body = EntryBody.mandate(
                Mandate(
                    person: mandate.person, role: role ?? mandate.role, from: max(mandate.from, work.now),
                    until: mandate.until, capacity: mandate.capacity,
                    instrument: try work.commitName(instrument, by: key), title: newTitle))
            let entry = try work.compose(
                chain: try work.chain(of: key), body: body, signer: authority.signer)
            _ = try work.revoke(old, reason: .ended, effective: work.now, chainCut: .effectiveTime, by: authority)
            return entry.id
        }
    }

    /// Accepts or declines more of a log: everything of the tip's key up to the tip.
    ///
    /// - Parameter ending: a revocation, succession or suspension, or a removal's change set.
    package func draw(
        _ code: Int, ending: Bytes32, tip: ChangeSetID, in dossier: DossierID, by authority: Author
    ) throws -> ChangeSet {
        try author(in: dossier, .everything, by: authority) { work in
            let ground = try work.ground(of: authority.key.publicKey)
            guard let loaded = try work.load(dossier), loaded.history.contains(tip) else {
                throw NodeFailure.unknownChange(tip.hex)
            }
            var draft = Draft()
            draft.operations.append(work.cut(code, ending, tip, under: ground))
            return try work.author(draft, in: dossier, by: authority, zone: loaded.history.opening?.zone ?? "")
        }
    }
}

extension Replica.Work {
    /// - Parameter time: work stated before it is accepted; nil: before the effective time.
    mutating func revoke(
        _ target: EntryID, reason: Revocation.Reason, effective: UInt64, chainCut: ChainCut,
        accepting time: UInt64? = nil, by authority: Author
    ) throws -> EntryID {
        let chain = try chain(of: authority.key.publicKey)
        let body = EntryBody.revoke(
            Revocation(
                target: target, reason: reason, effective: effective,
                cut: cut(of: target, chainCut, effective: effective)))
        let entry = try compose(chain: chain, body: body, signer: authority.signer)
        let ground = try ground(of: authority.key.publicKey)
        let (key, mandate) = holder(of: target)
        let isDistrusted = mandate == nil && isDelegation(target) && reason == .compromised
        for dossier in try tx.reader.dossiers(writtenBy: keys(restingOn: target)) {
            try drawCut(
                of: entry.id.raw, before: time ?? effective, in: dossier, under: ground, by: authority,
                repeating: isDistrusted ? key : nil
            ) { item in
                if let mandate {
                    return item.operations.contains { $0.body[unsigned: 20]?.bytesValue == mandate.bytes }
                }
                return item.author == key
            }
        }
        return entry.id
    }

    func keys(restingOn target: EntryID) -> [PublicKey] {
        guard let entry = registry.entry(target), let unit = registry.unitID(ofChain: entry.chain) else { return [] }
        return registry.keys(restingOn: entry, of: unit)
    }

    private func cut(of target: EntryID, _ choice: ChainCut, effective: UInt64) -> EntryID? {
        guard isDelegation(target) else { return nil }
        switch choice {
        case .entry(let entry): return entry
        case .nothingStands: return nil
        case .effectiveTime:
            return registry.lastEntry(of: target, before: effective).flatMap {
                $0.at < effective ? $0.id : nil
            }
        }
    }

    private func isDelegation(_ id: EntryID) -> Bool {
        if case .delegate? = registry.entry(id)?.body { return true }
        return false
    }

    /// The key of a certificate or delegation; or the mandate itself.
    private func holder(of target: EntryID) -> (key: PublicKey?, mandate: EntryID?) {
        switch registry.entry(target)?.body {
        case .certify(let certificate)?: (certificate.key, nil)
        case .delegate(let delegation)?: (delegation.key, nil)
        case .mandate?: (nil, target)
        default: (nil, nil)
        }
    }

    /// What a root key or an administrator names as that under which he acts.
    func ground(of key: PublicKey) throws -> EntryID {
        guard let unit = identity.unit else { throw NodeFailure.notAdministrator }
        if let root = registry.rootInForce(of: unit), root.key == key { return root.accession }
        return try chain(of: key)
    }

    func cut(_ code: Int, _ ending: Bytes32, _ tip: ChangeSetID, under ground: EntryID) -> Operation {
        Operation(
            code: code,
            body: .map([
                CBORPair(key: .unsigned(1), value: .bytes(ending.bytes)),
                CBORPair(key: .unsigned(2), value: .bytes(tip.bytes)),
                CBORPair(key: .unsigned(20), value: .bytes(ground.bytes)),
            ]))
    }

    /// Accepts in a dossier what matches, up to the last of each log that was stated before a time; of a key that is
    /// not trusted only the cuts that it drew before that time, again in the own name.
    mutating func drawCut(
        of ending: Bytes32, before time: UInt64, in dossier: DossierID, under ground: EntryID, by authority: Author,
        repeating distrusted: PublicKey?, where matches: (ChangeSet) -> Bool
    ) throws {
        let wasLoaded = memory.loaded[dossier] != nil
        guard let loaded = try load(dossier) else { return }
        if !wasLoaded { memory.loaded[dossier] = nil }
        let history = loaded.history
        var draft = Draft()
        if let distrusted {
            for item in history.items where item.author == distrusted && item.at.milliseconds < time {
                for operation in item.operations where operation.code == Code.accept {
                    guard let old = operation.body[unsigned: 1]?.bytesValue.flatMap({ Bytes32($0) }),
                        let tip = operation.body[unsigned: 2]?.bytesValue.flatMap({ ChangeSetID($0) })
                    else { continue }
                    draft.operations.append(cut(Code.accept, old, tip, under: ground))
                }
            }
        } else {
            for lane in history.laneTable where lane.items.contains(where: { matches(history.items[$0]) }) {
                guard let tip = lane.items.last(where: { history.items[$0].at.milliseconds < time }),
                    !history.isAccepted(history.items[tip].id, ending)
                else { continue }
                draft.operations.append(cut(Code.accept, ending, history.items[tip].id, under: ground))
            }
        }
        guard !draft.operations.isEmpty else { return }
        try author(draft, in: dossier, by: authority, zone: history.opening?.zone ?? "Asia/Jakarta")
    }
}

extension DossierHistory {
    /// Whether this very tip was named before: accepting again would write nothing new.
    fileprivate func isAccepted(_ tip: ChangeSetID, _ ending: Bytes32) -> Bool {
        items.contains { item in
            item.operations.contains { operation in
                operation.code == Code.accept && operation.body[unsigned: 1]?.bytesValue == ending.bytes
                    && operation.body[unsigned: 2]?.bytesValue == tip.bytes
            }
        }
    }
}
