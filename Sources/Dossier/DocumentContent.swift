package import CBOR
package import Envelope
package import History
package import Procedure
package import Sodium

/// What a document says as of some point of the history: the sorted list of (path, value or commitment) that a
/// signature over it covers (Protocol 4 §2.5).
package struct DocumentContent: Sendable {
    package let document: String
    package let instance: Int
    /// Sorted by the bytes of the path.
    package let entries: [(path: Path, value: Value)]
    /// Paths with more than one current value.
    package let conflicts: [Path]
    /// Required fields without a value.
    package let missing: [String]

    package init(
        document: String, instance: Int, entries: [(path: Path, value: Value)], conflicts: [Path], missing: [String]
    ) {
        (self.document, self.instance, self.entries) = (document, instance, entries)
        (self.conflicts, self.missing) = (conflicts, missing)
    }

    package var isComplete: Bool { conflicts.isEmpty && missing.isEmpty && !entries.isEmpty }

    /// The list as CBOR: `[[path, value]…]`.
    package var encodedEntries: [UInt8] {
        var writer = CBORWriter()
        Self.write(entries, to: &writer)
        return writer.bytes
    }

    private static func write(_ entries: [(path: Path, value: Value)], to writer: inout CBORWriter) {
        writer.arrayHeader(entries.count)
        for entry in entries {
            writer.arrayHeader(2)
            writer.text(entry.path.text)
            entry.value.write(to: &writer)
        }
    }

    /// The revision at a stage.
    package func revision(stage: String?) -> Bytes32 {
        var writer = CBORWriter()
        writer.arrayHeader(4)
        writer.text(document)
        writer.unsigned(UInt64(instance))
        if let stage { writer.text(stage) } else { writer.null() }
        Self.write(entries, to: &writer)
        return Blake2b.hash(writer.bytes, personal: Personal("mufakat rev"))
    }
}

extension DossierState {
    /// Reads a document from the registers and tables below its prefix.
    package func content(
        of type: DocumentType, instance: Int, asOf end: Int? = nil, _ history: DossierHistory,
        _ steps: StepCounter? = nil
    ) -> DocumentContent {
        let prefix = Path.documentPrefix(type.id, instance)
        let paths = documents[Path(prefix)] ?? DocumentPaths()
        func field(_ path: Path) -> String { String(path.text.utf8.dropFirst(prefix.utf8.count)) ?? "" }
        var entries: [(path: Path, value: Value)] = []
        var conflicts: [Path] = []
        var present: Set<String> = []
        func add(_ path: Path, _ writes: [Write], field: String) {
            guard let first = writes.first else { return }
            if writes.count > 1 { conflicts.append(path) }
            present.insert(field)
            entries.append((path: path, value: first.value))
        }
        for path in paths.registers { add(path, values(path, asOf: end, history, steps), field: field(path)) }
        for path in paths.tables {
            let field = field(path)
            for (row, isRevived) in tableRows(path, asOf: end, history, steps) {
                for cell in cells(row, asOf: end, history, steps) {
                    add(Path("\(path.text)/\(row.dot.text)/\(cell.column)"), cell.writes, field: field)
                }
                if isRevived { conflicts.append(Path("\(path.text)/\(row.dot.text)")) }
            }
        }
        let missing = type.fields.filter { !$0.isOptional && !present.contains($0.name) }.map(\.name)
        return DocumentContent(
            document: type.id, instance: instance, entries: entries.sorted { $0.path < $1.path },
            conflicts: conflicts.sorted(), missing: missing)
    }

    /// Instances of a document type that anybody wrote, ascending. What no act can name is none.
    package func instances(of document: String) -> [Int] {
        let prefix = Array("doc/\(document)/".utf8)
        var found: Set<Int> = []
        for paths in [writes.keys.map(\.text), rows.keys.map(\.text)] {  // unordered: a set, sorted at the end
            for path in paths where path.utf8.starts(with: prefix) {
                let rest = path.utf8.dropFirst(prefix.count)
                guard let slash = rest.firstIndex(of: UInt8(ascii: "/")),
                    let instance = DocumentInstance.parse(rest[..<slash])
                else { continue }
                found.insert(instance)
            }
        }
        return found.sorted()
    }
}

/// The number of one document among those of its type (CDDL `documents`).
package enum DocumentInstance {
    package static let range = 1...65_535

    /// Decimal digits without sign, blank or leading zero, as every path writes it; nil for what no act can name.
    package static func parse(_ digits: some Collection<UInt8>) -> Int? {
        guard (1...5).contains(digits.count), digits.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = 10 * number + Int(digit - UInt8(ascii: "0"))
        }
        return range.contains(number) ? number : nil
    }
}
