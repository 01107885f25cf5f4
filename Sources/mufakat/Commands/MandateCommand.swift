import ArgumentParser
import Dossier
import Envelope
import Node
import Procedure
import Registry
import Sodium
import Store

struct MandateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mandate", abstract: "Roles of persons, with term, capacity and instrument.",
        subcommands: [Grant.self, Replace.self, List.self])

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

    struct Replace: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replace",
            abstract: "Grant a mandate anew under another title, decree or role, and end the old one.",
            discussion: """
                For a renamed post or a new decree: the person, the term and everything signed stay as they are.
                Example:
                  mufakat mandate replace 5b20 --title "Kepala Dinas Kominfo dan Persandian" --instrument "SK 5/2026"
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "Mandate, by the beginning of its id.") var mandate: String
        @Option(help: "Position as the office writes it.") var title: String?
        @Option(help: "Number of the decree or order.") var instrument: String
        @Option(help: "Another role of the procedures.") var role: String?

        func run() throws {
            let replica = try global.open()
            let old = try replica.entry(prefix: mandate)
            let author = try signer.administrator(replica, global)
            let entry = try replica.replaceMandate(
                old, title: title, instrument: instrument, role: role, by: author)
            Output.identity(entry.raw, global, kind: "mandate")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List mandates that this replica knows.",
            discussion: "Examples:\n  mufakat mandate list\n  mufakat mandate list --as-of 2026-03-05 --json")
        @OptionGroup var global: GlobalOptions
        @Option(help: "Only those that held on this day (YYYY-MM-DD).") var asOf: String?
        @Option(help: "Only those of this unit.") var unit: String?

        private struct Line {
            let id: EntryID
            let unit: UnitID
            let mandate: Mandate
            /// The earliest effective time of a revocation that stands.
            let ended: UInt64?
        }

        func run() throws {
            let replica = try global.open()
            let (registry, _) = try replica.current()
            let only = try unit.map { try replica.unit(named: $0) }
            let time = try asOf.map { try DayText.milliseconds($0, "--as-of") }
            let lines = registry.unitIDs.filter { only == nil || $0 == only }.flatMap { unit in
                registry.mandates(of: unit).compactMap { line($0, unit, registry) }
            }.filter { line in
                guard let time else { return true }
                return line.mandate.holds(at: time) && line.ended.map { time < $0 } ?? true && registry.stands(line.id)
            }
            if global.json { return Terminal.json(lines.map { object($0, replica, registry) }) }
            print(lines, replica, registry)
        }

        private func line(_ id: EntryID, _ unit: UnitID, _ registry: Registry) -> Line? {
            guard case .mandate(let mandate)? = registry.entry(id)?.body else { return nil }
            let ends = registry.standingRevocations(of: id).compactMap { revocation -> UInt64? in
                guard case .revoke(let body)? = registry.entry(revocation)?.body else { return nil }
                return body.effective
            }
            return Line(id: id, unit: unit, mandate: mandate, ended: ends.min())
        }

        private func object(_ line: Line, _ replica: Replica, _ registry: Registry) -> [String: Any] {
            var object: [String: Any] = [
                "id": line.id.hex, "unit": replica.name(of: line.unit, registry), "role": line.mandate.role,
                "capacity": MandateCommand.capacities[Int(line.mandate.capacity.rawValue)],
                "title": replica.text(line.mandate.title, in: line.id, registry) ?? "",
                "instrument": replica.text(line.mandate.instrument, in: line.id, registry) ?? "",
                "ended": line.ended != nil,
                "from": line.mandate.from, "person": Hexadecimal.encode(line.mandate.person.bytes),
                "stands": registry.stands(line.id),
            ]
            if let until = line.mandate.until { object["until"] = until }
            if let ended = line.ended { object["endedFrom"] = ended }
            return object
        }

        private func print(_ lines: [Line], _ replica: Replica, _ registry: Registry) {
            let language = global.language
            // The last day of the term, as an office writes it.
            func day(_ time: UInt64?, isExclusive: Bool = false) -> String {
                guard let time, time > 0 else { return "" }
                return CivilDay.text(CivilDay.day(milliseconds: isExclusive ? time - 1 : time, zone: ""))
            }
            Terminal.table(
                [
                    "Id", Catalogue.unit.text(language), Catalogue.role.text(language),
                    Message("Kapasitas", "Capacity").text(language), Message("Mulai", "From").text(language),
                    Message("Sampai", "To").text(language), Catalogue.title.text(language),
                    Message("Surat", "Instrument").text(language),
                ],
                lines.map { line in
                    let end = [line.mandate.until, line.ended].compactMap { $0 }.min()
                    return [
                        String(line.id.hex.prefix(8)), replica.name(of: line.unit, registry), line.mandate.role,
                        MandateCommand.capacities[Int(line.mandate.capacity.rawValue)], day(line.mandate.from),
                        day(end, isExclusive: true), replica.text(line.mandate.title, in: line.id, registry) ?? "",
                        (replica.text(line.mandate.instrument, in: line.id, registry) ?? "")
                            + (line.ended == nil ? "" : " †"),
                    ]
                })
        }
    }
}
