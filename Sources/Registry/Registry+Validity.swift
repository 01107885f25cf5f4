import Envelope
import Sodium

/// Who may write which body in which chain (Protocol 3 §3): a pure function of an entry and what lies before it.
extension Registry {
    func checkLevel(_ entry: Entry) throws(EntryFailure) {
        guard let opener = self.entry(entry.chain) else { throw .missing([entry.chain]) }
        let code = entry.body.code
        switch opener.body {
        case .networkGenesis:
            try checkRootKey(entry)
            guard (1..<16).contains(code), entry.height > 0 else { throw .wrongLevel(code: code) }
        case .admit:
            try checkRootKey(entry)
            guard code >= 16, (code == 16) == (entry.height == 0) else { throw .wrongLevel(code: code) }
        case .delegate(let delegation):
            guard entry.author == delegation.key else { throw .notTheChainsKey }
            guard (18...20).contains(code) else { throw .wrongLevel(code: code) }
        default: throw .wrongLevel(code: code)
        }
        switch entry.body {
        case .delegate: try checkDelegationCount(entry)
        case .revoke(let revocation): try checkTarget(revocation, by: opener)
        case .branch(let branch): try checkBranch(branch, of: entry)
        case .countersign(let countersignature): try checkRevocation(countersignature, by: opener)
        case .lift(let suspension):
            guard case .suspend? = self.entry(suspension)?.body else { throw .wrongTarget }
        default: break
        }
    }

    /// The key in force at `previous`, the key that it committed to, or one that the recovery set consented to.
    private func checkRootKey(_ entry: Entry) throws(EntryFailure) {
        guard let reign = self.reign(before: entry) else { throw .notTheChainsKey }
        switch entry.body {
        case .rotate:
            guard Succession.commitment(to: entry.author) == reign.next else { throw .notTheNextKey }
        case .recover(let succession): try checkConsents(succession.consents, reign)
        default:
            guard entry.author == reign.key else { throw .notTheChainsKey }
        }
    }

    /// By its predecessors alone: what a replica holds beside them depends on what came.
    private func checkDelegationCount(_ entry: Entry) throws(EntryFailure) {
        let limit = RegistryLimits.delegationCountMax
        guard reign(before: entry)?.delegations.count ?? 0 < limit else { throw .tooManyDelegations(limit: limit) }
    }

    private func checkConsents(_ consents: [Consent], _ reign: Reign) throws(EntryFailure) {
        guard let recovery = reign.recovery else { throw .consentsMissing(found: 0, threshold: 0) }
        guard recovery.isReached(by: consents) else {
            throw .consentsMissing(found: consents.count, threshold: recovery.threshold)
        }
    }

    private func checkTarget(_ revocation: Revocation, by opener: Entry) throws(EntryFailure) {
        guard let target = entry(revocation.target), unitID(ofChain: target.chain) == unitID(ofChain: opener.id),
            unitID(ofChain: target.chain) != nil
        else { throw .wrongTarget }
        switch target.body {
        case .certify, .mandate:
            guard revocation.cut == nil else { throw .wrongTarget }
        case .delegate:
            // Only the root, whose chain an admission opened, ends an administrator.
            guard case .admit = opener.body else { throw .wrongTarget }
            if let cut = revocation.cut, entry(cut)?.chain != target.id { throw .wrongTarget }
        default: throw .wrongTarget
        }
    }

    /// One level down; the network's own chain with its recovery set.
    private func checkBranch(_ branch: Branch, of entry: Entry) throws(EntryFailure) {
        guard let named = self.entry(branch.entry), let network else { throw .wrongTarget }
        if named.chain == network {
            guard entry.chain == network, let reign = self.reign(before: entry) else { throw .wrongTarget }
            return try checkConsents(branch.consents, reign)
        }
        guard branch.consents.isEmpty, let opener = self.entry(named.chain), opener.chain == entry.chain else {
            throw .wrongTarget
        }
    }

    /// A revocation for compromise, one level down.
    private func checkRevocation(_ body: Countersignature, by opener: Entry) throws(EntryFailure) {
        guard let entry = entry(body.revocation), case .revoke(let revocation) = entry.body,
            revocation.reason == .compromised, let below = self.entry(entry.chain), below.chain == opener.id
        else { throw .wrongTarget }
    }
}
