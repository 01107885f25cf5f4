package import CBOR

/// Why an item is no `value` of the CDDL.
package enum ValueFailure: Error, Equatable, Sendable {
    case notAValue
    case badAudience
    case tooLong(byteCount: Int, limit: Int)
}

extension Audience {
    package func write(to writer: inout CBORWriter) {
        switch self {
        case .all: writer.unsigned(0)
        case .own: writer.unsigned(1)
        case .units(let units):
            writer.arrayHeader(units.count)
            for unit in units { writer.bytes(unit.bytes) }
        }
    }

    package var encoded: [UInt8] {
        var writer = CBORWriter()
        write(to: &writer)
        return writer.bytes
    }

    package init(_ item: CBORValue) throws(ValueFailure) {
        switch item {
        case .unsigned(0): self = .all
        case .unsigned(1): self = .own
        case .array(let items):
            guard (1...Self.unitCountMax).contains(items.count) else { throw .badAudience }
            var units: [UnitID] = []
            for item in items {
                guard case .bytes(let bytes) = item, let unit = UnitID(bytes) else { throw .badAudience }
                if let last = units.last, !(last < unit) { throw .badAudience }
                units.append(unit)
            }
            self = .units(units)
        default: throw .badAudience
        }
    }
}

extension Committed {
    package func write(to writer: inout CBORWriter) {
        writer.arrayHeader(size == nil ? 2 : 3)
        writer.bytes(commitment.bytes)
        audience.write(to: &writer)
        if let size { writer.unsigned(size) }
    }

    package init(_ item: CBORValue) throws(ValueFailure) {
        guard case .array(let parts) = item, parts.count == 2 || parts.count == 3, case .bytes(let bytes) = parts[0],
            let commitment = Commitment(bytes)
        else { throw .notAValue }
        var size: UInt64?
        if parts.count == 3 {
            guard case .unsigned(let count) = parts[2] else { throw .notAValue }
            size = count
        }
        self.init(commitment: commitment, audience: try Audience(parts[1]), size: size)
    }
}

extension Value {
    package func write(to writer: inout CBORWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let flag): writer.bool(flag)
        case .integer(let number): writer.integer(number)
        case .text(let text): writer.text(text)
        case .bytes(let bytes): writer.bytes(bytes)
        case .committed(let committed): committed.write(to: &writer)
        }
    }

    package var encoded: [UInt8] {
        var writer = CBORWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// The same as a generic item, for maps of operations.
    package var item: CBORValue {
        switch self {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .integer(let number):
            return number >= 0 ? .unsigned(UInt64(number)) : .negative(UInt64(bitPattern: ~number))
        case .text(let text): return .text(text)
        case .bytes(let bytes): return .bytes(bytes)
        case .committed(let committed): return committed.item
        }
    }

    package init(_ item: CBORValue) throws(ValueFailure) {
        switch item {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .unsigned(let number):
            guard let value = Int64(exactly: number) else { throw .notAValue }
            self = .integer(value)
        case .negative(let number):
            guard let magnitude = Int64(exactly: number) else { throw .notAValue }
            self = .integer(~magnitude)
        case .text(let text):
            let byteCount = text.utf8.count
            guard byteCount <= Self.textByteCountMax else {
                throw .tooLong(byteCount: byteCount, limit: Self.textByteCountMax)
            }
            self = .text(text)
        case .bytes(let bytes):
            guard bytes.count <= Self.bytesCountMax else {
                throw .tooLong(byteCount: bytes.count, limit: Self.bytesCountMax)
            }
            self = .bytes(bytes)
        case .array: self = .committed(try Committed(item))
        case .map: throw .notAValue
        }
    }
}

extension Committed {
    package var item: CBORValue {
        var parts: [CBORValue] = [.bytes(commitment.bytes), audience.item]
        if let size { parts.append(.unsigned(size)) }
        return .array(parts)
    }
}

extension Audience {
    package var item: CBORValue {
        switch self {
        case .all: .unsigned(0)
        case .own: .unsigned(1)
        case .units(let units): .array(units.map { .bytes($0.bytes) })
        }
    }
}
