import ArgumentParser
import Dossier
import Envelope
import Node
import Procedure
import Registry
import Sodium
import Store

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List every act: who, under which mandate, valid as signed, still standing, and why not.",
        discussion: """
            --export writes the listing with a proof of every act in it; Tools/verify-evidence --audit checks the folder.
            Examples:
              mufakat audit --year 2026
              mufakat audit --unit Diskominfo --from 2026-01-01 --until 2026-06-30 --csv --out semester.csv
              mufakat audit --year 2026 --export audit-2026
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: "Unit that acted, by name or the beginning of its id.") var unit: String?
    @Option(help: "Year of the stated time.") var year: Int?
    @Option(help: "First day (YYYY-MM-DD).") var from: String?
    @Option(help: "Last day (YYYY-MM-DD), inclusive.") var until: String?
    @Flag(help: "Print CSV.") var csv = false
    @Option(help: "File to write instead of the screen.") var out: String?
    @Option(help: "New folder to write the listing and its evidence to.") var export: String?

    func validate() throws {
        if year != nil, from != nil || until != nil { throw ValidationError("--year, or --from and --until.") }
        if csv, global.json { throw ValidationError("--csv, or --json.") }
        if export != nil, csv || out != nil { throw ValidationError("--export writes files of its own.") }
    }

    func run() throws {
        let replica = try global.open()
        guard let network = try replica.current().identity.network else { throw NodeFailure.noNetwork }
        let filter = try filter(replica)
        if let export { return try self.export(to: export, replica, filter, network) }
        var form = form(network, filter)
        let file = try out.map { try FileWriter(path: $0) }
        if file != nil { try replica.syncMark() }
        let write = { (text: String) throws in
            if let file { try file.write(text) } else { Terminal.printRaw(text) }
        }
        try form.begin(write)
        try replica.audit(filter, withEvidence: false, progress: Self.progress) { try form.add($0, write) }
        try form.finish(write)
        try file?.finish()
    }

    private func form(_ network: NetworkID, _ filter: AuditFilter) -> any AuditForm {
        if global.json { return AuditJSON(network: network, filter: filter) }
        return csv ? AuditCSV(language: global.language) : AuditTable(language: global.language)
    }

    private static func progress(_ done: Int, of total: Int) { Terminal.progress(done, of: total, "audit") }

    private func filter(_ replica: Replica) throws -> AuditFilter {
        var filter = AuditFilter()
        filter.unit = try unit.map(replica.unit)
        if let year {
            guard (1970...9999).contains(year) else {
                throw NodeFailure.badValue(field: "--year", value: "\(year)", expected: "YYYY")
            }
            filter.from = CivilDay.day(year: year, month: 1, day: 1)
            filter.until = CivilDay.day(year: year, month: 12, day: 31)
        }
        func day(_ text: String, _ field: String) throws -> Int {
            guard let day = CivilDay.parse(text) else {
                throw NodeFailure.badValue(field: field, value: text, expected: "YYYY-MM-DD")
            }
            return day
        }
        if let from { filter.from = try day(from, "--from") }
        if let until { filter.until = try day(until, "--until") }
        return filter
    }

    /// `audit.json`, and `<dossier>.evidence` for each dossier of it.
    private func export(to folder: String, _ replica: Replica, _ filter: AuditFilter, _ network: NetworkID) throws {
        guard !PrivateFile.exists(folder) || PrivateFile.list(folder).isEmpty else {
            throw NodeFailure.badValue(field: "--export", value: folder, expected: "a new or empty folder")
        }
        try PrivateFile.makeFolder(folder)
        try replica.syncMark()
        let listing = try FileWriter(path: folder + "/audit.json")
        var form = AuditJSON(network: network, filter: filter)
        var (dossierCount, actCount) = (0, 0)
        try form.begin(listing.write)
        try replica.audit(filter, withEvidence: true, progress: Self.progress) { dossier in
            guard let evidence = dossier.evidence else { preconditionFailure("evidence was asked for") }
            try PrivateFile.write(try evidence.sealed(), to: "\(folder)/\(dossier.id.hex).evidence", mode: 0o644)
            try form.add(dossier, listing.write)
            dossierCount += 1
            actCount += dossier.lines.count
        }
        try form.finish(listing.write)
        try listing.finish()
        if global.json {
            Terminal.json(["folder": folder, "dossiers": dossierCount, "acts": actCount])
        } else {
            Terminal.print(
                Message("{0} berkas, {1} tindakan: {2}", "{0} dossiers, {1} acts: {2}").text(
                    global.language, "\(dossierCount)", "\(actCount)", Terminal.safe(folder)))
        }
    }
}
