import ArgumentParser
import Envelope
import Node
import Registry
import Store

struct MandateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mandate", abstract: "Roles of persons, with term, capacity and instrument.",
        subcommands: [Grant.self, List.self])

    static let capacities = ["definitif", "plt", "plh", "an", "ub"]
    /// From when a mandate holds where nobody says it.
    static let standardStart = "2020-01-01"

    struct Grant: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant",
            abstract: "Grant a role to a person of this unit.",
            discussion: """
                Examples:
                  mufakat mandate grant kadis --role it.head --instrument "SK 800/12/2026" --title "Kepala Dinas"
                  mufakat mandate grant sekretaris --role it.head --capacity plh --from 2026-03-01 --until 2026-04-01 \\
                    --instrument "SP 094/33/2026" --title "Plh. Kepala Dinas"
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Key, certificate name or number of the person.") var person: String
        @Option(help: "Role of the procedures, for example it.head.") var role: String
        @Option(help: "definitif, plt, plh, an or ub.") var capacity = "definitif"
        @Option(help: "First day (YYYY-MM-DD).") var from = MandateCommand.standardStart
        @Option(help: "First day after the term (YYYY-MM-DD).") var until: String?
        @Option(help: "Number of the decree or order.") var instrument: String
        @Option(help: "Position as the office writes it.") var title: String?

        func run() throws {
            let replica = try global.open()
            guard let capacity = MandateCommand.capacities.firstIndex(of: capacity).map({ UInt64($0) }),
                let level = Mandate.Capacity(rawValue: capacity)
            else {
                throw NodeFailure.badValue(
                    field: "--capacity", value: self.capacity,
                    expected: MandateCommand.capacities.joined(separator: " | "))
            }
            guard let start = TimeText.milliseconds(from) else {
                throw NodeFailure.badValue(field: "--from", value: from, expected: "YYYY-MM-DD")
            }
            var end: UInt64?
            if let until {
                guard let day = TimeText.milliseconds(until) else {
                    throw NodeFailure.badValue(field: "--until", value: until, expected: "YYYY-MM-DD")
                }
                end = day
            }
            let draft = Replica.MandateDraft(
                person: try replica.person(named: person), role: role, from: start, until: end, capacity: level,
                instrument: instrument, title: title)
            let entry = try replica.grant(draft, by: try signer.authority(replica))
            Output.identity(entry.raw, global, kind: "mandate")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List mandates that this replica knows.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let replica = try global.open()
            let (registry, _) = try replica.current()
            let language = global.language
            var rows:
                [(
                    id: String, unit: String, role: String, capacity: String, title: String, instrument: String,
                    ended: Bool
                )] = []
            for unit in registry.unitIDs {
                for id in registry.mandates(of: unit) {
                    guard case .mandate(let mandate)? = registry.entry(id)?.body else { continue }
                    rows.append(
                        (
                            id: id.hex, unit: replica.name(of: unit, registry), role: mandate.role,
                            capacity: MandateCommand.capacities[Int(mandate.capacity.rawValue)],
                            title: replica.text(mandate.title) ?? "",
                            instrument: replica.text(mandate.instrument) ?? "",
                            ended: !registry.revocations(of: id).isEmpty
                        ))
                }
            }
            if global.json {
                Terminal.json(
                    rows.map {
                        [
                            "id": $0.id, "unit": $0.unit, "role": $0.role, "capacity": $0.capacity, "title": $0.title,
                            "instrument": $0.instrument, "ended": $0.ended,
                        ] as [String: Any]
                    })
                return
            }
            Terminal.table(
                [
                    "Id", Catalogue.unit.text(language), Catalogue.role.text(language), "",
                    Catalogue.title.text(language), "",
                ],
                rows.map {
                    [
                        String($0.id.prefix(8)), $0.unit, $0.role, $0.capacity, $0.title,
                        $0.instrument + ($0.ended ? " †" : ""),
                    ]
                })
        }
    }
}
