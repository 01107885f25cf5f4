import ArgumentParser
import Authority
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium
import Store

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List dossiers, the latest first.",
        discussion: "Examples:\n  mufakat list\n  mufakat list --overdue\n  mufakat list --status contested --json")
    @OptionGroup var global: GlobalOptions
    @Option(help: "At most so many.") var limit = 50
    @Option(help: "active, waiting, contested, completed…") var status: String?
    @Flag(help: "Only those with a step that is overdue.") var overdue = false

    func run() throws {
        let replica = try global.open()
        let times = try replica.times()
        if overdue {
            var filter = RegisterFilter()
            (filter.isOverdue, filter.status) = (true, status)
            let found = try replica.register(filter).entries.map(\.row).reversed()
            Rows.print(Array(found.prefix(max(1, limit))), times, global, more: max(0, found.count - max(1, limit)))
            return
        }
        let (rows, count) = try replica.store.read { reader in
            (try reader.dossiers(limit: max(1, limit), status: status), try reader.dossierCount())
        }
        Rows.print(rows, times, global, more: status == nil ? count - rows.count : 0)
    }
}

/// Listings of dossiers.
enum Rows {
    static func object(_ row: DossierRow, _ times: inout Times) -> [String: Any] {
        var object = object(row)
        if let timeline = row.timeline, timeline.ended == nil, let next = times.next(timeline) {
            object["due"] = DueText.object(next).merging(["step": next.step.step]) { first, _ in first }
        }
        return object
    }

    private static func object(_ row: DossierRow) -> [String: Any] {
        [
            "id": row.id.hex, "title": row.title, "procedure": row.procedure, "status": row.status,
            "titleErased": row.titleBasis ?? "",
            "steps": row.steps.split(separator: " ").map(String.init), "changes": row.changeCount,
            "stateHash": row.stateHash.hex, "updated": row.updated, "stale": row.isStale,
            "held": row.isHeld,
        ]
    }

    static func title(_ row: DossierRow, _ language: Language) -> String {
        row.titleBasis.map { Catalogue.erased.text(language, $0) } ?? row.title
    }

    /// When the open step that is due first is due.
    static func due(_ row: DossierRow, _ times: inout Times, _ language: Language) -> String {
        guard let timeline = row.timeline, timeline.ended == nil else { return "" }
        return DueText.short(times.next(timeline), language)
    }

    static func print(_ rows: [DossierRow], _ times: Times, _ global: GlobalOptions, more: Int) {
        var times = times
        if global.json {
            Terminal.json(rows.map { object($0, &times) })
            return
        }
        let language = global.language
        guard !rows.isEmpty else {
            Terminal.note(Catalogue.nothing.text(language))
            return
        }
        Terminal.table(
            [
                Catalogue.dossier.text(language), Catalogue.statusWord.text(language), Catalogue.step.text(language),
                Catalogue.due.text(language), Catalogue.changed.text(language), Catalogue.title.text(language),
            ],
            rows.map {
                [
                    String($0.id.hex.prefix(8)),
                    Output.status($0.status, language) + ($0.isStale ? "*" : "") + ($0.isHeld ? "!" : ""), $0.steps,
                    due($0, &times, language), TimeText.text($0.updated, zone: ""), title($0, language),
                ]
            })
        if more > 0 { Terminal.note(Catalogue.more.text(language, "\(more)")) }
        noteStale(rows.contains(where: \.isStale), language)
        if rows.contains(where: \.isHeld) { Terminal.note(Catalogue.heldRows.text(language)) }
    }

    /// Rows with a star are not yet what the fold says.
    static func noteStale(_ isAny: Bool, _ language: Language) {
        if isAny { Terminal.note(Catalogue.stale.text(language)) }
    }
}

struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find dossiers by words in them.",
        discussion: "Every word has to occur; signs are ignored.\nExample:\n  mufakat search arsip digital")
    @OptionGroup var global: GlobalOptions
    @Option(help: "At most so many.") var limit = 50
    @Argument(help: "Words.") var words: [String]

    func run() throws {
        let text = words.joined(separator: " ")
        let replica = try global.open()
        let rows = try replica.store.read { try $0.search(text, limit: max(1, limit)) }
        Rows.print(rows, try replica.times(), global, more: 0)
    }
}

