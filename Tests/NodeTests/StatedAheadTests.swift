import Dossier
import Envelope
import History
import Registry
import Store
import TestSupport
import Testing

@testable import Node

/// A time that somebody states far ahead puts a dossier first in no list for ever.
@Suite struct StatedAheadTests {
    @Test func itCountsUntilAnotherGoesOnFromIt() throws {
        let world = try TestWorld()
        let (opd, it) = (try world.unit("OPD", kind: "applicant"), try world.unit("IT", kind: "it_agency"))
        let head = try world.person(opd, "Kepala", roles: ["applicant.head"])
        let field = try world.person(it, "Kabid", roles: ["it.field_head"])
        var dossier = try TestDossier(
            world, definition: try world.publish(TestDefinitions.small), parties: [("applicant", opd), ("it", it)],
            by: head)
        func updated() -> UInt64 {
            DossierRecord(
                state: dossier.state, history: dossier.history, registry: world.registry, openings: [:]
            ).updated
        }
        let ahead = HistoryLimits.integerBound - 1
        try dossier.write([TestDossier.set("x", .text("1"))], by: field, at: ahead)
        #expect(updated() == ahead)
        try dossier.write([TestDossier.set("x", .text("2"))], by: head)
        #expect(updated() == world.clock)
    }
}
