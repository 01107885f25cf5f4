import Dossier
import Envelope
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
    package var problems: [String] = []
    package var refusals: [StoredRefusal] = []
    /// What this replica has not taken, or not yet.
    package var reserve = Reserve()
    package var missingOpeningCount = 0
    package var forkCount = 0
}

extension Replica {
    /// Reads everything again as if it came from a stranger: bytes, ids, signatures, parents, registry, fold, files.
    package func check(progress: (Int, Int) -> Void) throws -> CheckReport {
        var report = CheckReport()
        report.integrity = try store.integrity()
        try refold(progress: progress)
        let (registry, _) = try current()
        for entry in registry.entries where !entry.isSigned {
            report.problems.append("entry \(entry.id.hex) signature")
        }
        let dossiers = try store.read { try $0.allDossiers() }
        report.refusals = try store.read { try $0.refusals() }
        report.reserve = try reserve()
        for (place, dossier) in dossiers.enumerated() {
            do {
                try check(dossier, &report)
            } catch { report.problems.append("\(dossier.hex.prefix(8)) \(error)") }
            progress(place + 1, dossiers.count)
        }
        report.dossierCount = dossiers.count
        report.forkCount += try forks().count { $0.chain != nil }
        return report
    }

    private func check(_ dossier: DossierID, _ report: inout CheckReport) throws {
        let view = try view(dossier)
        report.changeCount += view.history.count
        report.forkCount += view.history.forks.count
        for item in view.history.items {
            if item.isSigned {
                report.verifiedCount += 1
            } else {
                report.problems.append("\(dossier.hex.prefix(8)) change \(item.id.hex) signature")
            }
        }
        guard let row = try store.read({ try $0.row(of: dossier) }) else { return }
        if row.stateHash != view.state.hash { report.problems.append("\(dossier.hex.prefix(8)) state-hash") }
        if row.digest != view.history.digest { report.problems.append("\(dossier.hex.prefix(8)) digest") }
        report.missingOpeningCount += view.missingCount
        let vault = FileVault(folder: folder)
        for place in view.places where place.kind == .file {
            guard case .bytes(let bytes)? = place.opening?.opened, let id = FileID(bytes), vault.isHere(id) else {
                continue
            }
            if try !vault.isIntact(id) { report.problems.append("file \(id.hex)") }
        }
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