struct MineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mine", abstract: "What waits for a person of this replica.",
        discussion: "Example:\n  mufakat mine --as kadis")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions

    func run() throws {
        let replica = try global.open()
        let (registry, identity) = try replica.current(.own)
        guard let unit = identity.unit else { throw NodeFailure.noNetwork }
        let persons = try replica.keys.files([.device]).filter { signer.name == nil || $0.name == signer.name }
            .map { try replica.person(of: $0) }
        var roles: [String] = []
        let now = Clock.now
        for id in registry.mandates(of: unit) {
            guard case .mandate(let mandate)? = registry.entry(id)?.body, mandate.holds(at: now),
                persons.contains(mandate.person), !roles.contains(mandate.role)
            else { continue }
            roles.append(mandate.role)
        }
        let today = CivilDay.text(CivilDay.day(milliseconds: now, zone: ""))
        // A removal is proposed from its day on.
        let tasks = try replica.store.read { try $0.tasks(unit: unit, roles: roles) }.filter { item in
            item.task.kind != "remove" || !today.utf8.lexicographicallyPrecedes(item.task.step.utf8)
        }
        SettlementText.announce(try replica.dueSettlement(), replica, global)
        var times = try replica.times()
        if global.json {
            Terminal.json(
                tasks.map { item in
                    var object: [String: Any] = [
                        "dossier": item.row.id.hex, "title": item.row.title, "step": item.task.step,
                        "role": item.task.role, "kind": item.task.kind, "stale": item.row.isStale,
                    ]
                    if let time = Self.time(item, &times) { object["time"] = DueText.object(time) }
                    return object
                })
            return
        }
        let language = global.language
        guard !tasks.isEmpty else {
            Terminal.note(Catalogue.nothing.text(language))
            return
        }
        Terminal.table(
            [
                Catalogue.dossier.text(language), Catalogue.step.text(language), Catalogue.task.text(language),
                Catalogue.role.text(language), Catalogue.due.text(language), Catalogue.title.text(language),
            ],
            tasks.map {
                [
                    String($0.row.id.hex.prefix(8)) + ($0.row.isStale ? "*" : ""), $0.task.step,
                    Catalogue.taskKinds[$0.task.kind]?.text(language) ?? $0.task.kind, $0.task.role,
                    DueText.short(Self.time($0, &times), language), Rows.title($0.row, language),
                ]
            })
        Rows.noteStale(tasks.contains { $0.row.isStale }, language)
    }

    /// The time of the open step that a task is about.
    private static func time(
        _ item: (row: DossierRow, task: DossierRecord.Task), _ times: inout Times
    ) -> StepTime? {
        guard item.task.kind != "remove", let timeline = item.row.timeline else { return nil }
        return timeline.openSteps.first { $0.step == item.task.step }.map { times.facts($0, in: timeline) }
    }
}

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a dossier.", discussion: "Example:\n  mufakat show 3fa1")
    @OptionGroup var global: GlobalOptions
    @Argument(help: "Dossier.") var dossier: String

    func run() throws {
        let replica = try global.open()
        let view = try replica.view(try replica.dossier(dossier))
        let times = try replica.times()
        if global.json {
            Terminal.json(ViewObject.object(view, times))
        } else {
            ViewText.print(view, times, global.language)
            if let held = try replica.held(view.id) { Terminal.note(ReserveText.line(held, global.language)) }
        }
    }
}

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the change sets of a dossier.",
        discussion: "Example:\n  mufakat history 3fa1 --json")
    @OptionGroup var global: GlobalOptions
    @Argument(help: "Dossier.") var dossier: String

    func run() throws {
        let replica = try global.open()
        let view = try replica.view(try replica.dossier(dossier))
        let order = view.history.canonicalOrder
        let late = Set(view.lateEdits)
        if global.json {
            Terminal.json(order.map { ViewObject.change($0, view, isLate: late.contains($0)) })
            return
        }
        let language = global.language
        let acts = view.acts
        var words: [Int: String] = [:]
        for index in order where acts.isAct(index) || !view.state.verdicts[index].isAuthorised {
            words[index] = EffectWords.short(acts.line(index), isAct: acts.isAct(index), language)
        }
        for index in order where late.contains(index) {
            words[index] = Message("setelah berkas ditutup", "after the dossier was closed").text(language)
        }
        Terminal.table(
            [
                "Id", Catalogue.stated.text(language), Catalogue.unit.text(language), Catalogue.author.text(language),
                Catalogue.what.text(language), Catalogue.effect.text(language),
            ],
            order.map { index in
                let item = view.history.items[index]
                return [
                    String(item.id.hex.prefix(8)), TimeText.text(item.at.milliseconds, zone: item.at.zone),
                    view.state.verdicts[index].unit.map { view.unitName($0) } ?? "", view.authorName(of: index),
                    (item.operations.map { ViewObject.kind($0) }
                        + view.erasedBases(in: index).map { Catalogue.erased.text(language, $0) }).joined(
                            separator: ", "),
                    words[index] ?? "",
                ]
            })
    }
}
