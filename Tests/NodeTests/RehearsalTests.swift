import Authority
import CBOR
import Dossier
import Envelope
import Foundation
import History
import Procedure
import Registry
import Sodium
import Store
import TestSupport
import Testing

@testable import Node

/// Acts in a dossier beyond the small budget: worked out outside the write lock, compared, signed and stored under it.
@Suite(.serialized) struct RehearsalTests {
    /// The office under other limits, as another process opens it.
    private func opened(
        _ office: TestOffice, small: DossierBudget = DossierBudget(changeCount: 1, byteCount: 1 << 20),
        steps: Int? = nil
    ) throws -> Replica {
        var limits = ReplicaLimits()
        limits.small = small
        if let steps { limits.fold.stepCount = steps }
        return try Replica.open(office.replica.folder, limits: limits)
    }

    private func checkRows(_ replica: Replica, _ dossier: DossierID) throws {
        #expect(try replica.store.read { try !$0.hasAnyStale() })
        #expect(try replica.check { _, _ in }.problems.isEmpty)
        #expect(try replica.view(dossier).state.hash == replica.store.read { try $0.row(of: dossier)?.stateHash })
    }

    /// What reading and folding a dossier looks at.
    private func steps(_ replica: Replica, _ dossier: DossierID) throws -> Int {
        let view = try replica.view(dossier)
        let steps = StepCounter(count: view.history.stepCount)
        _ = DossierState.fold(
            history: view.history, registry: view.registry, definition: view.definition, steps: steps)
        return steps.count
    }

    /// Two dossiers of the same shape, each with a change set more than its opening.
    private func twins(_ city: TestCity) throws -> (small: DossierID, large: DossierID) {
        let (small, large) = (try city.open(), try city.open())
        let author = try city.opd.author("kaopd")
        for dossier in [small, large] {
            _ = try city.opd.replica.comment(dossier, "satu", isInternal: false, by: author)
        }
        #expect(try steps(city.opd.replica, small) == steps(city.opd.replica, large))
        return (small, large)
    }

    /// Each kind of act that reads what an earlier one of the same rehearsal wrote.
    @Test func whatIsRehearsedIsWhatIsStored() throws {
        let city = try TestCity()
        let dossier = try city.open()
        let replica = try opened(city.opd)
        let author = try city.opd.author("kaopd")
        _ = try replica.comment(dossier, "satu", isInternal: false, by: author)
        #expect(try isSlow(replica, dossier))
        _ = try replica.setTitle(dossier, "Judul baru", by: author)
        #expect(try replica.store.read { try $0.row(of: dossier)?.title } == "Judul baru")
        let path = city.opd.folder.file("surat.txt")
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        _ = try replica.attach(dossier, path: path, isInternal: false, by: author)
        var outcome = OutcomeDraft(name: "done")
        outcome.edits = [.set(document: "request", field: "subject", value: "Aplikasi arsip")]
        _ = try replica.recordOutcome(dossier, outcome, by: author)
        let view = try replica.view(dossier)
        #expect(view.history.count == 6 && view.history.items.allSatisfy(\.isSigned))
        #expect(view.state.procedure.open.map(\.step) == ["2"])
        #expect(view.missingFiles.isEmpty && view.missingCount == 0)
        #expect(try replica.markFault() == nil)
        try checkRows(replica, dossier)
        #expect(try replica.rebuild { _, _ in }.isIdentical)
    }

