extension DefinitionLoader {
    mutating func readDocument(_ member: JSONMember) {
        let path = "docs.\(member.key)"
        var object = ObjectReader(member.value, path: path, step: nil)
        var type = DocumentType(id: member.key, title: object.text("title") ?? "")
        type.hasNumber = object.bool("number")
        type.stages = object.texts("stages")
        type.personal = object.texts("personal")
        for text in object.texts("fields") {
            if let field = Self.field(text) {
                type.fields.append(field)
            } else {
                object.note(
                    ValidationIssue(
                        "E29", key: "\(path).fields", "bidang tidak terbaca: \(text)", "cannot be read: \(text)"))
            }
        }
        for audience in object.object("audience") {
            if let value = Self.audience(audience.value) {
                type.audience.append((field: audience.key, audience: value))
            } else {
                object.note(Self.oneOf("\(path).audience.\(audience.key)", nil, "all, own, [slot]"))
            }
        }
        if let sign = object.raw("sign") { readDocumentSign(sign, path: path, &type) }
        type.inferred = object.finish()
        issues += object.issues
        definition.documents.append(type)
    }

    /// A rule, or rules keyed by stage.
    private mutating func readDocumentSign(_ value: JSONValue, path: String, _ type: inout DocumentType) {
        if value.member("need") != nil || type.stages.isEmpty {
            type.sign = readSign(value, path: "\(path).sign", step: nil)
            return
        }
        guard case .object(let members) = value else {
            issues.append(Self.oneOf("\(path).sign", nil, "{need, rule…}, {tahap: {need, rule…}}"))
            return
        }
        for member in members {
            if !type.stages.contains(member.key) {
                issues.append(
                    ValidationIssue(
                        "E16", key: "\(path).sign.\(member.key)", "tahap tidak dikenal", "is an unknown stage"))
            }
            if let rule = readSign(member.value, path: "\(path).sign.\(member.key)", step: nil) {
                type.signByStage.append((stage: member.key, rule: rule))
            }
        }
    }

    private static func audience(_ value: JSONValue) -> FieldAudience? {
        switch value {
        case .string("all"): return .all
        case .string("own"): return .own
        case .array(let items):
            var slots: [String] = []
            for item in items {
                guard case .string(let slot) = item else { return nil }
                slots.append(slot)
            }
            return slots.isEmpty ? nil : .slots(slots)
        default: return nil
        }
    }

    mutating func readSign(_ value: JSONValue, path: String, step: String?) -> SignRule? {
        var object = ObjectReader(value, path: path, step: step)
        let signers = object.texts("need").map { text -> SignRule.Signer in
            let isOptional = text.hasSuffix("?")
            return SignRule.Signer(name: isOptional ? String(text.dropLast()) : text, isOptional: isOptional)
        }
        var rule = SignRule(need: signers)
        switch object.raw("rule") {
        case nil, .string("all")?: break
        case .string("any")?: rule.rule = .any
        case .integer(let number)?: rule.rule = .number(number)
        default: object.note(Self.oneOf("\(path).rule", step, "any, all, n"))
        }
        switch object.text("order", required: false) {
        case nil, "any"?: break
        case "sequence"?: rule.isSequence = true
        default: object.note(Self.oneOf("\(path).order", step, "any, sequence"))
        }
        switch object.text("as", required: false) {
        case nil: break
        case "paraf"?: rule.isParaf = true
        default: object.note(Self.oneOf("\(path).as", step, "paraf"))
        }
        rule.allowsSamePerson = object.bool("samePerson")
        _ = object.finish()
        issues += object.issues
        return rule
    }

    /// `name:type`, with `?` for an optional field; tables hold columns of simple types.
    static func field(_ text: String) -> Field? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = String(text[..<colon])
        var type = String(text[text.index(after: colon)...])
        let isOptional = type.hasSuffix("?")
        if isOptional { type.removeLast() }
        guard isName(name), let kind = kind(type, inTable: false) else { return nil }
        return Field(name: name, kind: kind, isOptional: isOptional)
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 60
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }

    private static func kind(_ type: String, inTable: Bool) -> Field.Kind? {
        switch type {
        case "text": return .text
        case "prose": return .prose
        case "date": return .date
        case "datetime": return .datetime
        case "int": return .int
        case "money": return .money
        case "bool": return .bool
        case "file": return .file
        case "list": return .list
        case "person": return .person
        case "unit": return .unit
        default: break
        }
        if let body = inside(type, of: "choice") {
            let values = body.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            return values.count >= 2 && values.allSatisfy { !$0.isEmpty } ? .choice(values) : nil
        }
        guard !inTable, let body = inside(type, of: "table") else { return nil }
        var columns: [Field] = []
        for part in body.split(separator: ",") {
            guard let colon = part.firstIndex(of: ":") else { return nil }
            var columnType = String(part[part.index(after: colon)...])
            let isOptional = columnType.hasSuffix("?")
            if isOptional { columnType.removeLast() }
            let name = String(part[..<colon])
            guard isName(name), let kind = kind(columnType, inTable: true) else { return nil }
            columns.append(Field(name: name, kind: kind, isOptional: isOptional))
        }
        return columns.isEmpty ? nil : .table(columns)
    }

    private static func inside(_ text: String, of word: String) -> String? {
        guard text.hasPrefix("\(word)("), text.hasSuffix(")") else { return nil }
        return String(text.dropFirst(word.count + 1).dropLast())
    }
}
