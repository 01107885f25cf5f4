/// Reads `procedure/1` files (procedures.md §3.2) and checks them (§3.4).
package struct DefinitionLoader {
    var definition = ProcedureDefinition()
    var issues: [ValidationIssue] = []

    package static let format = "procedure/1"

    /// Never throws: a file that cannot be read at all gives one E01.
    ///
    /// - Parameter isChecked: these very bytes passed all rules before, so only their form is read.
    package static func load(_ bytes: [UInt8], isChecked: Bool = false) -> LoadedDefinition {
        var loader = DefinitionLoader()
        do {
            loader.read(try JSONReader.read(bytes))
        } catch {
            let place = "\(error.line):\(error.column)"
            loader.issues.append(
                ValidationIssue(
                    "E01", key: place, "JSON tidak sah (\(error.kind.rawValue)) \(error.detail)",
                    "is not valid JSON (\(error.kind.rawValue)) \(error.detail)"))
            return LoadedDefinition(definition: loader.definition, issues: loader.issues)
        }
        // Rules about the graph say nothing useful about a file whose shape is wrong.
        if !isChecked, !loader.issues.contains(where: \.isError) {
            loader.issues += DefinitionRules.check(loader.definition)
        }
        return LoadedDefinition(definition: loader.definition, issues: loader.issues)
    }

    private mutating func read(_ root: JSONValue) {
        var object = ObjectReader(root, path: "", step: nil)
        if let format = object.text("format"), format != Self.format {
            object.note(
                ValidationIssue("E01", key: "format", "format tidak dikenal: \(format)", "is unknown: \(format)"))
        }
        definition.id = object.text("id") ?? ""
        definition.version = object.integer("version") ?? 0
        definition.title = object.text("title") ?? ""
        definition.zone = object.text("zone") ?? ""
        definition.calendar = object.text("calendar", required: false) ?? ""
        if let unit = object.text("dayUnit", required: false) {
            definition.dayUnit = ProcedureDefinition.DayUnit(rawValue: unit)
            if definition.dayUnit == nil { object.note(Self.oneOf("dayUnit", nil, "working, calendar")) }
        }
        readSource(&object)
        for member in object.object("parties") { readParty(member) }
        for member in object.object("roles") { readRole(member) }
        for member in object.object("teams") { readTeam(member) }
        for member in object.object("docs") { readDocument(member) }
        definition.start = object.text("start") ?? ""
        if case .array(let steps)? = object.raw("steps") {
            for step in steps.prefix(201) { readStep(step) }
        }
        for member in object.object("ends") { readEnd(member) }
        definition.inferred = object.finish()
        issues = object.issues + issues
        checkSizes()
    }

    static func oneOf(_ key: String, _ step: String?, _ values: String) -> ValidationIssue {
        ValidationIssue("E01", step: step, key: key, "harus salah satu dari: \(values)", "must be one of: \(values)")
    }

    private mutating func checkSizes() {
        for (key, count, limit) in [
            ("steps", definition.steps.count, 200), ("roles", definition.roles.count, 100),
            ("docs", definition.documents.count, 200), ("ends", definition.ends.count, 50),
        ] where count > limit {
            issues.append(
                ValidationIssue("E01", key: key, "lebih dari \(limit) butir", "holds more than \(limit) items"))
        }
    }

    private mutating func readSource(_ object: inout ObjectReader) {
        guard let value = object.raw("source") else { return }
        var source = ObjectReader(value, path: "source", step: nil)
        definition.institution = source.text("institution") ?? ""
        definition.sourceFile = source.text("file") ?? ""
        _ = source.text("date", required: false)
        _ = source.finish()
        issues += source.issues
    }

    private mutating func readParty(_ member: JSONMember) {
        var object = ObjectReader(member.value, path: "parties.\(member.key)", step: nil)
        var slot = PartySlot(
            slot: member.key, kind: object.text("kind") ?? "", label: object.text("label") ?? "", bindAt: nil)
        if let bindAt = object.text("bindAt", required: false), bindAt != "open" { slot.bindAt = bindAt }
        slot.isOptional = object.bool("optional")
        _ = object.finish()
        issues += object.issues
        definition.parties.append(slot)
    }

    private mutating func readRole(_ member: JSONMember) {
        var object = ObjectReader(member.value, path: "roles.\(member.key)", step: nil)
        definition.roles.append(
            Role(
                id: member.key, party: object.text("party") ?? "", title: object.text("title") ?? "",
                sub: object.text("sub", required: false)))
        _ = object.finish()
        issues += object.issues
    }

    private mutating func readTeam(_ member: JSONMember) {
        var object = ObjectReader(member.value, path: "teams.\(member.key)", step: nil)
        var seats: [Team.Seat] = []
        for seat in object.object("seats") {
            guard case .array(let bounds) = seat.value, bounds.count == 2, case .integer(let least) = bounds[0],
                case .integer(let most) = bounds[1], least >= 0, most >= least
            else {
                issues.append(Self.oneOf("teams.\(member.key).seats.\(seat.key)", nil, "[min, max]"))
                continue
            }
            seats.append(Team.Seat(name: seat.key, least: least, most: most))
        }
        definition.teams.append(
            Team(
                id: member.key, title: object.text("title") ?? "", formedAt: object.text("formedAt") ?? "",
                from: object.texts("from"), seats: seats))
        _ = object.finish()
        issues += object.issues
    }

    private mutating func readEnd(_ member: JSONMember) {
        var object = ObjectReader(member.value, path: "ends.\(member.key)", step: nil)
        let title = object.text("title") ?? ""
        if let state = End.State(rawValue: object.text("state") ?? "") {
            definition.ends.append(End(id: member.key, title: title, state: state))
        } else {
            object.note(Self.oneOf("ends.\(member.key).state", nil, "completed, rejected, discontinued"))
        }
        _ = object.finish()
        issues += object.issues
    }
}
