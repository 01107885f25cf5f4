import CBOR
import Envelope
import Sodium

/// What was done about a leaf of the own tree; each at most once in an exchange.
struct LeafState: OptionSet {
    let rawValue: UInt8

    /// Its dossier goes, or went, whole or beyond the peer's logs.
    static let isSent = LeafState(rawValue: 1)
    /// The peer needs it, or has asked for its logs.
    static let isAsked = LeafState(rawValue: 2)
    /// The peer has answered with its logs.
    static let isAnswered = LeafState(rawValue: 4)
}

/// Where do two replicas differ? Tree cuts, leaves, vectors, in turns (Protocol 6 §4).
extension Session {
    mutating func beginQuestions(_ replica: some SyncReplica) throws {
        hasBegunQuestions = true
        try loadScope(replica)
        leaves = Array(repeating: [], count: tree.entries.count)
        guard role == .initiator else { return }
        if peerCount == 0 {
            sendWhole(tree.entries.indices)
        } else if tree.entries.count <= SyncLimits.leafCountMax {
            ask(.leaves(.root))
        } else {
            askCut(.root)
        }
        endTurn()
    }

    mutating func ask(_ item: Outgoing) {
        askedThisTurn += 1
        outgoing.append(item)
    }

    mutating func askCut(_ prefix: Prefix) {
        sentCuts.insert(prefix)
        ask(.cut(prefix))
    }

    mutating func endTurn() {
        lastSentTurnWasEmpty = askedThisTurn == 0
        askedThisTurn = 0
        summary.turnCount += 1
        send(.questionsEnd)
    }

    mutating func sendWhole(_ range: Range<Int>) {
        for index in range where leaves[index].insert(.isSent).inserted { jobs.append(.whole(index)) }
    }

    // MARK: Receiving

    mutating func receiveQuestion(_ message: Message, _ replica: some SyncReplica) throws {
        if case .questionsEnd = message { return try receiveTurnEnd() }
        receivedQuestions += 1
        switch message {
        case .tree(let cuts): for cut in cuts { try receive(cut) }
        case .leaves(let lists): for list in lists { try receive(list) }
        case .need(let ids):
            for id in ids {
                let index = try claim(id, in: listed, .isAsked, "need")
                sendWhole(index..<(index + 1))
            }
        case .vectors(let vectors): for vector in vectors { try receive(vector, replica) }
        default: throw Violation.outOfTurn("question")
        }
    }

    private mutating func receiveTurnEnd() throws {
        lastReceivedTurnWasEmpty = receivedQuestions == 0
        receivedQuestions = 0
        guard summary.turnCount < SyncLimits.roundCountMax else { throw Violation.noProgress }
        if !(lastReceivedTurnWasEmpty && lastSentTurnWasEmpty && askedThisTurn == 0) { endTurn() }
        if lastReceivedTurnWasEmpty && lastSentTurnWasEmpty { phase = .changes }
    }

    /// A question about a node is legitimate for the root, as the initiator's first, and for a child of a cut that this
    /// side sent; for each node once.
    private mutating func claim(_ prefix: Prefix) throws {
        let isLegitimate = prefix.parent.map(sentCuts.contains) ?? (role == .responder)
        guard isLegitimate, answeredNodes.insert(prefix).inserted else { throw Violation.unasked("node") }
    }

    /// The leaf that an id names, of those that the peer may name; for each purpose once.
    private mutating func claim(
        _ id: UInt64, in known: [UInt64: Int], _ mark: LeafState, _ what: String
    ) throws -> Int {
        guard let index = known[id], leaves[index].insert(mark).inserted else { throw Violation.unasked(what) }
        return index
    }

    private mutating func receive(_ cut: Message.TreeCut) throws {
        try claim(cut.prefix)
        for (place, digest) in cut.digests.enumerated() {
            let child = cut.prefix.child(place)
            let range = tree.range(child)
            guard (range.isEmpty ? 0 : short(tree.digest(child))) != digest else { continue }
            if digest == 0 {
                sendWhole(range)
            } else if range.count <= SyncLimits.leafCountMax {
                ask(.leaves(child))
            } else if child.isDeepest {
                // Ids that nobody can find: all there is goes both ways.
                sendWhole(range)
                ask(.noLeaves(child))
            } else {
                askCut(child)
            }
        }
    }

