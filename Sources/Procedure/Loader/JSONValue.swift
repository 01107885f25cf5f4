/// A JSON value with its place, read strictly.
///
/// Foundation's reader keeps one of two duplicate keys without a word and gives no positions; a definition is signed
/// data that two readers must understand alike (Protocol 4 §3.1), so it is read here: no duplicate keys, integers only,
/// valid UTF-8, bounded depth and size, no recursion.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    package func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}

package struct JSONMember: Sendable, Equatable {
    package let key: String
    package let value: JSONValue
}

/// Why text is not the JSON of a definition.
package struct JSONFailure: Error, Equatable, Sendable {
    package enum Kind: String, Sendable {
        case syntax, duplicateKey, number, string, tooDeep, tooLarge, trailing
    }

    package let kind: Kind
    /// Line and column from 1, columns in bytes.
    package let line: Int
    package let column: Int
    package let detail: String
}

package struct JSONReader {
    package static let byteCountMax = 1_048_576
    package static let depthMax = 32

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package static func read(_ bytes: [UInt8]) throws(JSONFailure) -> JSONValue {
        guard bytes.count <= byteCountMax else {
            throw JSONFailure(kind: .tooLarge, line: 1, column: 1, detail: "\(bytes.count) bytes")
        }
        var reader = JSONReader(bytes)
        let value = try reader.readDocument()
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.failure(.trailing, "") }
        return value
    }

    private func failure(_ kind: JSONFailure.Kind, _ detail: String) -> JSONFailure {
        var (line, column) = (1, 1)
        for byte in bytes.prefix(position) {
            if byte == 10 { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return JSONFailure(kind: kind, line: line, column: column, detail: detail)
    }

    private mutating func skipSpace() {
        while position < bytes.count, [32, 9, 10, 13].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private struct Open {
        let isObject: Bool
        var items: [JSONValue] = []
        var members: [JSONMember] = []
        var keys: Set<String> = []
        var key: String?
    }

    private mutating func readDocument() throws(JSONFailure) -> JSONValue {
        var stack: [Open] = []
        while true {
            skipSpace()
            if let top = stack.indices.last, stack[top].isObject, stack[top].key == nil {
                stack[top].key = try readKey(&stack[top])
            }
            var finished = try readScalarOrOpen(&stack)
            while let value = finished {
                guard let top = stack.indices.last else { return value }
                if let key = stack[top].key {
                    stack[top].members.append(JSONMember(key: key, value: value))
                    stack[top].key = nil
                } else {
                    stack[top].items.append(value)
                }
                finished = try closeIfDone(&stack)
            }
        }
    }

    private mutating func readKey(_ open: inout Open) throws(JSONFailure) -> String {
        skipSpace()
        let key = try readString()
        guard open.keys.insert(key).inserted else { throw failure(.duplicateKey, key) }
        skipSpace()
        guard take(58) else { throw failure(.syntax, "':' expected") }
        skipSpace()
        return key
    }

    /// After a value: a comma, or the end of what holds it, which is then a value itself.
    private mutating func closeIfDone(_ stack: inout [Open]) throws(JSONFailure) -> JSONValue? {
        guard let top = stack.last else { return nil }
        skipSpace()
        if take(44) { return nil }
        guard take(top.isObject ? 125 : 93) else { throw failure(.syntax, "',' or end expected") }
        stack.removeLast()
        return top.isObject ? .object(top.members) : .array(top.items)
    }

    private mutating func readScalarOrOpen(_ stack: inout [Open]) throws(JSONFailure) -> JSONValue? {
        guard position < bytes.count else { throw failure(.syntax, "end of text") }
        switch bytes[position] {
        case 123, 91:
            let isObject = bytes[position] == 123
            position += 1
            guard stack.count < Self.depthMax else { throw failure(.tooDeep, "\(Self.depthMax)") }
            skipSpace()
            if take(isObject ? 125 : 93) { return isObject ? .object([]) : .array([]) }
            stack.append(Open(isObject: isObject))
            return nil
        case 34: return .string(try readString())
        case 45, 48...57: return .integer(try readInteger())
        default: return try readWord()
        }
    }

    private mutating func readWord() throws(JSONFailure) -> JSONValue {
        for (word, value) in [("null", JSONValue.null), ("true", .bool(true)), ("false", .bool(false))] {
            if bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return value
            }
        }
        throw failure(.syntax, "value expected")
    }

    private mutating func readInteger() throws(JSONFailure) -> Int {
        let isNegative = take(45)
        let start = position
        var value = 0
        while position < bytes.count, (48...57).contains(bytes[position]) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int(bytes[position] - 48))
            guard !overflow, !overflow2 else { throw failure(.number, "too large") }
            value = sum
            position += 1
        }
        let digitCount = position - start
        guard digitCount > 0, digitCount == 1 || bytes[start] != 48 else { throw failure(.number, "digits") }
        if position < bytes.count, [46, 69, 101].contains(bytes[position]) {
            throw failure(.number, "integers only")
        }
        return isNegative ? -value : value
    }

    private mutating func readString() throws(JSONFailure) -> String {
        guard take(34) else { throw failure(.string, "'\"' expected") }
        var out: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case 34:
                guard let text = String(validating: out, as: UTF8.self) else { throw failure(.string, "UTF-8") }
                return text
            case 92: try readEscape(into: &out)
            case 0..<32: throw failure(.string, "control character")
            default: out.append(byte)
            }
        }
        throw failure(.string, "not closed")
    }

    private mutating func readEscape(into out: inout [UInt8]) throws(JSONFailure) {
        guard position < bytes.count else { throw failure(.string, "not closed") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case 34, 47, 92: out.append(byte)
        case 98: out.append(8)
        case 102: out.append(12)
        case 110: out.append(10)
        case 114: out.append(13)
        case 116: out.append(9)
        case 117:
            var code = UInt32(try readHex4())
            if (0xd800..<0xdc00).contains(code) {
                guard take(92), take(117) else { throw failure(.string, "lone surrogate") }
                let low = UInt32(try readHex4())
                guard (0xdc00..<0xe000).contains(low) else { throw failure(.string, "lone surrogate") }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure(.string, "lone surrogate") }
            out += Array(String(Character(scalar)).utf8)
        default: throw failure(.string, "escape")
        }
    }

    private mutating func readHex4() throws(JSONFailure) -> UInt16 {
        guard bytes.count - position >= 4,
            let text = String(validating: bytes[position..<(position + 4)], as: UTF8.self),
            text.utf8.allSatisfy({ (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0) }),
            let value = UInt16(text, radix: 16)
        else { throw failure(.string, "\\u needs four digits") }
        position += 4
        return value
    }
}
