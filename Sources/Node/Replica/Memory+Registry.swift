package import Envelope
import Registry
import Sodium
import Store

/// How much of the registry is wanted. The network's chain without plain admissions, and the own unit, are always held.
package enum RegistryExtent: Sendable {
    /// The chains of the own unit.
    case own
    /// These units too; one that is not stored is left out.
    case units([UnitID])
    /// Every admission too: what is handed on, and the list of units.
    case network([UnitID])
    /// Every chain of every unit: listings over all units, `check`, enrolment.
    case everything
}

/// The registry is read from the store as it is asked for: a command pays for the network's chain without admissions, its
/// own unit and the parties of the dossiers that it opens.
extension Replica.Memory {
    /// Whether something is kept here that another copy lacks.
    func holdsMore(than other: Replica.Memory) -> Bool {
        generation != other.generation || lastEntry != other.lastEntry
            || registry.entries.count != other.registry.entries.count || definitions.count != other.definitions.count
            || calendars.count != other.calendars.count
    }

    /// Takes over what another process wrote since.
    mutating func catchUp(_ reader: StoreReader) throws {
        let generation = try reader.generation()
        guard generation != self.generation else { return }
        (loaded, apart) = ([:], [:])
        self.generation = generation
        identity = try ReplicaIdentity(reader)
        if registry.network != nil, try reader.isNetworkForked() != registry.isNetworkForked { forget() }
        if registry.network == nil {
            try begin(reader)
        } else {
            try takeNew(reader)
        }
    }

    private mutating func forget() {
        (registry, heldUnits, isWhole, lastEntry) = (Registry(), [:], false, 0)
    }

    /// The network's chain, without what nobody asked for.
    private mutating func begin(_ reader: StoreReader) throws {
        lastEntry = try reader.lastEntryNumber()
        guard lastEntry > 0 else { return }
        let isForked = try reader.isNetworkForked()
        try restore(isForked ? try reader.wholeNetwork() : try reader.networkEntries(), reader)
        try restoreTip(reader)
    }

    /// Whoever adds to the network's chain, or names what is known of it, needs its last entry.
    private mutating func restoreTip(_ reader: StoreReader) throws {
        if let tip = try reader.entry(number: reader.networkTip()) { try restore([tip], reader) }
    }

    private mutating func takeNew(_ reader: StoreReader) throws {
        for row in try reader.entries(after: lastEntry) {
            lastEntry = row.number
            let isAskedFor = isWhole || row.unit == 0 || heldUnits.values.contains(row.unit)
            if isAskedFor || (row.isNetwork && registry.isNetworkForked) {
                if isWhole, row.isPlainAdmission { heldUnits[EntryID(try decode(row).id.raw)] = row.number }
                try restore([row], reader)
            } else if row.isPlainAdmission {
                registry.appendAbsent()
            }
        }
        try restoreTip(reader)
    }

    /// Loads what is asked for and not held yet.
    mutating func load(_ extent: RegistryExtent, _ reader: StoreReader) throws {
        guard registry.network != nil, !isWhole else { return }
        switch extent {
        case .own: try load(units: identity.unit.map { [$0] } ?? [], reader)
        case .units(let units): try load(units: (identity.unit.map { [$0] } ?? []) + units, reader)
        case .network(let units):
            try load(units: (identity.unit.map { [$0] } ?? []) + units, reader)
            try loadNetwork(reader)
        case .everything:
            let rows = try reader.entries(after: 0)
            try restore(rows, reader)
            for row in rows where row.isNetwork {
                let entry = try decode(row)
                if case .admit = entry.body { heldUnits[entry.id] = row.number }
            }
            isWhole = true
        }
    }

    /// All chains of units, as far as they are stored.
    mutating func load(units: [UnitID], _ reader: StoreReader) throws {
        for unit in units where !isWhole && heldUnits[unit] == nil {
            guard let row = try row(of: unit, reader), case .admit = try decode(row).body else { continue }
            try hold(unit, admission: row.number, reader)
        }
    }

    private mutating func hold(_ unit: UnitID, admission: Int64, _ reader: StoreReader) throws {
        heldUnits[unit] = admission
        try restore(try reader.entries(ofUnit: admission), reader)
    }

    private mutating func loadNetwork(_ reader: StoreReader) throws {
        if registry.hasAbsent { try restore(try reader.wholeNetwork(), reader) }
    }

