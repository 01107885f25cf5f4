/// Reads `procedure/1` files (procedures.md §3.2) and checks them (§3.4).
package struct DefinitionLoader {
    var definition = ProcedureDefinition()
    var issues: [ValidationIssue] = []

    package static let format = "procedure/1"
    package static let stepCountMax = 200
    // The rules about paths take time in proportion to the product of these.
    static let outcomeCountMax = 20
    static let targetCountMax = 1_000
    static let laneCountMax = 10
    static let forkCountMax = 20
    static let conditionCountMax = 50

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
        // One with errors is never followed, and may be of any size.
        if !loader.issues.contains(where: \.isError) { loader.definition.makeNumbered() }
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
            for step in steps.prefix(Self.stepCountMax + 1) { readStep(step) }
        } else {
            object.note(
                ValidationIssue("E01", key: "steps", "harus berupa daftar langkah", "must be a list of steps"))
        }
        for member in object.object("ends") { readEnd(member) }
        definition.inferred = object.finish()
        issues = object.issues + issues
        checkSizes()
    }

    /// W11: for dossiers that are to migrate.
    package static func notices(
        from old: ProcedureDefinition, to new: ProcedureDefinition
    ) -> [ValidationIssue] {
        DefinitionRules.notices(from: old, to: new)
    }

    static func oneOf(_ key: String, _ step: String?, _ values: String) -> ValidationIssue {
        ValidationIssue("E01", step: step, key: key, "harus salah satu dari: \(values)", "must be one of: \(values)")
    }

    private mutating func checkSizes() {
        var sizes = [
            ("steps", definition.steps.count, Self.stepCountMax), ("roles", definition.roles.count, 100),
            ("docs", definition.documents.count, 200), ("ends", definition.ends.count, 50),
            ("parties", definition.parties.count, 8), ("teams", definition.teams.count, 20),
        ]
        for type in definition.documents {
            sizes.append(("docs.\(type.id).audience", type.audience.count, ObjectReader.listCountMax))
            sizes.append(("docs.\(type.id).sign", type.signByStage.count, ObjectReader.listCountMax))
        }
        for team in definition.teams { sizes.append(("teams.\(team.id).seats", team.seats.count, 10)) }
        for (key, count, limit) in sizes where count > limit { issues.append(Self.tooMany(key, nil, limit)) }
        for step in definition.steps where step.outcomes.count > Self.outcomeCountMax {
            issues.append(Self.tooMany("next", step.id, Self.outcomeCountMax))
        }
        let lanes = definition.steps.flatMap(\.outcomes).map(\.targets.count)
        for (key, count, limit) in [
            ("next", lanes.reduce(0, +), Self.targetCountMax), ("next", lanes.max() ?? 0, Self.laneCountMax),
            ("next", lanes.filter { $0 > 1 }.count, Self.forkCountMax),
        ] where count > limit { issues.append(Self.tooMany(key, nil, limit)) }
        checkNames()
    }

    static func tooMany(_ key: String, _ step: String?, _ limit: Int) -> ValidationIssue {
        ValidationIssue(
            "E01", step: step, key: key, "lebih dari \(limit) butir", "holds more than \(limit) items")
    }

    /// Names stand in paths, on command lines and in file names.
    private mutating func checkNames() {
        var names = definition.steps.map { ("steps", $0.id) } + definition.ends.map { ("ends", $0.id) }
        names += definition.roles.map { ("roles", $0.id) } + definition.teams.map { ("teams", $0.id) }
        names += definition.documents.map { ("docs", $0.id) } + definition.parties.map { ("parties", $0.slot) }
        for step in definition.steps { names += step.outcomes.map { ("next", $0.name) } }
        for type in definition.documents { names += type.stages.map { ("docs.\(type.id).stages", $0) } }
        for (key, name) in names where !Self.isName(name) {
            issues.append(
                ValidationIssue(
                    "E01", key: key, "nama harus [A-Za-z0-9._-], 1 sampai 64 huruf: \(name)",
                    "a name must be [A-Za-z0-9._-], 1 to 64 characters: \(name)"))
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                    || [45, 46, 95].contains($0)
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
