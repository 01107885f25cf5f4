import Authority
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium
import Store
import TestSupport
import Testing

/// A vendor whose access was ended, over a real socket.
@Suite struct RemovedPartyTests {
    @Test func whatItSignedOfflineIsTakenAndItLearnsNothingMore() async throws {
        let city = try TestCity()
        let vendor = try TestOffice()
        let unit = try TestCity.join(vendor, city.hub, name: "Penyedia", kind: "vendor")
        try vendor.person("direktur", roles: ["vendor.head"])
        let dossier = try city.opd.replica.open(
            definition: "uji.kecil", parties: [("applicant", city.units.opd), ("it", city.units.it)],
            title: "Aplikasi", by: try city.opd.author("kaopd"))
        func meet(_ office: TestOffice) async throws -> Bool {
            try await serving(city.hub) { port in
                let report = try await office.channel().synchronise(host: "127.0.0.1", port: port)
                #expect(report.refusals.isEmpty)
                return report.areEqual
            }
        }
        #expect(try await meet(city.opd))
        let kadis = try city.hub.author("kadis")
        _ = try city.hub.replica.bind(dossier, slot: "authority", unit, options: ActOptions(), by: kadis)
        #expect(try await meet(vendor))
        let director = try vendor.author("direktur")
        _ = try vendor.replica.comment(dossier, "Sebelum", isInternal: false, by: director)
        #expect(try await meet(vendor))
        // Offline, while the other two remove it.
        let offline = try vendor.replica.comment(dossier, "Luring", isInternal: false, by: director)
        let options = ActOptions()
        #expect(
            try !city.hub.replica.unbind(dossier, unit, reason: "Kontrak berakhir", options: options, by: kadis)
                .isComplete)
        #expect(try await meet(city.opd))
        let head = try city.opd.author("kaopd")
        #expect(try city.opd.replica.unbind(dossier, unit, reason: nil, options: options, by: head).isComplete)
        #expect(try await meet(city.opd))
        let later = try city.hub.replica.comment(dossier, "Sesudah", isInternal: false, by: kadis)
        // It learns of its removal, hands over what it signed, and sees nothing of what came later.
        #expect(try await meet(vendor))
        let theirs = try vendor.replica.view(dossier)
        #expect(theirs.state.procedure.removed == [unit.raw])
        #expect(!theirs.history.contains(later.id))
        let ours = try city.hub.replica.view(dossier)
        let index = try #require(ours.history.index(of: offline.id))
        #expect(ours.state.verdicts[index].reason?.rawValue == "removed")
        #expect(ours.state.comments.count == 2)
        // The others accept it: nothing was lost.
        _ = try city.hub.replica.draw(
            Code.accept, ending: ours.state.verdicts[index].endings[0].id, tip: offline.id, in: dossier,
            by: try city.hub.author("root"))
        #expect(try city.hub.replica.view(dossier).state.comments.count == 3)
        // Again: nothing more passes, and both say so.
        #expect(try await meet(vendor))
        #expect(try !vendor.replica.view(dossier).history.contains(later.id))
        #expect(try city.hub.replica.rebuild { _, _ in }.isIdentical)
    }

    /// Change sets name entries of every unit that the dossier names, with access or without: what has to be held of the
    /// registry goes along in every scope, or the receiver could not take them.
    @Test func whatItsActsNameOfTheRegistryGoesAlong() async throws {
        let city = try TestCity()
        let vendor = try TestOffice()
        let unit = try TestCity.join(vendor, city.hub, name: "Penyedia", kind: "vendor")
        try vendor.person("direktur", roles: ["vendor.head"])
        let dossier = try city.open()
        func meet(_ office: TestOffice) async throws -> Bool {
            try await serving(city.hub) { port in
                let report = try await office.channel().synchronise(host: "127.0.0.1", port: port)
                #expect(report.refusals.isEmpty)
                return report.areEqual
            }
        }
        #expect(try await meet(vendor))
        #expect(try await meet(city.opd))
        // Bound after the OPD's last visit, and out again before the next.
        let kadis = try city.hub.author("kadis")
        let options = ActOptions()
        _ = try city.hub.replica.bind(dossier, slot: "authority", unit, options: options, by: kadis)
        #expect(try await meet(city.opd))
        #expect(try await meet(vendor))
        #expect(try city.opd.replica.view(dossier).registry.mandates(of: unit).count == 1)
        _ = try city.hub.replica.unbind(dossier, unit, reason: "Selesai", options: options, by: kadis)
        #expect(try await meet(city.opd))
        // The removal names an entry that the vendor lacks.
        try city.opd.person("baru", roles: ["applicant.staff"])
        #expect(
            try city.opd.replica.unbind(
                dossier, unit, reason: nil, options: options, by: try city.opd.author("kaopd")
            ).isComplete)
        #expect(try await meet(city.opd))
        #expect(try await meet(vendor))
        #expect(try vendor.replica.view(dossier).state.procedure.removed == [unit.raw])
        // The unit that was removed appoints somebody, and the hub's next act names that.
        try vendor.person("pengganti", roles: ["vendor.staff"])
        #expect(try await meet(vendor))
        let later = try city.hub.replica.comment(dossier, "Sesudah", isInternal: false, by: kadis)
        #expect(try await meet(city.opd))
        #expect(try city.opd.replica.view(dossier).history.contains(later.id))
        #expect(try city.hub.replica.rebuild { _, _ in }.isIdentical)
    }
}
