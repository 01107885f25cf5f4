import Dossier
package import Envelope
import History
import Procedure
import Registry
import Sodium
package import Store

/// What `check` found.
package struct CheckReport: Sendable {
    package var dossierCount = 0
    package var changeCount = 0
    package var verifiedCount = 0
    package var integrity = ""
    package var problems: [CheckProblem] = []
    package var refusals: [StoredRefusal] = []
    /// What this replica has not taken, or not yet.
    package var reserve = Reserve()
    package var missingOpeningCount = 0
    /// What this unit may have and lacks, by dossier.
    package var missing: [(dossier: DossierID, texts: Int, files: Int)] = []
    package var forkCount = 0
}

extension Replica {
    /// Reads everything again as if it came from a stranger: bytes, ids, signatures, parents, registry, texts, names,
    /// fold, files, and what listings show. What does not fit is set apart, so that it is asked for again.
    package func check(progress: (Int, Int) -> Void) throws -> CheckReport {
        var report = CheckReport()
        // First: whoever writes goes on over the frames in question.
        let lostCommits = try store.lostCommitCount()
        if lostCommits > 0 { report.problems.append(.log(lostCommits: lostCommits)) }
        report.integrity = try store.integrity()
        try refold(progress: progress)
        try store.read { try $0.verifyNamesAndBlobs() }
        let (registry, _) = try current()
        for entry in registry.entries where !entry.isSigned { report.problems.append(.entrySignature(entry.id)) }
        report.problems += try store.read { try $0.damagedItems() }.map { item -> CheckProblem in
            switch item {
            case .name(let commitment): .name(commitment)
            case .blob(let blob): .blob(blob)
            }
        }
        report.problems += try checkRules(registry)
        let dossiers = try store.read { try $0.allDossiers() }
        report.refusals = try store.read { try $0.refusals() }
        report.reserve = try reserve()
        let known = KnownFiles()
        for (place, dossier) in dossiers.enumerated() {
            do {
                try check(dossier, known, &report)
            } catch { report.problems.append(.unreadable(dossier, fact: "\(error)")) }
            progress(place + 1, dossiers.count)
        }
        // What listings showed wrongly.
        try refold()
        try removeLeftovers()
        report.missing = try store.read { try $0.missingCounts() }
        report.dossierCount = dossiers.count
        report.forkCount += try forks().count { $0.chain != nil }
        return report
    }

    /// Definitions that are marked as checked and break the rules lose the mark.
    private func checkRules(_ registry: Registry) throws -> [CheckProblem] {
        var found: [BlobID] = []
        for entry in registry.publishedDefinitions {
            guard case .publishDefinition(let publication)? = registry.entry(entry)?.body,
                !found.contains(publication.blob),
                let blob = try store.read({ try $0.checkedBlob(publication.blob) }), blob.isChecked,
                !DefinitionLoader.load(blob.bytes).errors.isEmpty
            else { continue }
            found.append(publication.blob)
        }
        if !found.isEmpty { try store.write { tx in for blob in found { try tx.uncheckBlob(blob) } } }
        return found.map { .rules($0) }
    }

    private func check(_ dossier: DossierID, _ known: KnownFiles, _ report: inout CheckReport) throws {
        let view = try view(dossier)
        report.changeCount += view.history.count
        report.forkCount += view.history.forks.count
        for item in view.history.items {
            if item.isSigned {
                report.verifiedCount += 1
            } else {
                report.problems.append(.changeSignature(dossier, item.id))
            }
        }
        guard let row = try store.read({ try $0.row(of: dossier) }) else { return }
        if row.stateHash != view.state.hash { report.problems.append(.stateHash(dossier)) }
        if row.digest != view.history.digest { report.problems.append(.digest(dossier)) }
        report.missingOpeningCount += view.missingCount
        report.problems += view.damaged.map { .text(dossier, path: $0.path) }
        try checkFiles(view, known, &report)
        // What waits for its fold, or is held back, shows what was folded last and says so.
        guard !row.isStale, !row.isHeld else { return }
        let signed = view.state.signedRows(view.history, view.registry, own: view.own)
        let mended = try store.write { try $0.mendRows(row.number, from: signed) }
        let record = DossierRecord(
            state: view.state, history: view.history, registry: view.registry, openings: view.reader.openings)
        let tables = try store.write { tx in
            if !mended.isEmpty { try tx.makeAnew(row.number) }
            return try mended + tx.differences(row.number, from: record)
        }
        if !tables.isEmpty { report.problems.append(.derived(dossier, tables: tables)) }
    }

    /// Hashes each file once; what is not as it was signed is marked.
    private func checkFiles(_ view: DossierView, _ known: KnownFiles, _ report: inout CheckReport) throws {
        var lost: Set<Commitment> = []
        for place in view.places {
            guard let file = place.file, place.holding != .never else { continue }
            let isIntact = try view.vault.isIntact(file, size: place.size, known: known)
            switch (place.holding, isIntact) {
            case (.held, true): continue
            case (.held, false): try store.read { $0.noteLost(file) }
            // It was brought back.
            case (_, true):
                try store.write { tx in
                    guard let number = try tx.reader.number(of: view.id) else { return }
                    try tx.holdFile(file, place.commitment, dossier: number)
                }
                continue
            case (_, false): break
            }
            lost.insert(place.commitment)
        }
        report.problems += view.paths(of: lost).map { .file(view.id, path: $0.path) }
    }

    /// Removes files that no place stands for, and what killed processes left.
    package func removeLeftovers() throws {
        let vault = FileVault(folder: folder)
        try store.sweepFiles { vault.sweep(keeping: $0) }
        for part in [folder, folder + "/keys"] { PrivateFile.removeLeftovers(in: part) }
    }

    /// Makes everything derived anew from the facts; says whether it came out the same, byte for byte.
    package func rebuild(progress: (Int, Int) -> Void) throws -> (dossierCount: Int, isIdentical: Bool) {
        try refold(progress: progress)
        return try transact(.own) { work in
            let before = try work.tx.derivedImage()
            let dossiers = try work.tx.reader.allDossiers()
            // What was derived of a dossier that is held back was derived last; only its words are made anew.
            let held = Set(try work.tx.reader.heldDossiers().map(\.id))
            try work.tx.dropDerived()
            try work.tx.rebuildWriters()
            for (place, dossier) in dossiers.enumerated() {
                work.memory.loaded[dossier] = nil
                guard var loaded = try work.load(dossier) else { continue }
                if !held.contains(dossier) { try work.refold(dossier, &loaded) }
                try work.tx.reindex(loaded.number)
                work.memory.loaded[dossier] = nil
                progress(place + 1, dossiers.count)
            }
            return (dossiers.count, try work.tx.derivedImage() == before)
        }
    }
}
