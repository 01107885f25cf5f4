extension CBORReader {
    /// What is being read: an array or map with the items still to come.
    fileprivate struct Open {
        let isMap: Bool
        var remaining: Int
        var items: [CBORValue] = []
        /// Encoded bytes of the last key.
        var lastKey: Range<Int>?
        var keyStart = 0
    }

    /// Reads one item of any shape, strictly and without recursion; depth at most ``CBORLimits/depthMax``.
    ///
    /// - Parameter outer: arrays and maps around it that the caller has read itself: they count too.
    package mutating func readValue(within outer: Int = 0) throws(CBORFailure) -> CBORValue {
        var stack: [Open] = []
        while true {
            if let top = stack.indices.last, stack[top].isMap, stack[top].items.count & 1 == 0 {
                stack[top].keyStart = position
            }
            var finished = try readLeaf(openingInto: &stack, within: outer)
            // A finished item may finish what holds it, and so on.
            while let value = finished {
                guard let top = stack.indices.last else { return value }
                if stack[top].isMap, stack[top].items.count & 1 == 0 { try checkKey(&stack[top]) }
                stack[top].items.append(value)
                stack[top].remaining -= 1
                finished = nil
                if stack[top].remaining == 0 { finished = stack.removeLast().value }
            }
        }
    }

    /// A scalar, or nil after opening an array or map; an empty one is finished at once.
    private mutating func readLeaf(
        openingInto stack: inout [Open], within outer: Int
    ) throws(CBORFailure) -> CBORValue? {
        let start = position
        switch try peekType() {
        case .unsigned: return .unsigned(try readUnsigned())
        case .negative: return .negative(try readNegative())
        case .bytes: return .bytes(try readBytes())
        case .text: return .text(try readText())
        case .array:
            let count = try readArrayHeader()
            return try open(isMap: false, count: count, &stack, outer)
        case .map:
            let count = try readMapHeader()
            return try open(isMap: true, count: 2 * count, &stack, outer)
        case .tag: throw .tag(try readTag(), at: start)
        case .simple:
            switch try readSimple() {
            case 20: return .bool(false)
            case 21: return .bool(true)
            default: return .null
            }
        }
    }

    private func open(
        isMap: Bool, count: Int, _ stack: inout [Open], _ outer: Int
    ) throws(CBORFailure) -> CBORValue? {
        guard stack.count + outer < CBORLimits.depthMax else { throw .tooDeep(limit: CBORLimits.depthMax) }
        guard count > 0 else { return isMap ? .map([]) : .array([]) }
        stack.append(Open(isMap: isMap, remaining: count))
        return nil
    }

    private func checkKey(_ open: inout Open) throws(CBORFailure) {
        let key = open.keyStart..<position
        if let last = open.lastKey {
            let (a, b) = (slice(last), slice(key))
            guard !a.elementsEqual(b) else { throw .duplicateKey(at: key.lowerBound) }
            guard a.lexicographicallyPrecedes(b) else { throw .unsortedKeys(at: key.lowerBound) }
        }
        open.lastKey = key
    }

    /// Reads over one item of any shape with full strictness, and says where it lies.
    package mutating func skipItem() throws(CBORFailure) -> Range<Int> {
        let start = position
        _ = try readValue()
        return start..<position
    }
}

extension CBORReader.Open {
    fileprivate var value: CBORValue {
        guard isMap else { return .array(items) }
        var pairs: [CBORPair] = []
        pairs.reserveCapacity(items.count / 2)
        for place in stride(from: 0, to: items.count, by: 2) {
            pairs.append(CBORPair(key: items[place], value: items[place + 1]))
        }
        return .map(pairs)
    }
}
