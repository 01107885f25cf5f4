import ArgumentParser
import Envelope
import Node
import Procedure

struct RecapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recap", abstract: "A month by unit and procedure: opened, closed, returned, running, late.",
        discussion: """
            Late are a unit's own steps: closed late in the month, or overdue at its end. The mean is of working days that
            the unit itself took in dossiers closed in the month; the time of others is not in it.
            Examples:
              mufakat recap --month 2026-04
              mufakat recap --month 2026-04 --unit "Dinas Kesehatan" --json
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: "Month (YYYY-MM).") var month: String
    @Option(help: "Unit, by name or the beginning of its id.") var unit: String?

    func run() throws {
        guard month.utf8.count == 7, let day = CivilDay.parse(month + "-01") else {
            throw NodeFailure.badValue(field: "--month", value: month, expected: "YYYY-MM")
        }
        let replica = try global.open()
        let date = CivilDay.date(day)
        let recap = try replica.recap(year: date.year, month: date.month, unit: try unit.map(replica.unit))
        let lines = recap.sorted
        let names = try replica.names(of: lines.map(\.unit))
        if global.json {
            Terminal.json(lines.map { object($0, names) })
            return
        }
        let language = global.language
        if recap.skipped > 0 {
            Terminal.note(
                Message("{0} berkas tidak terbaca: mufakat rebuild", "{0} dossiers cannot be read: mufakat rebuild")
                    .text(language, "\(recap.skipped)"))
        }
        guard !lines.isEmpty else {
            Terminal.note(Catalogue.nothing.text(language))
            return
        }
        Terminal.table(
            [
                Message("Prosedur", "Procedure").text(language), Catalogue.unit.text(language),
                Message("Dibuka", "Opened").text(language), Message("Ditutup", "Closed").text(language),
                Message("Dikembalikan", "Returned").text(language), Message("Berjalan", "Running").text(language),
                Message("Terlambat", "Late").text(language),
                Message("Rata-rata hari kerja", "Mean working days").text(language),
            ],
            lines.map { line in
                [
                    line.procedure, names[line.unit] ?? "", "\(line.opened)", "\(line.closed)", "\(line.returned)",
                    "\(line.running)", "\(line.late)", mean(line, mark: language == .indonesian ? "," : ".") ?? "—",
                ]
            })
    }

    private func mean(_ line: RecapLine, mark: String) -> String? {
        line.meanTenths.map { "\($0 / 10)\(mark)\($0 % 10)" }
    }

    private func object(_ line: RecapLine, _ names: [UnitID: String]) -> [String: Any] {
        [
            "month": month, "unit": line.unit.hex, "name": names[line.unit] ?? "", "procedure": line.procedure,
            "opened": line.opened, "closed": line.closed, "returned": line.returned, "running": line.running,
            "late": line.late, "meanWorkingDays": mean(line, mark: ".") ?? "",
        ]
    }
}

extension Replica {
    /// Names of units; the beginnings of their ids where a name is not known here.
    func names(of units: [UnitID]) throws -> [UnitID: String] {
        var found: [UnitID: String] = [:]
        let (registry, _) = try current(.units(Array(Set(units)).sorted()))
        for unit in units where found[unit] == nil { found[unit] = name(of: unit, registry) }
        return found
    }
}
