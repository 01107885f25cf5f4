import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store
import Sync

/// The replica as one peer may see it: the scope of both units, and nothing else (Protocol 6 §2).
struct ScopeReader: SyncReplica {
    let replica: Replica
    let own: UnitID
    let peer: UnitID
    /// Which of many missing names are asked for first: others in each connection.
    private let pivot = Bytes32(RandomBytes.make(count: 32)) ?? .zero
    private let asked = AskedFiles()
    private let known = KnownFiles()

    init(replica: Replica, own: UnitID, peer: UnitID) {
        (self.replica, self.own, self.peer) = (replica, own, peer)
    }

    /// Reads while no derived row waits for a small fold: who is party to what decides what a peer may see, and a row
    /// that an ending left behind must not give it more than the fold would. What waits for a slow one, or is held back,
    /// is left out by itself.
    private func settled<Result>(_ body: (StoreReader) throws -> Result) throws -> Result {
        while true {
            let result = try replica.store.read { reader in try reader.hasStale() ? nil : Optional(body(reader)) }
            if let result { return result }
            _ = try replica.refoldSmall()
        }
    }

    func scope() throws -> [ScopeEntry] {
        try settled { reader in
            try reader.scope(own, peer).map { ScopeEntry(dossier: $0.dossier, digest: $0.digest) }
        }
    }

    func leftOut(limit: Int) throws -> [DossierID] {
        try settled { try $0.leftOut(own, peer, limit: limit) }
    }

    func scopeVersion() throws -> Int { try settled { try $0.generation() } }

    func knownRoot() throws -> (root: Bytes32, count: Int)? {
        try settled { try $0.cachedRoot(peer) }.map { ($0.root, $0.count) }
    }

    func remember(root: Bytes32, count: Int) throws {
        let units = try settled { try $0.namedInScope(own, peer) }
        try replica.store.write { try $0.cacheRoot(peer, root: root, count: count, units: units) }
    }

    /// Units whose chains the change sets of the scope need.
    private func units(_ reader: StoreReader) throws -> [UnitID] {
        if let known = try reader.cachedRoot(peer) { return known.units }
        return try reader.namedInScope(own, peer)
    }

    func registryTips() throws -> [EntryID] {
        try settled { reader in
            let units = try units(reader)
            let registry = try replica.caughtUp(reader, .units(units)) { $0.registry }
            return registry.tips(of: nil) + units.flatMap { registry.tips(of: $0) }
        }
    }

    func registryEntries(
        beyond tips: [EntryID]
    ) throws -> (entries: [[UInt8]], names: [[UInt8]], blobs: [BlobID]) {
        try settled { reader in
            let units = try units(reader)
            let (entries, registry) = try replica.caughtUp(reader, .units(units)) { memory in
                try memory.load(entries: tips, reader)
                let held = memory.registry.cover(tips.filter { memory.registry.contains($0) }) ?? .empty
                let own = memory.registry.tips(of: nil) + units.flatMap { memory.registry.tips(of: $0) }
                if own.allSatisfy({ memory.registry.contains($0, in: held) }) { return ([Entry](), memory.registry) }
                try memory.load(.network(units), reader)
                return (memory.registry.entries(of: units, notIn: held), memory.registry)
            }
            let blobs = entries.compactMap { entry -> BlobID? in
                switch entry.body {
                case .publishDefinition(let publication), .publishCalendar(let publication): publication.blob
                default: nil
                }
            }
            // Names in entries that the peer held before are asked for by the peer.
            var scope = NameScope(reader, receiver: peer, giver: own)
            let names = try Replica.names(of: entries, registry, &scope, reader)
            return (entries.map(\.bytes), names.map(\.encoded), blobs)
        }
    }

    func isMissingOpenings() throws -> Bool {
        try settled { try $0.isMissingAnything(peer) }
    }

    func logs(of dossier: DossierID) throws -> [LogRow] {
        try settled { reader in
            guard try reader.isInScope(dossier, own, peer) else { return [] }
            let shared = try sharedWithRemoved(dossier, reader)
            return try reader.logs(of: dossier).filter { shared?.contains($0.id) ?? true }.map {
                LogRow(id: $0.id, device: $0.device, seq: $0.seq)
            }
        }
    }

    func changes(
        of dossier: DossierID, from page: Int64, byteCount: Int
    ) throws -> (rows: [ChangeRow], next: Int64?) {
        try settled { reader in
            guard try reader.isInScope(dossier, own, peer) else { return ([], nil) }
            let shared = try sharedWithRemoved(dossier, reader)
            // What is shared with a removed unit takes a fold to know: it goes as one page.
            let (found, next) = try reader.changes(
                of: dossier, from: page, byteCount: shared == nil ? byteCount : .max)
            let rows = found.filter { shared?.contains($0.id) ?? true }
            return (rows.map { ChangeRow(id: $0.id, device: $0.device, seq: $0.seq, bytes: $0.bytes) }, next)
        }
    }

