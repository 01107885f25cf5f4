import Authority
package import Dossier
package import Envelope
package import History
package import Procedure
package import Registry
import Sodium
package import Store

/// A dossier as a person at this replica sees it: the folded state with the openings that are held here. Decides
/// nothing that others would have to agree with.
package struct DossierView: Sendable {
    package let id: DossierID
    package let history: DossierHistory
    package let state: DossierState
    /// The version in force.
    package var definition: ProcedureDefinition { state.definition }
    package let registry: Registry
    package let places: [StoreReader.PlaceRow]
    package let reader: ValueReader
    package let names: [Commitment: Opening]
    package let own: UnitID?
    package let vault: FileVault

    package var title: String { (text(of: .title) ?? "").clipped(toByteCount: Replica.titleByteCountMax) }

    package func text(of path: Path) -> String? {
        state.values(path, history).first.flatMap { reader.text($0.value, by: history.items[$0.item].author) }
    }

    /// The title as all parties read it: what is quoted in a text for all of them. A member could else make the title of
    /// a commitment to somebody's internal note, and have it read to him by the next who signs.
    var quotedTitle: String {
        guard let write = state.values(.title, history).first else { return "" }
        if case .committed(let committed) = write.value, committed.audience != .all { return "" }
        return title
    }

    /// Openings that this unit may have and lacks.
    package var missingCount: Int { places.filter(\.isMissing).count }

    /// Files that this unit may have and whose bytes are not here, each once.
    package var missingFiles: Set<Commitment> { Set(places.filter(\.isMissingFile).map(\.commitment)) }

    /// Values that were set apart, for they do not fit what was signed; each with its path in the dossier.
    package var damaged: [(commitment: Commitment, path: String)] {
        let damaged = Set(places.filter(\.isDamaged).map(\.commitment))
        return paths(of: damaged)
    }

    /// Where some commitments stand: the path, or what they are there; in the order of the history, each once.
    package func paths(of commitments: Set<Commitment>) -> [(commitment: Commitment, path: String)] {
        guard !commitments.isEmpty else { return [] }
        var seen: Set<Commitment> = []
        return writtenValues().compactMap { written in
            let commitment = written.value.commitment
            guard commitments.contains(commitment), seen.insert(commitment).inserted else { return nil }
            return (commitment: commitment, path: written.path?.text ?? "\(written.role)")
        }
    }
}

extension Replica {
    /// Reads and folds a dossier.
    ///
    /// - Parameter extent: what of the registry the view holds beside the parties' chains.
    package func view(_ dossier: DossierID, _ extent: RegistryExtent = .own) throws -> DossierView {
        try store.read { reader in
            try caughtUp(reader, extent) { memory in try Self.view(dossier, &memory, reader) }
        }
    }

    /// - Parameters:
    ///   - isWhole: with the names of people and the places of openings; for writing a line of text neither is needed.
    ///   - added: places of change sets that are in memory and not stored yet.
    static func view(
        _ dossier: DossierID, _ memory: inout Memory, _ reader: StoreReader, isWhole: Bool = true,
        adding added: [StoreReader.PlaceRow] = []
    ) throws -> DossierView {
        guard let number = try reader.number(of: dossier) else { throw NodeFailure.unknownDossier(dossier.hex) }
        var loaded =
            try memory.loaded[dossier] ?? LoadedDossier(number: number, history: memory.history(of: dossier, reader))
        guard let opening = loaded.history.opening else { throw NodeFailure.unknownDossier(dossier.hex) }
        try memory.load(units: loaded.history.headIndices.flatMap { loaded.history.parties[$0] }, reader)
        let state = loaded.folded(
            memory.registry, try memory.definitions(of: loaded.history, opening, reader))
        memory.loaded[dossier] = loaded
        var openings: [Commitment: Opening] = [:]
        var names: [Commitment: Opening] = [:]
        let vault = FileVault(folder: reader.folder)
        let signed = isWhole ? state.signedRows(loaded.history, memory.registry, own: memory.identity.unit) : []
        let places = isWhole ? Self.signed(try Self.places(of: dossier, vault, reader) + added, signed) : []
        for place in places { if let held = place.opening { openings[place.commitment] = held } }
        if isWhole {
            for entry in Self.namedEntries(loaded.history, state, memory.registry) {
                for value in entry.body.committedValues where names[value.commitment] == nil {
                    names[value.commitment] = try reader.name(value, by: entry.author)
                }
            }
        }
        return DossierView(
            id: dossier, history: loaded.history, state: state, registry: memory.registry,
            places: places,
            reader: ValueReader(openings: openings, erased: state.erasedTexts(openings)), names: names,
            own: memory.identity.unit, vault: vault)
    }

    /// The places of a dossier; a file that is gone from the disk is marked, and counts as missing.
    private static func places(
        of dossier: DossierID, _ vault: FileVault, _ reader: StoreReader
    ) throws -> [StoreReader.PlaceRow] {
        try reader.places(of: dossier).map { place in
            guard place.holding == .held, let file = place.file, !vault.isHere(file, size: place.size) else {
                return place
            }
            reader.noteLost(file)
            var lost = place
            lost.holding = .lost
            return lost
        }
    }

    /// What a view shows of the registry: names of units, titles and instruments of mandates, names of people.
    private static func namedEntries(
        _ history: DossierHistory, _ state: DossierState, _ registry: Registry
    ) -> [Entry] {
        var shown: Set<EntryID> = []
        for parties in history.parties { shown.formUnion(parties) }
        for binding in state.procedure.bindings { if let unit = binding.unit { shown.insert(EntryID(unit)) } }
        for verdict in state.verdicts {
            if let unit = verdict.unit { shown.insert(unit) }
            for entry in [verdict.standing?.entry, verdict.mandateID].compactMap({ $0 }) {
                shown.insert(entry)
                // Who granted it: an administrator by name.
                if let chain = registry.entry(entry)?.chain { shown.insert(chain) }
            }
        }
        // Seats and tasks are of persons, who may not have written anything.
        let persons = Set((state.procedure.seats.map(\.actor) + state.procedure.assignments.map(\.actor)).map(\.person))
        let seated = registry.entries.filter { entry in
            guard !persons.isEmpty, case .certify(let certificate) = entry.body else { return false }
            return persons.contains(certificate.person.bytes)
        }
        return shown.sorted().compactMap { registry.entry($0) } + seated
    }

    /// The dossier that a unique prefix of an id names.
    package func dossier(_ prefix: String) throws -> DossierID {
        let found = try store.read { try $0.dossiers(prefix: prefix.lowercased()) }
        guard let only = found.first else { throw NodeFailure.unknownDossier(prefix) }
        guard found.count == 1 else { throw NodeFailure.ambiguous(prefix) }
        return only
    }
}
