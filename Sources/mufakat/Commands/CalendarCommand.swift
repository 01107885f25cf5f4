import ArgumentParser
import Envelope
import Node
import Procedure
import Registry
import Sodium
import Store

struct CalendarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar", abstract: "Working-day calendars: published by the network, never edited.",
        discussion: "Example:\n  mufakat calendar list",
        subcommands: [List.self, Show.self, Validate.self, Publish.self])

    /// A file, or a national calendar that ships with the program, by its year.
    static func bytes(_ name: String) throws -> [UInt8] {
        if let shipped = ShippedCalendars.bytes(name) { return shipped }
        return try PrivateFile.readPublic(name, limit: 1 << 20)
    }

    static func object(_ calendar: WorkCalendar) -> [String: Any] {
        [
            "name": calendar.name, "id": calendar.id, "year": calendar.year, "version": calendar.version,
            "title": calendar.title, "decree": calendar.decree, "workdays": calendar.workdays ?? 0,
            "unit": calendar.unit?.hex ?? "", "zone": calendar.zone?.rawValue ?? "",
            "days": calendar.holidays.map {
                ["date": CivilDay.text($0.day), "kind": $0.kind.rawValue, "name": $0.name]
            },
        ]
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List published calendars.",
            discussion: "Example:\n  mufakat calendar list --json")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let calendars = try global.open().calendars().calendars.sorted { first, second in
                let (one, two) = (first.calendar, second.calendar)
                return one.name != two.name
                    ? one.name.utf8.lexicographicallyPrecedes(two.name.utf8) : one.version < two.version
            }
            if global.json {
                Terminal.json(
                    calendars.map { published in
                        CalendarCommand.object(published.calendar).merging(["entry": published.entry.hex]) {
                            first, _ in first
                        }
                    })
                return
            }
            let language = global.language
            guard !calendars.isEmpty else {
                Terminal.note(Catalogue.nothing.text(language))
                return
            }
            Terminal.table(
                [
                    Catalogue.calendar.text(language), Catalogue.version.text(language),
                    Catalogue.daysFree.text(language), Catalogue.title.text(language),
                ],
                calendars.map {
                    [$0.calendar.name, "\($0.calendar.version)", "\($0.calendar.holidays.count)", $0.calendar.title]
                })
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a published calendar: the latest version, or another.",
            discussion: "Example:\n  mufakat calendar show id.nasional/2026")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Name (mufakat calendar list).") var name: String
        @Option(help: "Version.") var version: Int?

        func run() throws {
            let found = try global.open().calendars().calendars.map(\.calendar).filter {
                $0.name == name && (version == nil || $0.version == version)
            }.max { $0.version < $1.version }
            guard let calendar = found else {
                throw NodeFailure.badValue(
                    field: "calendar", value: name + (version.map { " v\($0)" } ?? ""),
                    expected: "mufakat calendar list")
            }
            if global.json {
                Terminal.json(CalendarCommand.object(calendar))
                return
            }
            let language = global.language
            func line(_ text: String) { Terminal.print(Terminal.safe(text)) }
            line("\(calendar.name) \(Catalogue.version.text(language).lowercased()) \(calendar.version)")
            line(calendar.title)
            if !calendar.decree.isEmpty { line("\(Catalogue.decree.text(language)): \(calendar.decree)") }
            if let workdays = calendar.workdays {
                line(
                    Message("Minggu kerja {0} hari", "A week of {0} working days").text(language, "\(workdays)"))
            }
            if calendar.unit == nil {
                let days = CalendarShelf([PublishedCalendar(entry: .zero, calendar: calendar)]).workingDays(
                    id: calendar.id, unit: nil, zone: calendar.zone ?? .wib)
                let first = CivilDay.day(year: calendar.year, month: 1, day: 1)
                let count = days.count(
                    after: first - 1, through: CivilDay.day(year: calendar.year, month: 12, day: 31))
                line("\(Catalogue.workdaysWord.text(language)) \(calendar.year): \(count)")
            }
            for holiday in calendar.holidays {
                let kind = Catalogue.dayKinds[holiday.kind.rawValue]?.text(language) ?? holiday.kind.rawValue
                line("  \(CivilDay.text(holiday.day))  \(kind): \(holiday.name)")
            }
        }
    }

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "validate", abstract: "Check a calendar file.",
            discussion: "Example:\n  mufakat calendar validate libur-2027.json")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "File, or 2025, 2026.") var file: String

        func run() throws {
            let loaded = CalendarLoader.load(try CalendarCommand.bytes(file))
            if global.json {
                Terminal.json(
                    loaded.issues.map {
                        ["code": $0.code, "key": $0.key, "id": $0.indonesian, "en": $0.english]
                    })
            } else {
                for issue in loaded.issues {
                    Terminal.print(Terminal.safe(issue.line(file: file, inIndonesian: global.language == .indonesian)))
                }
            }
            if !loaded.errors.isEmpty { throw ExitCode(1) }
        }
    }

    struct Publish: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "publish",
            abstract: "Publish a calendar, or a later version of one, in the network's chain.",
            discussion: """
                Due dates of open steps follow the latest version; a step that was closed is judged by the version that
                was known to whoever closed it.
                Example:
                  mufakat calendar publish libur-2027.json --as network
                """)
        @OptionGroup var global: GlobalOptions
        @OptionGroup var signer: SignerOptions
        @Argument(help: "File, or 2025, 2026.") var file: String

        func run() throws {
            let replica = try global.open()
            let (entry, loaded) = try replica.publishCalendar(
                try CalendarCommand.bytes(file), root: try signer.authority(replica, [.network]))
            for issue in loaded.issues {
                Terminal.note(Terminal.safe(issue.line(file: file, inIndonesian: global.language == .indonesian)))
            }
            Output.identity(entry.raw, global, kind: "calendar")
        }
    }
}
