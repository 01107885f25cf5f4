import Mustache

/// The table of a standard operating procedure as offices sign it (SOP-AP: Pelaksana; Mutu Baku: kelengkapan, waktu,
/// output), so that a definition can be held beside it. Data only.
package struct ProcedureTable: Sendable {
    package struct Row: Sendable {
        package var number: String
        package var activity: String
        /// One for each of ``ProcedureTable/actors``: `●` acts, `○` takes part, empty.
        package var ticks: [String]
        package var requirements: String
        package var time: String
        package var output: String
        package var remarks: String

        package init(
            number: String, activity: String, ticks: [String], requirements: String, time: String, output: String,
            remarks: String
        ) {
            (self.number, self.activity, self.ticks) = (number, activity, ticks)
            (self.requirements, self.time, self.output, self.remarks) = (requirements, time, output, remarks)
        }
    }

    package var id: String
    package var version: Int
    package var title: String
    package var institution: String
    package var file: String
    package var actors: [String]
    package var rows: [Row] = []

    package init(id: String, version: Int, title: String, institution: String, file: String, actors: [String]) {
        (self.id, self.version, self.title) = (id, version, title)
        (self.institution, self.file, self.actors) = (institution, file, actors)
    }

    /// On paper laid across; Mustache escapes every value.
    package func html(_ paper: Paper) throws -> String {
        func text(_ value: String) -> String { PrintText.visible(value) }
        let context: [String: Any] = [
            "paper": ["width": paper.size.width, "height": paper.size.height], "id": text(id), "version": version,
            "title": text(title), "institution": text(institution), "file": text(file),
            "actors": actors.map(text), "actorCount": max(1, actors.count),
            "rows": rows.map { row in
                [
                    "number": text(row.number), "activity": text(row.activity), "ticks": row.ticks,
                    "requirements": text(row.requirements), "time": text(row.time), "output": text(row.output),
                    "remarks": text(row.remarks),
                ] as [String: Any]
            },
        ]
        let template = try MustacheTemplate(string: String(decoding: PackageResources.sop_mustache, as: UTF8.self))
        return template.render(context)
    }
}