    /// Loads the entries that ids name, with the chains that they lie in.
    ///
    /// - Returns: whether any was stored and not held.
    @discardableResult
    mutating func load(entries ids: [EntryID], _ reader: StoreReader) throws -> Bool {
        let before = registry.entries.count
        for id in ids where !registry.contains(id) {
            if let row = try row(of: id, reader) { try load(row, reader) }
        }
        return registry.entries.count > before
    }

    /// A row of the network's chain, or the unit that it belongs to.
    private mutating func load(_ row: EntryRow, _ reader: StoreReader) throws {
        guard !row.isNetwork else { return try restore([row], reader) }
        guard let opener = try reader.entry(number: row.unit) else { throw damaged(row, "unit") }
        try hold(try decode(opener).id, admission: row.unit, reader)
    }

    /// The stored row of an entry; nil where it is not stored.
    func row(of id: EntryID, _ reader: StoreReader) throws -> EntryRow? {
        try reader.entries(perhaps: id).first { try decode($0).id == id }
    }

    func decode(_ row: EntryRow) throws -> Entry {
        do {
            return try Entry.decode(row.bytes, network: row.number == 1 ? nil : identity.network ?? registry.network)
        } catch { throw damaged(row, "\(error)") }
    }

    private func damaged(_ row: EntryRow, _ fact: String) -> StoreFailure {
        .damaged(path: "entry", fact: "\(row.number): \(fact)")
    }

    /// Puts rows into the registry in the order of their numbers; what they name in other chains comes before.
    private mutating func restore(_ rows: [EntryRow], _ reader: StoreReader) throws {
        // The last is the next.
        var queue = Array(rows.reversed())
        var waiting: Set<Int64> = []
        while let row = queue.popLast() {
            let entry = try decode(row)
            do {
                try registry.restore(Verified(storedBefore: entry))
            } catch .missing(let ids) {
                guard waiting.insert(row.number).inserted else { throw damaged(row, "\(EntryFailure.missing(ids))") }
                queue.append(row)
                for id in ids { queue += try self.rows(holding: id, reader) }
                queue.sort { $0.number > $1.number }
            } catch { throw damaged(row, "\(error)") }
        }
    }

    /// The row of an entry that another rests on, or all rows of the unit that it belongs to.
    private mutating func rows(holding id: EntryID, _ reader: StoreReader) throws -> [EntryRow] {
        guard let row = try row(of: id, reader) else { return [] }
        guard !row.isNetwork else { return [row] }
        guard let opener = try reader.entry(number: row.unit) else { throw damaged(row, "unit") }
        heldUnits[try decode(opener).id] = row.unit
        return try reader.entries(ofUnit: row.unit)
    }
}

// MARK: - What comes from outside

extension Replica.Memory {
    /// Adds an entry after all checks; what it names is loaded first.
    ///
    /// - Returns: false for one that is stored already, here or on the disk.
    mutating func insert(_ verified: Verified<Entry>, _ reader: StoreReader) throws -> Bool {
        let entry = verified.value
        if registry.contains(entry.id) { return false }
        if try load(entries: [entry.id], reader) { return false }
        if registry.network != nil, entry.network != nil {
            // Where a chain goes on or forks is seen in the whole chain only.
            try load(entries: [entry.chain], reader)
            if entry.chain == registry.network {
                if entry.height < registry.networkHeight { try loadNetwork(reader) }
            } else if let unit = registry.unitID(ofChain: entry.chain) {
                try load(units: [unit], reader)
            }
        }
        do {
            try registry.insert(verified)
        } catch .missing(let ids) {
            guard try load(entries: ids, reader) else { throw EntryFailure.missing(ids) }
            try registry.insert(verified)
        }
        // A fork of the network's chain is judged with all of it.
        if registry.isNetworkForked { try loadNetwork(reader) }
        return true
    }

    /// The number under which an entry's unit is stored; nil for a plain admission, whose own it is.
    func unitNumber(of entry: Entry, _ reader: StoreReader) throws -> Int64? {
        if Registry.isPlain(entry) { return nil }
        guard entry.network != nil, entry.chain != registry.network else { return 0 }
        guard let unit = registry.unitID(ofChain: entry.chain),
            let number = try heldUnits[unit] ?? row(of: unit, reader)?.number
        else { preconditionFailure("the opener of its chain is stored before an entry") }
        return number
    }
}
