import CBOR
package import Envelope
package import History

/// What a committed value is in its operation.
package enum CommittedRole: Hashable, Sendable {
    /// The value of a register, element, cell or link, by its column where it has one.
    case value(column: String?)
    case comment
    case file
    case fileName
    case mediaType
    case reason
    case note
    case basis
    /// The text as shown to the signer, which may quote others.
    case shown
    case proof
}

extension Operation {
    /// Values and files that stand in an operation as commitments, in the order of their keys.
    package var committedValues: [Committed] { committedPlaces.map(\.value) }

    /// The same with what each of them is. A size beside one says that it is a file (CDDL `committed`). Arrays that
    /// only look alike (dots, document claims) are none.
    package var committedPlaces: [(role: CommittedRole, value: Committed)] {
        var found: [(role: CommittedRole, value: Committed)] = []
        func take(_ role: CommittedRole, _ item: CBORValue?) {
            guard let item, case .array = item, let committed = try? Committed(item) else { return }
            found.append((role: role, value: committed))
        }
        for (key, role) in Self.committedKeys(code) { take(role, body[unsigned: key]) }
        if code == Code.setCell { take(.value(column: body[unsigned: 2]?.textValue), body[unsigned: 3]) }
        if code == Code.addRow {
            for pair in body[unsigned: 2]?.mapValue ?? [] { take(.value(column: pair.key.textValue), pair.value) }
        }
        if (Code.outcome...36).contains(code), ![Code.accept, Code.decline, Code.link].contains(code) {
            take(.shown, body[unsigned: 23])
            take(.proof, body[unsigned: 25])
        }
        return found
    }

    private static func committedKeys(_ code: Int) -> [(key: UInt64, role: CommittedRole)] {
        switch code {
        case Code.set, Code.insert, Code.link: [(2, .value(column: nil))]
        case Code.comment: [(1, .comment)]
        case Code.attach: [(2, .file), (3, .fileName), (4, .mediaType)]
        case Code.outcome: [(5, .reason)]
        case Code.ruling: [(4, .note)]
        case Code.erase: [(2, .basis)]
        case Code.unbind: [(2, .reason)]
        case Code.withdraw, Code.cancel, Code.suspend, Code.resume: [(1, .reason)]
        case 35: [(3, .reason)]
        default: []
        }
    }
}