    /// What both still share of a dossier from which one of them was removed; nil where both have access.
    private func sharedWithRemoved(_ dossier: DossierID, _ reader: StoreReader) throws -> Set<ChangeSetID>? {
        guard let unit = try reader.removedUnit(of: dossier, own, peer) else { return nil }
        let view = try replica.caughtUp(reader, .units([own, peer])) { memory in
            try Replica.view(dossier, &memory, reader, isWhole: false)
        }
        return Set(view.state.sharedWithRemoved(unit, view.history).map { view.history.items[$0].id })
    }

    func openings(
        of dossier: DossierID, in changes: Set<ChangeSetID>, from page: Int, byteCount: Int
    ) throws -> (items: [[UInt8]], next: Int?) {
        try settled { reader in
            let places = try allowed(dossier, nil, reader)
            var items: [[UInt8]] = []
            var count = 0
            for index in places.indices.dropFirst(page) {
                if count >= byteCount { return (items, index) }
                guard changes.contains(places[index].change), let opening = places[index].opening?.encoded else {
                    continue
                }
                items.append(opening)
                count += opening.count
            }
            return (items, nil)
        }
    }

    /// Places whose audience, or a release, includes the peer's unit.
    ///
    /// - Parameter commitment: looks at the places of this one only; nil for all.
    private func allowed(
        _ dossier: DossierID, _ commitment: Commitment?, _ reader: StoreReader
    ) throws -> [StoreReader.PlaceRow] {
        guard try reader.isInScope(dossier, own, peer) else { return [] }
        // A removed unit gets no text any more.
        if own != peer, try reader.removedUnit(of: dossier, own, peer) == peer { return [] }
        let released = try reader.releases(of: dossier, to: peer)
        let places = try commitment.map { try reader.places(of: dossier, $0) } ?? reader.places(of: dossier)
        return places.filter { place in
            place.readers.contains(peer)
                || place.author.map { released.contains(AuthoredValue(commitment: place.commitment, author: $0)) }
                    ?? false
        }
    }

    func wants(limit: Int) throws -> [Message.Want] {
        let vault = FileVault(folder: replica.folder)
        try replica.finishParts(peer, pivot: pivot.prefix64, limit: limit)
        let (wants, files) = try settled { reader in
            let blobs = try missingBlobs(reader).prefix(limit).map { blob in
                Message.Want(dossier: DossierID(.zero), commitment: Commitment(.zero), offset: nil, blob: blob)
            }
            let names = try missingNames(reader, limit: min(limit - blobs.count, Self.wantedNameCountMax)).map { name in
                Message.Want(dossier: DossierID(.zero), commitment: name, offset: nil, blob: nil)
            }
            let rest = limit - blobs.count - names.count
            // Half of the rest at least for each of texts and files that has so many.
            let files = try reader.missingFiles(peer, pivot: pivot.prefix64, limit: rest)
            let openings = try reader.missingOpenings(
                peer, pivot: pivot.prefix64, limit: rest - min(files.count, rest / 2)
            ).map { Message.Want(dossier: $0.dossier, commitment: $0.commitment, offset: nil, blob: nil) }
            return (blobs + names + openings, files.prefix(rest - openings.count))
        }
        return wants
            + files.map { file in
                asked.note(file.dossier, file.commitment)
                return Message.Want(
                    dossier: file.dossier, commitment: file.commitment,
                    offset: UInt64(vault.partSize(file.commitment) ?? 0), blob: nil)
            }
    }

    /// Names wanted of one peer at a time.
    private static let wantedNameCountMax = 128

    /// Names that this unit may learn from the peer and lacks.
    private func missingNames(_ reader: StoreReader, limit: Int) throws -> [Commitment] {
        var scope = NameScope(reader, receiver: own, giver: peer)
        return try reader.missingNames(&scope, from: pivot, limit: limit)
    }

    func missingNames(limit: Int) throws -> [Commitment] {
        try settled { try missingNames($0, limit: limit) }
    }

    func names(among ids: Set<UInt64>, short: (Commitment) -> UInt64) throws -> [[UInt8]] {
        try settled { reader in
            var scope = NameScope(reader, receiver: peer, giver: own)
            return try reader.heldNames(&scope, limit: ids.count) { ids.contains(short($0)) }
                .compactMap { try reader.name($0)?.encoded }
        }
    }

