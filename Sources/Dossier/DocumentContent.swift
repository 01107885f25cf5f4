import CBOR
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
        of type: DocumentType, instance: Int, asOf end: Int? = nil, _ history: DossierHistory
    ) -> DocumentContent {
        let prefix = Path.documentPrefix(type.id, instance)
        var entries: [(path: Path, value: Value)] = []
        var conflicts: [Path] = []
        var present: Set<String> = []
        func add(_ path: Path, _ writes: [Write], field: String) {
            guard let first = writes.first else { return }
            if writes.count > 1 { conflicts.append(path) }
            present.insert(field)
            entries.append((path: path, value: first.value))
        }
        for path in writes.keys.sorted() where path.text.hasPrefix(prefix) {
            add(path, values(path, asOf: end, history), field: String(path.text.dropFirst(prefix.count)))
        }
        for path in rows.keys.sorted() where path.text.hasPrefix(prefix) {
            let field = String(path.text.dropFirst(prefix.count))
            for (row, isRevived) in tableRows(path, asOf: end, history) {
                for cell in cells(row, asOf: end, history) {
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

    /// Instances of a document type that anybody wrote, ascending.
    package func instances(of document: String) -> [Int] {
        var found: Set<Int> = []
        for path in writes.keys.sorted() + rows.keys.sorted() where path.text.hasPrefix("doc/\(document)/") {
            let parts = path.text.split(separator: "/")
            if parts.count >= 3, let instance = Int(parts[2]), instance > 0 { found.insert(instance) }
        }
        return found.sorted()
    }
}
