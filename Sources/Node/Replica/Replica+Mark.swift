import Envelope
import History
import Registry
import Sodium
import Store

extension Replica {
    /// What is wrong between this store and its mark; nil where it may sign. Looked at twice: an accusation ends in new
    /// keys.
    package func markFault() throws -> MarkFault? {
        guard try faultAtOneLook() != nil else { return nil }
        return try faultAtOneLook()
    }

    private func faultAtOneLook() throws -> MarkFault? {
        // Before the store is read.
        let look = try gate.look()
        return try store.read { reader in
            try caughtUp(reader, .own) { memory in
                try gate.fault(look, reader) { try memory.row(of: $0, reader) != nil }
            }
        }
    }

    /// Refuses early what would be refused before it is signed.
    func checkMark() throws {
        guard !gate.hasChecked else {
            return try store.read { try gate.checkAuthoring($0) { _ in true } }
        }
        if let fault = try markFault() { throw NodeFailure.copiedReplica(fault) }
    }

    /// Before anything leaves the machine. Where store and mark do not belong together nothing is written and nothing
    /// new was signed: what is here may leave, and peers may be asked.
    @discardableResult
    package func syncMark() throws -> MarkFault? {
        if try store.read({ try gate.isSynced($0) }) { return nil }
        return try transact(.own) { work in
            let memory = work.memory
            return try gate.sync(work.tx.reader) { try memory.row(of: $0, work.tx.reader) != nil }
        }
    }

    /// Takes the store as it is for all that its keys signed. For a repair, and for whoever knows it.
    package func beginMark() throws {
        try store.write { tx in
            try tx.removeMeta(MarkGate.aheadKey)
            try gate.begin(tx.reader)
        }
    }

    /// Public keys of the ring. What they sign is made here and nowhere else.
    func ringKeys() throws -> Set<PublicKey> { Set(try keys.names.map { try keys.file($0).publicKey }) }
}

extension Replica.Work {
    /// A peer sent what a key of this ring signed and this store did not hold: the keys signed elsewhere too, or this
    /// store is an old one. The first proof is kept until a repair.
    mutating func noteAhead(_ author: PublicKey, _ id: Bytes32) throws {
        guard try tx.reader.meta(MarkGate.aheadKey) == nil else { return }
        try tx.setMeta(MarkGate.aheadKey, author.bytes.bytes + id.bytes)
    }
}