    @Test func whatIsRefusedWhileItIsRehearsedLeavesNothing() throws {
        let city = try TestCity()
        let dossier = try twins(city).large
        let replica = try opened(city.opd)
        var outcome = OutcomeDraft(name: "done")
        outcome.edits = [.set(document: "request", field: "subject", value: "x")]
        outcome.options.role = "it.king"
        #expect(throws: NodeFailure.self) {
            _ = try replica.recordOutcome(dossier, outcome, by: try city.opd.author("kaopd"))
        }
        #expect(try replica.view(dossier).history.count == 2)
        try checkRows(replica, dossier)
    }

    /// Another process takes the write lock while an act is composed and folded; in a small dossier it would wait.
    @Test func othersWriteWhileALargeDossierIsWorkedOn() throws {
        let city = try TestCity()
        let (other, dossier) = try twins(city)
        let (replica, neighbour) = (try opened(city.opd), try Replica.open(city.opd.replica.folder))
        let author = try city.opd.author("kaopd")
        var count = 0
        let change = try replica.write(dossier, by: author) { _, _, fields in
            count += 1
            _ = try neighbour.comment(other, "di tempat lain", isInternal: false, by: author)
            let value = fields.commit(.text("di sini"), audience: .all)
            fields.add(Code.comment, [(1, value.item)])
        }
        // Another dossier is no reason to begin again.
        #expect(count == 1)
        #expect(try replica.view(dossier).history.items.last?.id == change.id)
        #expect(try replica.view(other).history.count == 3)
        try checkRows(replica, dossier)
    }

    /// What changes the ground of a rehearsal: the dossier itself, or the registry.
    @Test(arguments: [1, 2, 3], [false, true])
    func anActIsWorkedOutAgainWhereItsGroundChanged(times: Int, isRegistry: Bool) throws {
        let city = try TestCity()
        let dossier = try twins(city).large
        let (replica, neighbour) = (try opened(city.opd), try Replica.open(city.opd.replica.folder))
        let author = try city.opd.author("kaopd")
        var count = 0
        func write() throws -> ChangeSet {
            try replica.write(dossier, by: author) { _, _, fields in
                count += 1
                if count <= times {
                    if isRegistry {
                        try city.opd.grant(author.key.person, "applicant.staff")
                    } else {
                        _ = try neighbour.comment(dossier, "lebih dahulu", isInternal: false, by: author)
                    }
                }
                let value = fields.commit(.text("di sini"), audience: .all)
                fields.add(Code.comment, [(1, value.item)])
            }
        }
        if times < 3 {
            let change = try write()
            #expect(count == times + 1)
            let items = try replica.view(dossier).history.items
            #expect(items.last?.id == change.id && items.count == 3 + (isRegistry ? 0 : times))
            #expect(items.map(\.seq) == Array(0..<UInt64(items.count)))
        } else {
            let failure = #expect(throws: NodeFailure.self) { _ = try write() }
            guard case .changedMeanwhile(_, attempts: 3)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(try replica.view(dossier).history.count == 2 + (isRegistry ? 0 : times))
        }
        try checkRows(replica, dossier)
    }

    /// At its steps a dossier is written in; one step beyond them nobody signs, whether its fold is small or not.
    @Test(arguments: [false, true]) func nobodySignsBeyondTheSteps(isLarge: Bool) throws {
        let city = try TestCity()
        let (first, second) = try twins(city)
        let author = try city.opd.author("kaopd")
        _ = try city.opd.replica.comment(first, "dua", isInternal: false, by: author)
        let needed = try steps(city.opd.replica, first)
        let small = isLarge ? DossierBudget(changeCount: 1, byteCount: 1 << 20) : .small
        let tight = try opened(city.opd, small: small, steps: needed - 1)
        let failure = #expect(throws: NodeFailure.self) {
            _ = try tight.comment(second, "dua", isInternal: false, by: author)
        }
        guard case .heldBack(_, reason: "steps", let found, let allowed)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(found >= needed && allowed == needed - 1)
        #expect(try tight.view(second).history.count == 2)
        let exact = try opened(city.opd, small: small, steps: needed)
        _ = try exact.comment(second, "dua", isInternal: false, by: author)
        #expect(try exact.view(second).history.count == 3)
        try checkRows(exact, second)
    }

    /// A fold of few change sets and many steps is no small one: it leaves the lock.
    @Test func aDearFoldOfFewChangeSetsLeavesTheLock() throws {
        let city = try TestCity()
        let (first, second) = try twins(city)
        let author = try city.opd.author("kaopd")
        _ = try city.opd.replica.comment(first, "dua", isInternal: false, by: author)
        let needed = try steps(city.opd.replica, first)
        func small(_ steps: Int) -> DossierBudget {
            DossierBudget(changeCount: 512, byteCount: 131_072, stepCount: steps)
        }
        let exact = try opened(city.opd, small: small(needed))
        _ = try exact.comment(second, "dua", isInternal: false, by: author)
        #expect(try !isSlow(exact, second))
        let third = try twins(city).large
        let tight = try opened(city.opd, small: small(needed - 1))
        _ = try tight.comment(third, "dua", isInternal: false, by: author)
        #expect(try isSlow(tight, third))
        #expect(try tight.view(third).history.count == 3)
        try checkRows(tight, third)
    }

    /// The same of what a peer sends: at the steps of a small fold it is folded as it comes, beyond them marked.
    @Test func aDearFoldThatArrivesIsMarked() async throws {
        let city = try TestCity()
        let (first, second) = try twins(city)
        let entries = try city.opd.replica.bundle(of: [city.units.opd]).entries
        try await city.hub.replica.ingest(entries: Array(entries.dropFirst()), blobs: [])
        func send(_ dossier: DossierID, _ count: Int, to replica: Replica) async throws {
            let items = try city.opd.replica.view(dossier).history.items.prefix(count)
            _ = try await replica.store([(dossier, items.compactMap { Verified(checking: $0) }, [])])
        }
        try await send(first, 2, to: city.hub.replica)
        let needed = try steps(city.hub.replica, first)
        for (most, marked) in [(needed, 0), (needed - 1, 1)] {
            let hub = try opened(
                city.hub, small: DossierBudget(changeCount: 512, byteCount: 131_072, stepCount: most))
            let dossier = marked == 0 ? second : try twins(city).large
            try await send(dossier, 2, to: hub)
            #expect(try hub.store.read { try $0.slowCount() } == marked)
            try hub.refold()
            #expect(
                try hub.store.read { try $0.row(of: dossier)?.stateHash }
                    == city.opd.replica.view(dossier).state.hash)
            try checkRows(hub, dossier)
        }
    }

    private func isSlow(_ replica: Replica, _ dossier: DossierID) throws -> Bool {
        try replica.store.read { reader in
            let number = try #require(try reader.number(of: dossier))
            return try reader.isSlow(number)
        }
    }
}
