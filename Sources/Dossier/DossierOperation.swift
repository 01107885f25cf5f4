import CBOR
package import Envelope
package import History
import Registry
import Sodium

/// An operation as the fold understands it (CDDL). Decoding is total: what does not fit is ``malformed`` and has no
/// effect, the same on every version.
package enum DossierOperation: Sendable {
    case open
    case set(Path, Value)
    case insert(Path, Value)
    case remove([Dot])
    case addRow(Path, [(column: String, value: Value)])
    case setCell(Dot, column: String, Value)
    case deleteRow(Dot)
    case comment(Committed, subject: Path?)
    case attach(Path, Attachment)
    case act
    case release([Commitment], units: [UnitID])
    case erase([Commitment], basis: Committed)
    case link(String, Value)
    case unknown
    case malformed
}

/// A file: only its size stands in clear.
package struct Attachment: Hashable, Sendable {
    package let file: Committed
    package let name: Committed
    package let mediaType: Committed

    package init(file: Committed, name: Committed, mediaType: Committed) {
        self.file = file
        self.name = name
        self.mediaType = mediaType
    }
}

/// Codes of operations (CDDL).
package enum Code {
    package static let open = 0
    package static let set = 1
    package static let insert = 2
    package static let remove = 3
    package static let addRow = 4
    package static let setCell = 5
    package static let deleteRow = 6
    package static let comment = 7
    package static let attach = 8
    package static let outcome = 16
    package static let sign = 17
    package static let ruling = 18
    package static let acknowledge = 19
    package static let accept = 20
    package static let decline = 21
    package static let ratify = 22
    package static let release = 23
    package static let erase = 24
    package static let setAside = 25
    package static let bind = 26
    package static let unbind = 27
    package static let withdraw = 28
    package static let cancel = 29
    package static let suspend = 30
    package static let resume = 31
    package static let reassign = 32
    package static let link = 33
    package static let lease = 34
    package static let void = 35
    package static let migrate = 36
}

extension DossierOperation {
    package init(_ operation: Operation) {
        self = Self.decode(operation) ?? .malformed
    }

    private static func decode(_ operation: Operation) -> DossierOperation? {
        let body = operation.body
        switch operation.code {
        case Code.open: return .open
        case Code.set: return pathAndValue(body).map { .set($0, $1) }
        case Code.insert: return pathAndValue(body).map { .insert($0, $1) }
        case Code.remove:
            guard path(body[unsigned: 1]) != nil, let items = body[unsigned: 2]?.arrayValue else { return nil }
            let dots = items.compactMap { Dot($0) }
            return dots.count == items.count ? .remove(dots) : nil
        case Code.addRow:
            guard let path = path(body[unsigned: 1]), let cells = body[unsigned: 2].flatMap(columns) else { return nil }
            return .addRow(path, cells)
        case Code.setCell:
            guard let row = Dot(body[unsigned: 1]), let column = body[unsigned: 2]?.textValue,
                let value = value(body[unsigned: 3])
            else { return nil }
            return .setCell(row, column: column, value)
        case Code.deleteRow: return Dot(body[unsigned: 1]).map { .deleteRow($0) }
        case Code.comment:
            guard let text = committed(body[unsigned: 1]) else { return nil }
            return .comment(text, subject: path(body[unsigned: 2]))
        case Code.attach:
            guard let path = path(body[unsigned: 1]), let file = committed(body[unsigned: 2]), file.size != nil,
                let name = committed(body[unsigned: 3]), let mediaType = committed(body[unsigned: 4])
            else { return nil }
            return .attach(path, Attachment(file: file, name: name, mediaType: mediaType))
        case Code.release: return release(body)
        case Code.erase:
            guard let commitments = commitments(body[unsigned: 1]), let basis = committed(body[unsigned: 2]) else {
                return nil
            }
            return .erase(commitments, basis: basis)
        case Code.link:
            guard let relation = body[unsigned: 1]?.textValue, let target = value(body[unsigned: 2]) else { return nil }
            return .link(relation, target)
        case 16...36: return .act
        default: return .unknown
        }
    }

    private static func release(_ body: CBORValue) -> DossierOperation? {
        guard let commitments = commitments(body[unsigned: 1]), let items = body[unsigned: 2]?.arrayValue else {
            return nil
        }
        let units = items.compactMap { $0.bytesValue.flatMap { UnitID($0) } }
        return units.count == items.count ? .release(commitments, units: units) : nil
    }

    private static func commitments(_ item: CBORValue?) -> [Commitment]? {
        guard let items = item?.arrayValue, (1...256).contains(items.count) else { return nil }
        let commitments = items.compactMap { $0.bytesValue.flatMap { Commitment($0) } }
        return commitments.count == items.count ? commitments : nil
    }

    private static func path(_ item: CBORValue?) -> Path? {
        guard let text = item?.textValue, (1...200).contains(text.utf8.count) else { return nil }
        return Path(text)
    }

    private static func value(_ item: CBORValue?) -> Value? {
        guard let item else { return nil }
        return try? Value(item)
    }

    private static func committed(_ item: CBORValue?) -> Committed? {
        guard let item else { return nil }
        return try? Committed(item)
    }

    private static func pathAndValue(_ body: CBORValue) -> (Path, Value)? {
        guard let path = path(body[unsigned: 1]), let value = value(body[unsigned: 2]) else { return nil }
        return (path, value)
    }

    private static func columns(_ item: CBORValue) -> [(column: String, value: Value)]? {
        guard let pairs = item.mapValue, pairs.count <= 64 else { return nil }
        var cells: [(column: String, value: Value)] = []
        for pair in pairs {
            guard let column = pair.key.textValue, let value = value(pair.value) else { return nil }
            cells.append((column: column, value: value))
        }
        return cells
    }
}
