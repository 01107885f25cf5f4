/// A CBOR item of any shape that the protocol allows. Equality is that of the encoded bytes: texts compare by UTF-8,
/// never by Unicode equivalence.
package enum CBORValue: Sendable {
    case unsigned(UInt64)
    /// -1 - n.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    /// In the order of the encoded keys once read; ``encoded`` sorts.
    case map([CBORPair])
    case bool(Bool)
    case null
}

package struct CBORPair: Hashable, Sendable {
    package let key: CBORValue
    package let value: CBORValue

    package init(key: CBORValue, value: CBORValue) {
        self.key = key
        self.value = value
    }
}

extension CBORValue: Hashable {
    package static func == (left: CBORValue, right: CBORValue) -> Bool {
        left.encoded == right.encoded
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(encoded)
    }
}

extension CBORValue {
    package static func decode(_ bytes: [UInt8]) throws(CBORFailure) -> CBORValue {
        var reader = CBORReader(bytes)
        let value = try reader.readValue()
        try reader.finish()
        return value
    }

    /// Deterministic bytes. Recursion is bounded: values are read at most ``CBORLimits/depthMax`` deep, and what is
    /// built here is shallower.
    package var encoded: [UInt8] {
        var writer = CBORWriter()
        write(to: &writer)
        return writer.bytes
    }

    package func write(to writer: inout CBORWriter) {
        switch self {
        case .unsigned(let value): writer.unsigned(value)
        case .negative(let n): writer.negative(n)
        case .bytes(let bytes): writer.bytes(bytes)
        case .text(let text): writer.text(text)
        case .bool(let flag): writer.bool(flag)
        case .null: writer.null()
        case .array(let items):
            writer.arrayHeader(items.count)
            for item in items { item.write(to: &writer) }
        case .map(let pairs):
            writer.mapHeader(pairs.count)
            let keyed = pairs.map { (key: $0.key.encoded, value: $0.value) }
                .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            for pair in keyed {
                writer.raw(pair.key)
                pair.value.write(to: &writer)
            }
        }
    }

    package var unsignedValue: UInt64? {
        if case .unsigned(let value) = self { return value }
        return nil
    }

    package var bytesValue: [UInt8]? {
        if case .bytes(let bytes) = self { return bytes }
        return nil
    }

    package var textValue: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    package var arrayValue: [CBORValue]? {
        if case .array(let items) = self { return items }
        return nil
    }

    package var mapValue: [CBORPair]? {
        if case .map(let pairs) = self { return pairs }
        return nil
    }

    /// The value of an unsigned key of a map.
    package subscript(unsigned key: UInt64) -> CBORValue? {
        guard case .map(let pairs) = self else { return nil }
        for pair in pairs {
            if case .unsigned(key) = pair.key { return pair.value }
        }
        return nil
    }
}
