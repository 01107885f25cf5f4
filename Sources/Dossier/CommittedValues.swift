import CBOR
package import Envelope
package import History

extension Operation {
    /// Values and files that stand in an operation as commitments, in the order of their keys. A size beside one says
    /// that it is a file (CDDL `committed`). Arrays that only look alike (dots, document claims) are none.
    package var committedValues: [Committed] {
        var found: [Committed] = []
        func take(_ item: CBORValue?) {
            guard let item, case .array = item, let committed = try? Committed(item) else { return }
            found.append(committed)
        }
        for key in Self.committedKeys(code) { take(body[unsigned: key]) }
        if code == Code.addRow {
            for pair in body[unsigned: 2]?.mapValue ?? [] { take(pair.value) }
        }
        if (Code.outcome...36).contains(code), ![Code.accept, Code.decline, Code.link].contains(code) {
            take(body[unsigned: 23])
            take(body[unsigned: 25])
        }
        return found
    }

    private static func committedKeys(_ code: Int) -> [UInt64] {
        switch code {
        case Code.set, Code.insert: [2]
        case Code.setCell: [3]
        case Code.comment: [1]
        case Code.attach: [2, 3, 4]
        case Code.outcome: [5]
        case Code.ruling: [4]
        case Code.erase, Code.unbind, Code.link: [2]
        case Code.withdraw, Code.cancel, Code.suspend, Code.resume: [1]
        case 35: [3]
        default: []
        }
    }
}
