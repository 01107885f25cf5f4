import CBOR
import Envelope
import Sodium

/// Where do two replicas differ? Tree cuts, leaves, vectors, in turns (Protocol 6 §4).
extension Session {
    static let cutWidth = 4
    static let leafCount = 48

    mutating func askFirst() {
        if peerCount == 0 {
            jobs += tree.entries.map { .whole($0.dossier) }
        } else if tree.entries.count <= Self.leafCount || peerCount <= UInt64(Self.leafCount) {
            ask(.leaves([leaves(.root)]))
        } else {
            ask(.tree([cut(.root)]))
        }
    }

    mutating func ask(_ message: Message) {
        askedThisTurn += 1
        send(message)
    }

    func cut(_ prefix: Prefix) -> Message.TreeCut {
        let digests = (0..<(1 << Self.cutWidth)).map { index -> UInt64 in
            let child = prefix.child(index, width: Self.cutWidth)
            return tree.range(child).isEmpty ? 0 : short(tree.digest(child))
        }
        return Message.TreeCut(prefix: prefix, width: Self.cutWidth, digests: digests)
    }

    func leaves(_ prefix: Prefix) -> Message.LeafList {
        Message.LeafList(
            prefix: prefix,
            leaves: tree.entries[tree.range(prefix)].map {
                (id: short($0.dossier.raw), digest: short($0.digest))
            }, isQuestion: true)
    }

    mutating func endTurn() {
        lastSentTurnWasEmpty = askedThisTurn == 0
        askedThisTurn = 0
        summary.turnCount += 1
        send(.questionsEnd)
    }

    mutating func receiveTree(_ cuts: [Message.TreeCut]) throws {
        guard cuts.count <= SyncLimits.treeNodeCountMax else {
            throw Violation.tooMany(field: "cuts", count: cuts.count, limit: SyncLimits.treeNodeCountMax)
        }
        var deeper: [Message.TreeCut] = []
        var lists: [Message.LeafList] = []
        for cut in cuts {
            for (index, digest) in cut.digests.enumerated() {
                let child = cut.prefix.child(index, width: cut.width)
                let range = tree.range(child)
                let own = range.isEmpty ? 0 : short(tree.digest(child))
                guard own != digest else { continue }
                let isLeaf =
                    range.count <= Self.leafCount || digest == 0
                    || child.bitCount + Self.cutWidth > Prefix.bitCountMax
                if isLeaf { lists.append(leaves(child)) } else { deeper.append(self.cut(child)) }
            }
        }
        for cut in deeper { ask(.tree([cut])) }
        for list in lists { ask(.leaves([list])) }
    }

    mutating func receiveLeaves(_ lists: [Message.LeafList]) throws {
        for list in lists {
            guard list.leaves.count <= SyncLimits.leafCountMax else {
                throw Violation.tooMany(
                    field: "leaves", count: list.leaves.count, limit: SyncLimits.leafCountMax)
            }
            let theirs = Dictionary(list.leaves.map { ($0.id, $0.digest) }, uniquingKeysWith: { first, _ in first })
            var known: Set<UInt64> = []
            var vectors: [DossierID] = []
            for entry in tree.entries[tree.range(list.prefix)] {
                let id = short(entry.dossier.raw)
                known.insert(id)
                guard let digest = theirs[id] else {
                    jobs.append(.whole(entry.dossier))
                    continue
                }
                if digest != short(entry.digest) { vectors.append(entry.dossier) }
            }
            let needed = list.leaves.map(\.id).filter { !known.contains($0) }
            if !needed.isEmpty { ask(.need(needed)) }
            pendingVectors += vectors
        }
    }

    mutating func askVectors(_ replica: some SyncReplica) throws {
        for dossier in pendingVectors {
            ask(.vectors([try vector(dossier, isQuestion: true, replica)]))
        }
        pendingVectors = []
    }

    func vector(
        _ dossier: DossierID, isQuestion: Bool, _ replica: some SyncReplica
    ) throws -> Message.Vector {
        var tips: [PublicKey: ChangeRow] = [:]
        for row in try replica.changes(of: dossier) {
            if let tip = tips[row.device], tip.seq > row.seq || (tip.seq == row.seq && tip.id < row.id) { continue }
            tips[row.device] = row
        }
        let logs = tips.keys.sorted().compactMap { device in
            tips[device].map {
                (device: short(device.bytes), count: $0.seq + 1, tip: short($0.id.raw))
            }
        }
        return Message.Vector(dossier: short(dossier.raw), logs: logs, isQuestion: isQuestion)
    }

    mutating func receiveVectors(_ vectors: [Message.Vector], _ replica: some SyncReplica) throws {
        for vector in vectors {
            guard let dossier = byShortID[vector.dossier] else { throw Violation.badValue(field: "vector") }
            let logs = Dictionary(
                vector.logs.map { ($0.device, (count: $0.count, tip: $0.tip)) }, uniquingKeysWith: { first, _ in first }
            )
            jobs.append(.beyond(dossier, logs))
            if vector.isQuestion { ask(.vectors([try self.vector(dossier, isQuestion: false, replica)])) }
        }
    }
}
