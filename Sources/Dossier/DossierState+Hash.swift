import CBOR
import Envelope
import History
import Procedure
import Sodium

extension DossierState {
    /// The state hash: an alarm for builds that fold differently, not the basis of proof (Protocol 4 §5). Everything
    /// is written in the order of bytes.
    func computeHash(_ history: DossierHistory, _ steps: StepCounter) -> Bytes32 {
        var parts: [UInt8] = history.dossier?.bytes ?? []
        for part in [
            registersPart(history, steps), setsPart(history, steps), tablesPart(history, steps), actsPart(),
            procedurePart(),
        ] {
            parts += Blake2b.hash(part, personal: Personal("mufakat state")).bytes
        }
        return Blake2b.hash(parts, personal: Personal("mufakat state"))
    }

    private func registersPart(_ history: DossierHistory, _ steps: StepCounter) -> [UInt8] {
        var writer = CBORWriter()
        for path in writes.keys.sorted() {
            writer.text(path.text)
            let current = values(path, history, steps)
            writer.arrayHeader(current.count)
            for write in current {
                write.dot.item.write(to: &writer)
                write.value.write(to: &writer)
            }
        }
        for comment in comments.sorted(by: { $0.dot < $1.dot }) {
            comment.dot.item.write(to: &writer)
            comment.text.write(to: &writer)
        }
        return writer.bytes
    }

    private func setsPart(_ history: DossierHistory, _ steps: StepCounter) -> [UInt8] {
        var writer = CBORWriter()
        for path in elements.keys.sorted() {
            writer.text(path.text)
            for element in members(path, history, steps) {
                element.dot.item.write(to: &writer)
                element.value.write(to: &writer)
            }
        }
        guard !erased.isEmpty else { return writer.bytes }
        writer.arrayHeader(erased.count)
        for value in erased {
            writer.arrayHeader(2)
            writer.bytes(value.commitment.bytes)
            writer.bytes(value.unit.bytes)
        }
        return writer.bytes
    }

    private func tablesPart(_ history: DossierHistory, _ steps: StepCounter) -> [UInt8] {
        var writer = CBORWriter()
        for path in rows.keys.sorted() {
            writer.text(path.text)
            for (row, isRevived) in tableRows(path, history, steps) {
                row.dot.item.write(to: &writer)
                writer.bool(isRevived)
                for cell in cells(row, history, steps) {
                    writer.text(cell.column)
                    for write in cell.writes {
                        write.dot.item.write(to: &writer)
                        write.value.write(to: &writer)
                    }
                }
            }
        }
        return writer.bytes
    }

    private func actsPart() -> [UInt8] {
        var writer = CBORWriter()
        for (place, record) in acts.enumerated() {
            writer.bytes(record.act.id.bytes)
            writer.text(procedure.verdicts[place].code)
        }
        return writer.bytes
    }

    private func procedurePart() -> [UInt8] {
        var writer = CBORWriter()
        for activation in procedure.activations.sorted(by: { $0.id < $1.id }) {
            writer.bytes(activation.id.bytes.bytes)
            writer.text(activation.state.rawValue)
            writer.text(activation.decided ?? "")
            writer.bool(activation.isFinal)
        }
        for binding in procedure.bindings {
            writer.text(binding.slot)
            for unit in binding.units { writer.bytes(unit.bytes) }
        }
        writer.text(procedure.end?.rawValue ?? "")
        return writer.bytes
    }
}
