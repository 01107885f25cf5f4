import Dossier
import Envelope
import History
import Node
import Procedure
import TestSupport
import Testing

/// Which instance an act names hangs on what has effect, never on what somebody wrote beside it (Protocol 4 §2.5).
@Suite struct InstanceTests {
    let city: TestCity
    let dossier: DossierID
    let (head, other): (Author, Author)

    /// One person walks all steps; step 3 gives the record in every round. Another one has a key and no mandate.
    private static let rounds = Array(
        String(decoding: TestDefinitions.small, as: UTF8.self)
            .replacing("\"id\": \"uji.kecil\"", with: "\"id\": \"uji.putaran\"")
            .replacing("\"by\": [\"it.field_head\", \"it.head\"]", with: "\"by\": [\"applicant.head\"]")
            .replacing(
                ",\n             \"sign\": {\"need\": [\"it.field_head\", \"applicant.head\"], \"rule\": \"all\"}",
                with: ""
            )
            .replacing("\"ask\": [\"findings\"], \"gives\": [], ", with: "\"ask\": [\"reason\"], ")
            .utf8)

    init() throws {
        city = try TestCity()
        _ = try city.hub.replica.publish(Self.rounds, root: try city.hub.signer("network"))
        _ = try city.opd.replica.join(try city.hub.replica.joinFile(for: city.units.opd), path: "undangan")
        try city.opd.person("staf", roles: [])
        (head, other) = (try city.opd.author("kaopd"), try city.opd.author("staf"))
        dossier = try city.opd.replica.open(
            definition: "uji.putaran", parties: [("applicant", city.units.opd), ("it", city.units.it)],
            title: "Aplikasi",
            by: head)
    }

    @discardableResult
    private func write(_ document: String, _ instance: Int?, _ value: String, by author: Author) throws -> DossierView {
        let field = document == "request" ? "subject" : "result"
        _ = try city.opd.replica.edit(
            dossier, [.set(document: document, field: field, value: value)], instance: instance, by: author)
        return try city.opd.replica.view(dossier)
    }

    @discardableResult
    private func step(_ name: String, _ instances: InstanceChoice = InstanceChoice()) throws -> [Int] {
        var outcome = OutcomeDraft(name: name)
        if name == "belum" { outcome.reason = "belum" }
        outcome.options.instances = instances
        let change = try city.opd.replica.recordOutcome(dossier, outcome, by: head)
        let view = try city.opd.replica.view(dossier)
        let index = try #require(view.history.index(of: change.id))
        #expect(view.state.verdict(onAct: index) == .effective)
        guard case .outcome(let act)? = view.state.acts.first(where: { $0.item == index })?.act.body else { return [] }
        return act.documents.map(\.instance)
    }

    @Test func whatSomebodyElseWroteMovesNothing() throws {
        try write("request", 65_535, "sampah", by: other)
        let view = try write("request", nil, "Aplikasi", by: head)
        #expect(view.state.instances(of: "request") == [1, 65_535])
        #expect(view.latestInstance("request") == 1 && view.currentInstance("request") == 1)
        #expect(try step("done") == [1])
        #expect(try city.opd.replica.view(dossier).latestInstance("request") == 1)
    }

    @Test(arguments: [0, -1, 65_536, Int.max])
    func whatNoActCanNameIsRefused(_ instance: Int) throws {
        #expect(throws: NodeFailure.self) { try write("request", instance, "x", by: other) }
        #expect(try write("request", 65_535, "x", by: other).state.instances(of: "request") == [65_535])
    }

    @Test func aRoundTakesTheSmallestThatNothingInEffectNames() throws {
        try write("request", nil, "Aplikasi", by: head)
        try step("done")
        for round in 1...2 {
            try write("record", 65_535, "\(round)", by: other)
            try step("perlu")
            try write("record", nil, "hasil \(round)", by: head)
            #expect(try step("belum") == [round])
        }
        try step("perlu")
        // Somebody fills the next one with something else: another can be asked for, and is the latest then.
        try write("record", 3, "sampah", by: other)
        try write("record", 9, "hasil 3", by: head)
        #expect(try step("belum", InstanceChoice(9)) == [9])
        var view = try city.opd.replica.view(dossier)
        #expect(view.latestInstance("record") == 9 && view.currentInstance("record") == 9)
        try step("perlu")
        view = try city.opd.replica.view(dossier)
        #expect(view.instanceToWrite("record") == 3)
    }

    @Test func aRefusalNamesTheInstancesThereAre() throws {
        try write("request", 7, "x", by: head)
        do {
            try step("done", InstanceChoice(8))
            Issue.record("nobody wrote it")
        } catch NodeFailure.unknownInstance(let document, let instance, let known) {
            #expect(document == "request" && instance == 8 && known == [7])
        }
        #expect(try step("done", InstanceChoice(7)) == [7])
    }
}