    private mutating func receive(_ list: Message.LeafList) throws {
        try claim(list.prefix)
        var theirs: [UInt64: UInt64] = [:]
        for leaf in list.leaves where theirs.updateValue(leaf.digest, forKey: leaf.id) != nil {
            throw Violation.badValue(field: "leaves")
        }
        for index in tree.range(list.prefix) {
            let entry = tree.entries[index]
            let id = short(entry.dossier.raw)
            guard let digest = theirs.removeValue(forKey: id) else {
                sendWhole(index..<(index + 1))
                continue
            }
            guard digest != short(entry.digest) else { continue }
            questioned[id] = index
            ask(.vector(index, isQuestion: true))
        }
        for leaf in list.leaves where theirs[leaf.id] != nil { ask(.need(leaf.id)) }
    }

    private mutating func receive(_ vector: Message.Vector, _ replica: some SyncReplica) throws {
        let index =
            vector.isQuestion
            ? try claim(vector.dossier, in: listed, .isAsked, "vector")
            : try claim(vector.dossier, in: questioned, .isAnswered, "vector")
        var logs: [UInt64: (count: UInt64, tip: UInt64)] = [:]
        for log in vector.logs where logs.updateValue((log.count, log.tip), forKey: log.device) != nil {
            throw Violation.badValue(field: "vector")
        }
        if leaves[index].insert(.isSent).inserted {
            let dossier = tree.entries[index].dossier
            // Only what concerns the own logs is kept, whatever the peer listed.
            jobs.append(.beyond(dossier, try starts(beyond: logs, try replica.logs(of: dossier))))
        }
        if vector.isQuestion { ask(.vector(index, isQuestion: false)) }
    }

    // MARK: Logs

    /// From which place in each log that is held here the peer lacks it; nil where it has nothing. Where a tip is not
    /// ours at that seq, or a log has two at one, it is a fork: then the whole log goes.
    func starts(
        beyond logs: [UInt64: (count: UInt64, tip: UInt64)], _ rows: [LogRow]
    ) throws -> [PublicKey: UInt64]? {
        struct Log {
            var theirs: (count: UInt64, tip: UInt64)
            var seqs: Set<UInt64> = []
            var hasTwoAtOne = false
            var isTipHere = false
            var hasOtherTip = false
        }
        if logs.isEmpty { return nil }
        var byDevice: [PublicKey: Log?] = [:]
        for row in rows {
            let known = byDevice[row.device] ?? logs[short(row.device.bytes)].map { Log(theirs: $0) }
            byDevice[row.device] = .some(known)
            guard var log = known else { continue }
            byDevice[row.device] = .some(nil)
            if !log.seqs.insert(row.seq).inserted { log.hasTwoAtOne = true }
            if row.seq + 1 == log.theirs.count {
                if short(row.id.raw) == log.theirs.tip { log.isTipHere = true } else { log.hasOtherTip = true }
            }
            byDevice[row.device] = .some(log)
        }
        return byDevice.mapValues { log in
            guard let log, !log.hasTwoAtOne, log.isTipHere || !log.hasOtherTip else { return 0 }
            return log.theirs.count
        }
    }

    /// The tip of each log of a dossier; nil where there are more logs than a vector may have.
    func vector(
        _ dossier: DossierID, isQuestion: Bool, _ replica: some SyncReplica
    ) throws -> Message.Vector? {
        var tips: [PublicKey: LogRow] = [:]
        for row in try replica.logs(of: dossier) {
            if let tip = tips[row.device], tip.seq > row.seq || (tip.seq == row.seq && tip.id < row.id) { continue }
            tips[row.device] = row
        }
        guard tips.count <= SyncLimits.logCountMax else { return nil }
        let logs = tips.keys.sorted().compactMap { device in
            tips[device].map { (device: short(device.bytes), count: $0.seq + 1, tip: short($0.id.raw)) }
        }
        return Message.Vector(dossier: short(dossier.raw), logs: logs, isQuestion: isQuestion)
    }
}
