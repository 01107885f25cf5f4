import Authority
import CBOR
package import Dossier
package import Envelope
import History
import Sodium

/// A committed value at its place in the history, with what it is there.
package struct WrittenValue: Sendable {
    package let change: ChangeSetID
    /// Index of the operation in its change set.
    package let operation: Int
    /// The unit that wrote it.
    package let unit: UnitID?
    /// Path of the register, set or table; nil for what has none.
    package let path: Path?
    package let role: CommittedRole
    package let value: Committed

    package var item: Value { .committed(value) }

    /// Whether it lies below `DOCUMENT`, `DOCUMENT.FIELD`, or at a path given as it is (`title`).
    package func isPart(of name: String) -> Bool {
        guard let path else { return false }
        if path.text == name { return true }
        let parts = path.text.split(separator: "/")
        guard parts.count >= 4, parts[0] == "doc" else { return false }
        return parts[1] == name || "\(parts[1]).\(parts[3])" == name
    }
}

extension DossierView {
    /// All committed values of the history, whoever wrote them and with whatever effect.
    package func writtenValues() -> [WrittenValue] {
        var found: [WrittenValue] = []
        for (index, item) in history.items.enumerated() {
            for (place, operation) in item.operations.enumerated() {
                let path = self.path(of: operation)
                for (role, value) in operation.committedPlaces {
                    found.append(
                        WrittenValue(
                            change: item.id, operation: place, unit: state.verdicts[index].unit, path: path,
                            role: role, value: value))
                }
            }
        }
        return found
    }

    /// The path that an operation writes to; of a cell that of its row's table.
    private func path(of operation: Operation) -> Path? {
        switch operation.code {
        case Code.set, Code.insert, Code.addRow, Code.attach:
            return operation.body[unsigned: 1]?.textValue.map { Path($0) }
        case Code.comment: return operation.body[unsigned: 2]?.textValue.map { Path($0) }
        case Code.setCell:
            guard let dot = Dot(operation.body[unsigned: 1]), let index = history.index(of: dot.change),
                dot.index < history.items[index].operations.count
            else { return nil }
            return history.items[index].operations[dot.index].body[unsigned: 1]?.textValue.map { Path($0) }
        default: return nil
        }
    }
}
