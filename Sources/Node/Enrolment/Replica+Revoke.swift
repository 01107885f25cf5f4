import CBOR
import Dossier
package import Envelope
import History
package import Registry
import Sodium
import Store

extension Replica {
    /// Ends a certificate, mandate or delegation, and in the same transaction accepts, in every dossier where its
    /// holder wrote, everything stated before the effective time: that is the cut (Protocol 3 §7).
    package func revoke(
        _ target: EntryID, reason: Revocation.Reason, effective: UInt64, by authority: Author
    ) throws -> EntryID {
        try checkMark()
        return try transact { work in
            let chain = try work.chain(of: authority.key.publicKey)
            let body = EntryBody.revoke(Revocation(target: target, reason: reason, effective: effective, cut: nil))
            let entry = try work.compose(chain: chain, body: body, signer: authority.signer)
            // A delegation entry or the unit's genesis is what accept names as its mandate.
            let standing =
                work.registry.grants(of: authority.key.publicKey).first { $0.unit == work.identity.unit }?.entry
                ?? chain
            for dossier in try work.tx.reader.allDossiers() {
                try work.accept(entry.id, target, before: effective, in: dossier, mandate: standing, by: authority)
            }
            return entry.id
        }
    }
}

extension Replica.Work {
    fileprivate mutating func accept(
        _ revocation: EntryID, _ target: EntryID, before effective: UInt64, in dossier: DossierID,
        mandate: EntryID, by authority: Author
    ) throws {
        let wasLoaded = memory.loaded[dossier] != nil
        guard let loaded = try load(dossier) else { return }
        if !wasLoaded { memory.loaded[dossier] = nil }
        let history = loaded.history
        var tips: [ChangeSetID] = []
        for lane in history.laneTable {
            let items = lane.items.filter { restsOn(target, history, $0) || isMandate(target) }
            guard items.contains(where: { restsOn(target, history, $0) }),
                let tip = items.last(where: { history.items[$0].at.milliseconds < effective })
            else { continue }
            tips.append(history.items[tip].id)
        }
        guard !tips.isEmpty else { return }
        var draft = Draft()
        for tip in tips {
            draft.operations.append(
                Operation(
                    code: Code.accept,
                    body: .map([
                        CBORPair(key: .unsigned(1), value: .bytes(revocation.bytes)),
                        CBORPair(key: .unsigned(2), value: .bytes(tip.bytes)),
                        CBORPair(key: .unsigned(20), value: .bytes(mandate.bytes)),
                    ])))
        }
        let zone = history.opening?.zone ?? "Asia/Jakarta"
        try author(draft, in: dossier, by: authority, zone: zone)
    }

    private func isMandate(_ id: EntryID) -> Bool {
        if case .mandate? = registry.entry(id)?.body { return true }
        return false
    }

    /// Whether a change set was written with the certified key, under the delegation, or names the mandate.
    private func restsOn(_ target: EntryID, _ history: DossierHistory, _ index: Int) -> Bool {
        let item = history.items[index]
        switch registry.entry(target)?.body {
        case .certify(let certificate)?: return item.author == certificate.key
        case .delegate(let delegation)?: return item.author == delegation.key
        case .mandate?: return item.operations.contains { $0.body[unsigned: 20]?.bytesValue == target.bytes }
        default: return false
        }
    }
}
