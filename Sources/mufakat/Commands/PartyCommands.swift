import ArgumentParser
import Dossier
import Envelope
import History
import Node
import Procedure
import Registry
import Sodium

struct PartyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "party", abstract: "Parties of a dossier: bind, remove, end of access.",
        subcommands: [Bind.self, Remove.self, Until.self, List.self])

    struct Bind: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "bind",
            abstract: "Bind a unit to a slot that no step binds, or again after a removal.",
            discussion: "Example:\n  mufakat party bind 3fa1 authority 9c1d --as kadis")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var act: ActArguments
        @Argument(help: "Dossier.") var dossier: String
        @Argument(help: "Slot.") var slot: String
        @Argument(help: "Unit.") var unit: String

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            let change = try replica.bind(
                id, slot: slot, try replica.unit(named: unit), options: try act.options(),
                by: try signer.author(replica, global.language))
            Output.change(change.id, id, global)
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Remove a party: two units sign, the second by the same command. The own unit leaves at once.",
            discussion: """
                What both had before them keeps its effect; what comes later has none until the others accept it.
                Example:
                  mufakat party remove 3fa1 "PT Contoh" --reason "Kontrak berakhir" --as kadis
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @OptionGroup var act: ActArguments
        @Argument(help: "Dossier.") var dossier: String
        @Argument(help: "Unit.") var unit: String
        @Option(help: "Reason.") var reason: String?

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            let (change, isComplete) = try replica.unbind(
                id, try replica.unit(named: unit), reason: reason, options: try act.options(),
                by: try signer.author(replica, global.language))
            let word =
                isComplete ? Message("dikeluarkan", "removed") : Message("menunggu unit kedua", "awaits a second unit")
            Output.change(change.id, id, global, status: word.text(global.language))
        }
    }

    struct Until: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "until",
            abstract: "State on which day the access of a party shall end; the removal is proposed from then on.",
            discussion: "Example:\n  mufakat party until 3fa1 vendor 2026-12-31 --as kadis")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Dossier.") var dossier: String
        @Argument(help: "Slot.") var slot: String
        @Argument(help: "Day (YYYY-MM-DD).") var date: String

        func run() throws {
            let replica = try global.open()
            let id = try replica.dossier(dossier)
            let change = try replica.setAccessEnd(
                id, slot: slot, date, by: try signer.author(replica, global.language))
            Output.change(change.id, id, global)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the parties of a dossier.",
            discussion: "Example:\n  mufakat party list 3fa1 --json")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Dossier.") var dossier: String

        func run() throws {
            let replica = try global.open()
            let view = try replica.view(try replica.dossier(dossier))
            let language = global.language
            var rows: [(slot: String, unit: UnitID?, until: String, state: String)] =
                view.state.procedure.bindings.map { binding in
                    let ends = view.state.values(Path.accessEnd(binding.slot), view.history).map { write in
                        if case .text(let date) = write.value { return date }
                        return ""
                    }
                    let state = binding.units.count > 1 ? "conflict" : binding.units.isEmpty ? "open" : "bound"
                    return (binding.slot, binding.unit.map { UnitID($0) }, ends.joined(separator: " | "), state)
                }
            rows += view.state.procedure.removed.map { ("", UnitID($0), "", "removed") }
            if global.json {
                Terminal.json(
                    rows.map {
                        [
                            "slot": $0.slot, "unit": $0.unit?.hex ?? "", "until": $0.until, "state": $0.state,
                            "name": $0.unit.map { view.unitName($0) } ?? "",
                        ]
                    })
                return
            }
            let words = [
                "bound": Message("terikat", "bound"), "open": Message("kosong", "open"),
                "conflict": Catalogue.conflict, "removed": Message("dikeluarkan", "removed"),
            ]
            Terminal.table(
                [
                    Catalogue.parties.text(language), Catalogue.statusWord.text(language),
                    Message("Sampai", "Until").text(language), Catalogue.unit.text(language),
                ],
                rows.map {
                    [$0.slot, words[$0.state]?.text(language) ?? "", $0.until, $0.unit.map { view.unitName($0) } ?? ""]
                })
        }
    }
}

struct UnitSuspendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend",
        abstract: "Suspend a unit: its keys open no connection, and its work has effect where others accept it.",
        discussion: "Example:\n  mufakat unit suspend \"PT Contoh\" --as network")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Unit.") var unit: String
    @Option(help: "Day from which it counts (YYYY-MM-DD); else now.") var from: String?

    func run() throws {
        let replica = try global.open()
        let time = try from.map { try DayText.milliseconds($0, "--from") } ?? Clock.now
        let body = EntryBody.suspend(Suspension(unit: try replica.unit(named: unit), from: time))
        let entry = try replica.appendToNetwork(body, root: try signer.authority(replica, [.network]))
        Output.identity(entry.raw, global, kind: "suspension")
    }
}

struct UnitLiftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lift", abstract: "End the suspension of a unit; what it signed meanwhile stays as it is.",
        discussion: "Example:\n  mufakat unit lift \"PT Contoh\" --as network")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Unit.") var unit: String

    func run() throws {
        let replica = try global.open()
        let (registry, _) = try replica.current()
        let unit = try replica.unit(named: unit)
        let standing = registry.suspensions(of: unit, in: registry.everything)
        guard !standing.isEmpty else { throw NodeFailure.unknownEntry(unit.hex) }
        let root = try signer.authority(replica, [.network])
        for suspension in standing {
            let entry = try replica.appendToNetwork(.lift(suspension: suspension), root: root)
            Output.identity(entry.raw, global, kind: "lift")
        }
    }
}

struct NetworkEnableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Enable a feature of the protocol for the whole network.",
        discussion:
            "Replicas too old for it show its dossiers read-only.\nExample:\n  mufakat network enable 1 --as network")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Number of the feature.") var feature: UInt64

    func run() throws {
        let replica = try global.open()
        let entry = try replica.appendToNetwork(
            .enable(feature: feature), root: try signer.authority(replica, [.network]))
        Output.identity(entry.raw, global, kind: "feature")
    }
}

struct NetworkArbiterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arbiter", abstract: "Name the unit that rules where nobody else may.",
        discussion: "Example:\n  mufakat network arbiter \"Sekretariat Daerah\" --as network")
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @Argument(help: "Unit.") var unit: String

    func run() throws {
        let replica = try global.open()
        let entry = try replica.appendToNetwork(
            .arbiter(unit: try replica.unit(named: unit)), root: try signer.authority(replica, [.network]))
        Output.identity(entry.raw, global, kind: "arbiter")
    }
}
