package import Envelope
package import Sodium

extension DossierHistory {
    /// Indices in the linear order (lamport, rank, id); rank = H(dossier ‖ key), so that no key wins every tie. No
    /// security-relevant question is settled by it (Protocol 2 §5).
    package var canonicalOrder: [Int] {
        guard let dossier else { return [] }
        let hashes = logs.map { log in
            Blake2b.hash(dossier.bytes + log.author.bytes.bytes, personal: Personal("mufakat rank"))
        }
        // Places by rank, so that sorting compares integers.
        var places = [Int](repeating: 0, count: logs.count)
        for (place, log) in logs.indices.sorted(by: { hashes[$0] < hashes[$1] }).enumerated() { places[log] = place }
        let keys = items.indices.map { (lamport: items[$0].lamport, rank: places[laneTable[lanes[$0].lane].log]) }
        func precedes(_ left: Int, _ right: Int) -> Bool {
            let (a, b) = (keys[left], keys[right])
            if a.lamport != b.lamport { return a.lamport < b.lamport }
            return a.rank != b.rank ? a.rank < b.rank : items[left].id < items[right].id
        }
        // Parents come first in `items`, and most histories arrive in canonical order already.
        if !items.indices.dropFirst().contains(where: { precedes($0, $0 - 1) }) { return Array(items.indices) }
        return items.indices.sorted(by: precedes)
    }

    /// The device logs: for each key the tips of its branches.
    package var logTips: [(author: PublicKey, tip: Int)] {
        laneTable.compactMap { lane in lane.items.last.map { (lane.author, $0) } }
            .sorted { ($0.0, items[$0.1].id) < ($1.0, items[$1.1].id) }
            .map { (author: $0.0, tip: $0.1) }
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