    /// Definitions and calendars that are published and did not arrive: an entry comes before its bytes, and a connection
    /// may end between.
    private func missingBlobs(_ reader: StoreReader) throws -> [BlobID] {
        let registry = try replica.caughtUp(reader, .own) { $0.registry }
        return try (registry.publishedDefinitions + registry.publishedCalendars).compactMap { id in
            switch registry.entry(id)?.body {
            case .publishDefinition(let publication)?, .publishCalendar(let publication)?:
                try reader.holdsBlob(publication.blob) ? nil : publication.blob
            default: nil
            }
        }
    }

    func opening(for want: Message.Want) throws -> [UInt8]? {
        try settled { reader in
            if want.dossier.raw == .zero {
                var scope = NameScope(reader, receiver: peer, giver: own)
                return try Replica.name(want.commitment, &scope, reader)?.encoded
            }
            return try allowed(want.dossier, want.commitment, reader).first { $0.opening != nil }?.opening?.encoded
        }
    }

    func piece(for want: Message.Want, offset: UInt64) throws -> Message.Piece? {
        if let blob = want.blob {
            return try settled { reader in
                guard let bytes = try reader.blob(blob), let start = Int(exactly: offset), start <= bytes.count else {
                    return nil
                }
                let end = min(start + SyncLimits.pieceByteCount, bytes.count)
                return Message.Piece(
                    name: blob.raw, offset: offset, total: UInt64(bytes.count), bytes: Array(bytes[start..<end]))
            }
        }
        return try settled { reader in
            let vault = FileVault(folder: replica.folder)
            guard let start = Int(exactly: offset) else { return nil }
            // What is here for another place is not served for this one: whoever knows a hash could commit to it.
            for place in try allowed(want.dossier, want.commitment, reader) where place.holding == .held {
                guard let id = place.file else { continue }
                guard try vault.isIntact(id, size: place.size, known: known),
                    let bytes = try vault.piece(id, offset: start)
                else {
                    reader.noteLost(id)
                    continue
                }
                return Message.Piece(
                    name: want.commitment.raw, offset: offset, total: UInt64(place.size), bytes: bytes)
            }
            return nil
        }
    }

    /// Adds a piece to the file that a commitment names, where it was asked for; true when the file is whole.
    func take(_ piece: Message.Piece) throws -> Bool {
        let commitment = Commitment(piece.name)
        guard let dossier = asked.next(commitment) else { return false }
        let isWhole = try replica.take(piece, for: dossier)
        let (end, isBeyond) = piece.offset.addingReportingOverflow(UInt64(piece.bytes.count))
        if piece.bytes.isEmpty || isBeyond || end >= piece.total { asked.end(commitment) }
        return isWhole
    }
}

extension Replica {
    /// Adds a piece to the file of a place; true when the file is whole.
    fileprivate func take(_ piece: Message.Piece, for dossier: DossierID) throws -> Bool {
        guard let offset = Int(exactly: piece.offset), let total = Int(exactly: piece.total) else { return false }
        let commitment = Commitment(piece.name)
        // Under the lock: an erasure that comes between would leave a piece behind.
        return try store.write { tx in
            guard let number = try tx.reader.number(of: dossier),
                let place = try tx.reader.places(of: dossier, commitment).first(where: \.isMissingFile),
                let id = place.file,
                try FileVault(folder: folder).add(
                    piece.bytes, to: commitment, of: (id, place.size), offset: offset, total: total)
            else { return false }
            try tx.holdFile(id, commitment, dossier: number)
            return true
        }
    }

    /// Takes parts that have their whole length: a process was killed before it could. Longer ones go. And what was
    /// lost and lies here again, from a backup or another place, is found.
    fileprivate func finishParts(_ peer: UnitID, pivot: UInt64, limit: Int) throws {
        let vault = FileVault(folder: folder)
        func mayBeHere(_ file: StoreReader.MissingFile) -> Bool {
            (file.holding == .lost && vault.isHere(file.file, size: file.size))
                || vault.partSize(file.commitment).map { $0 >= file.size } ?? false
        }
        guard try store.read({ try $0.missingFiles(peer, pivot: pivot, limit: limit) }).contains(where: mayBeHere)
        else { return }
        try store.write { tx in
            for file in try tx.reader.missingFiles(peer, pivot: pivot, limit: limit) where mayBeHere(file) {
                let isFound = try file.holding == .lost && vault.isIntact(file.file, size: file.size)
                guard let number = try tx.reader.number(of: file.dossier),
                    try isFound || vault.finish(file.commitment, of: (file.file, file.size))
                else { continue }
                try tx.holdFile(file.file, file.commitment, dossier: number)
            }
        }
    }
}
