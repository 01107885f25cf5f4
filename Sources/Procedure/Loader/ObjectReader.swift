/// Reads one JSON object: typed members, unknown keys as E01, and the `inferred` mark.
struct ObjectReader {
    static let textByteCountMax = 2_000
    static let listCountMax = 100

    let members: [JSONMember]
    let path: String
    let step: String?
    private(set) var issues: [ValidationIssue] = []
    private var used: [String] = ["inferred"]

    init(_ value: JSONValue, path: String, step: String?) {
        self.path = path
        self.step = step
        if case .object(let members) = value {
            self.members = members
        } else {
            members = []
            issues.append(Self.shape(path, step, "objek", "object"))
        }
    }

    private static func shape(_ key: String, _ step: String?, _ id: String, _ en: String) -> ValidationIssue {
        ValidationIssue("E01", step: step, key: key, "harus berupa \(id)", "must be of type \(en)")
    }

    private func key(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    mutating func note(_ issue: ValidationIssue) { issues.append(issue) }

    mutating func raw(_ name: String) -> JSONValue? {
        used.append(name)
        return members.first { $0.key == name }?.value
    }

    mutating func text(_ name: String, required: Bool = true) -> String? {
        guard let value = raw(name) else {
            if required {
                issues.append(
                    ValidationIssue("E01", step: step, key: key(name), "wajib diisi", "is required"))
            }
            return nil
        }
        guard case .string(let text) = value else {
            issues.append(Self.shape(key(name), step, "teks", "text"))
            return nil
        }
        check(text, key(name))
        return text
    }

    mutating func integer(_ name: String, required: Bool = true) -> Int? {
        guard let value = raw(name) else {
            if required {
                issues.append(ValidationIssue("E01", step: step, key: key(name), "wajib diisi", "is required"))
            }
            return nil
        }
        guard case .integer(let number) = value else {
            issues.append(Self.shape(key(name), step, "bilangan bulat", "integer"))
            return nil
        }
        return number
    }

    mutating func bool(_ name: String) -> Bool {
        guard let value = raw(name) else { return false }
        guard case .bool(let flag) = value else {
            issues.append(Self.shape(key(name), step, "true/false", "boolean"))
            return false
        }
        return flag
    }

    mutating func texts(_ name: String) -> [String] {
        guard let value = raw(name) else { return [] }
        guard case .array(let items) = value else {
            issues.append(Self.shape(key(name), step, "daftar teks", "list of texts"))
            return []
        }
        return texts(items, key(name))
    }

    /// At most ``listCountMax`` texts of at most ``textByteCountMax`` bytes.
    mutating func texts(_ items: [JSONValue], _ key: String) -> [String] {
        guard items.count <= Self.listCountMax else {
            issues.append(
                ValidationIssue(
                    "E01", step: step, key: key, "lebih dari \(Self.listCountMax) butir",
                    "holds more than \(Self.listCountMax) items"))
            return []
        }
        var texts: [String] = []
        for item in items {
            if case .string(let text) = item {
                check(text, key)
                texts.append(text)
            } else {
                issues.append(Self.shape(key, step, "daftar teks", "list of texts"))
            }
        }
        return texts
    }

    private mutating func check(_ text: String, _ key: String) {
        guard text.utf8.count > Self.textByteCountMax else { return }
        issues.append(
            ValidationIssue("E01", step: step, key: key, "lebih dari 2.000 byte", "is over 2,000 bytes"))
    }

    mutating func object(_ name: String) -> [JSONMember] {
        guard let value = raw(name) else { return [] }
        guard case .object(let members) = value else {
            issues.append(Self.shape(key(name), step, "objek", "object"))
            return []
        }
        return members
    }

    /// Unknown keys (E01), the `inferred` mark (W09).
    mutating func finish() -> Inferred {
        for member in members where !used.contains(member.key) {
            issues.append(
                ValidationIssue("E01", step: step, key: key(member.key), "kunci tidak dikenal", "is an unknown key"))
        }
        guard let mark = members.first(where: { $0.key == "inferred" })?.value else { return .none }
        switch mark {
        case .bool(true): return .whole
        case .array(let items):
            let keys = texts(items, key("inferred"))
            for name in keys { checkInferred(name) }
            return .keys(keys)
        default:
            issues.append(Self.shape(key("inferred"), step, "daftar kunci atau true", "list of keys or true"))
            return .none
        }
    }

    private mutating func checkInferred(_ name: String) {
        var value: JSONValue? = .object(members)
        for part in name.split(separator: ".") { value = value?.member(String(part)) }
        if value == nil {
            issues.append(
                ValidationIssue(
                    "W09", step: step, key: key("inferred"), "menyebut kunci yang tidak ada: \(name)",
                    "names a key that does not exist: \(name)"))
        }
    }
}
