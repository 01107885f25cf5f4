package import Envelope
package import Sodium

extension DossierHistory {
    /// Indices in the linear order (lamport, rank, id); rank = H(dossier ‖ key), so that no key wins every tie. No
    /// security-relevant question is settled by it (Protocol 2 §5).
    package var canonicalOrder: [Int] {
        guard let dossier else { return [] }
        var ranks: [PublicKey: Bytes32] = [:]
        for lane in laneTable where ranks[lane.author] == nil {
            ranks[lane.author] = Blake2b.hash(
                dossier.bytes + lane.author.bytes.bytes, personal: Personal("mufakat rank"))
        }
        // Parents come first in `items`, and most histories arrive in canonical order already.
        return items.indices.sorted { left, right in
            let (a, b) = (items[left], items[right])
            if a.lamport != b.lamport { return a.lamport < b.lamport }
            if a.author != b.author { return (ranks[a.author] ?? .zero) < (ranks[b.author] ?? .zero) }
            return a.id < b.id
        }
    }

    /// Whether the past of an item holds two branches of its own author's log (Protocol 2 §5; authority law C).
    package func isAfterOwnFork(_ index: Int) -> Bool {
        let author = items[index].author
        guard let own = laneList(of: author), own.count > 1 else { return false }
        let vector = vectors[index]
        func held(_ lane: Int) -> Int { lane < vector.count ? Int(vector[lane]) : 0 }
        let present = own.filter { held($0) > 0 }
        guard present.count > 1 else { return false }
        var roots = 0
        var children: [Int: Int] = [:]
        for lane in present {
            guard let origin = laneTable[lane].origin else {
                roots += 1
                continue
            }
            // The lane it left goes on beside it in the same past.
            if held(origin.lane) > origin.position + 1 { return true }
            children[origin.lane, default: 0] += 1
            if children[origin.lane, default: 0] > 1 { return true }
        }
        return roots > 1
    }

    /// Where a device goes on writing: the tip of its longest branch, then the smaller id.
    package func ownTip(of author: PublicKey) -> Int? {
        var best: Int?
        for lane in laneList(of: author) ?? [] {
            guard let tip = laneTable[lane].items.last else { continue }
            guard let current = best else {
                best = tip
                continue
            }
            let (a, b) = (items[tip], items[current])
            if a.seq > b.seq || (a.seq == b.seq && a.id < b.id) { best = tip }
        }
        return best
    }

    /// The device logs: for each key the tips of its branches.
    package var logTips: [(author: PublicKey, tip: Int)] {
        laneTable.compactMap { lane in lane.items.last.map { (lane.author, $0) } }
            .sorted { ($0.0, items[$0.1].id) < ($1.0, items[$1.1].id) }
            .map { (author: $0.0, tip: $0.1) }
    }

    private func laneList(of author: PublicKey) -> [Int]? {
        let list = laneTable.indices.filter { laneTable[$0].author == author }
        return list.isEmpty ? nil : list
    }

    /// Fields of the next change set by a key: parents, counters and the registry tips that its past does not cover.
    ///
    /// - Parameter tips: registry tips to name, those that certify the key first; the caller leaves out what the past
    ///   covers and splits what exceeds ``HistoryLimits/regCountMax``.
    package func nextFields(
        author: PublicKey, tips: [EntryID], at: StatedTime, operations: [Operation]
    ) -> ChangeSetFields {
        let own = ownTip(of: author)
        let others = headIndices.filter { $0 != own }
        precondition(
            others.count <= HistoryLimits.depCountMax || operations.isEmpty,
            "more heads are joined by empty change sets first")
        let joined = others.prefix(HistoryLimits.depCountMax)
        let parents = joined + (own.map { [$0] } ?? [])
        let greatest = parents.map { items[$0].lamport }.max() ?? 0
        return ChangeSetFields(
            seq: own.map { items[$0].seq + 1 } ?? 0, previous: own.map { items[$0].id },
            deps: joined.map { items[$0].id }.sorted(), lamport: greatest + 1, reg: tips.sorted(), at: at,
            operations: operations)
    }
}
