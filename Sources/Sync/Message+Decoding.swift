import CBOR
import Envelope
import Sodium

/// Every number, list and text is bounded here by what it means (Protocol 6 §3): nothing behind this computes with one
/// that is not.
extension Message {
    package static func decode(_ frame: [UInt8]) throws(Violation) -> Message {
        guard let kind = frame.first else { throw .unknownMessage(0) }
        var reader = CBORReader(frame, range: 1..<frame.count)
        do {
            let message = try read(kind, &reader)
            try reader.finish()
            return message
        } catch let failure as CBORFailure {
            throw .malformed(failure)
        } catch let violation as Violation {
            throw violation
        } catch {
            preconditionFailure("decoding throws no other error")
        }
    }

    private static func read(_ kind: UInt8, _ reader: inout CBORReader) throws -> Message {
        switch kind {
        case 1:
            guard try reader.readUnsigned() == SyncLimits.version else { throw Violation.wrongVersion }
            return .hello(try readHello(&reader))
        case 2: return .equal
        case 3:
            return .registryTips(
                try reader.readAll("tips", max: SyncLimits.tipCountInFrame) { EntryID(try $0.readBytes32()) })
        case 4:
            return .registryEntries(
                try reader.readAll("entries", max: SyncLimits.changeCountInFrame) { try $0.readBytes() })
        case 5: return .tree(try reader.readSome("cuts", max: SyncLimits.cutCountMax) { try readCut(&$0) })
        case 6: return .leaves(try reader.readSome("lists", max: SyncLimits.leafListCountMax) { try readLeaves(&$0) })
        case 7: return .need(try reader.readSome("need", max: SyncLimits.needCountMax) { try $0.readUnsigned() })
        case 8:
            return .vectors(try reader.readSome("vectors", max: SyncLimits.vectorCountMax) { try readVector(&$0) })
        case 9: return .questionsEnd
        case 10:
            return .changes(
                DossierID(try reader.readBytes32()),
                try reader.readSome("changes", max: SyncLimits.changeCountInFrame) { try $0.readRawItem() })
        case 11:
            return .openings(
                DossierID(try reader.readBytes32()),
                try reader.readAll("openings", max: SyncLimits.openingCountInFrame) { try $0.readRawItem() })
        case 12: return .changesEnd
        case 13: return .want(try readWant(&reader))
        case 14: return .piece(try readPiece(&reader))
        case 15: return .wantsEnd
        case 16: return .close(root: try reader.readBytes32(), count: try reader.readNumber("count"))
        default: throw Violation.unknownMessage(kind)
        }
    }

    private static func readHello(_ reader: inout CBORReader) throws -> Hello {
        let (digest, root) = (try reader.readUnsigned(), try reader.readBytes32())
        let (count, isMissingOpenings) = (try reader.readNumber("count"), try reader.readBool())
        let names = try readShortIDs(&reader, max: SyncLimits.missingNameCountMax)
        let leftOut = try readShortIDs(&reader, max: SyncLimits.leftOutCountMax)
        return Hello(
            registryDigest: digest, root: root, count: count, isMissingOpenings: isMissingOpenings,
            missingNames: names, leftOut: leftOut)
    }

    private static func readShortIDs(_ reader: inout CBORReader, max: Int) throws -> [UInt64] {
        var ids: [UInt64] = []
        for _ in 0..<(try reader.readArrayHeader(max: max)) { ids.append(try reader.readUnsigned()) }
        return ids
    }

    private static func readPrefix(_ reader: inout CBORReader, bitCountMax: Int) throws -> Prefix {
        let bitCount = Int(try reader.readNumber("prefix", max: UInt64(bitCountMax)))
        let bits = try reader.readUnsigned()
        guard bitCount % Prefix.width == 0, bitCount == 0 ? bits == 0 : bits << UInt64(bitCount) == 0 else {
            throw Violation.badValue(field: "prefix")
        }
        return Prefix(bitCount: bitCount, bits: bits)
    }

    private static func readCut(_ reader: inout CBORReader) throws -> TreeCut {
        guard try reader.readArrayHeader(max: 4) == 4 else { throw Violation.badValue(field: "cut") }
        let prefix = try readPrefix(&reader, bitCountMax: Prefix.bitCountMax - Prefix.width)
        let width = try reader.readUnsigned()
        let packed = try reader.readBytesRange()
        guard width == UInt64(Prefix.width), packed.count == 8 * Prefix.childCount else {
            throw Violation.badValue(field: "cut")
        }
        let digests = stride(from: packed.lowerBound, to: packed.upperBound, by: 8).map {
            UInt64(bigEndian: reader.slice($0..<($0 + 8)))
        }
        return TreeCut(prefix: prefix, digests: digests)
    }

    private static func readLeaves(_ reader: inout CBORReader) throws -> LeafList {
        guard try reader.readArrayHeader(max: 4) == 4 else { throw Violation.badValue(field: "leaves") }
        let prefix = try readPrefix(&reader, bitCountMax: Prefix.bitCountMax)
        guard try reader.readBool() else { throw Violation.badValue(field: "leaves") }
        let packed = try reader.readBytesRange()
        guard packed.count % 16 == 0 else { throw Violation.badValue(field: "leaves") }
        guard packed.count / 16 <= SyncLimits.leafCountMax else {
            throw Violation.tooMany(field: "leaves", count: packed.count / 16, limit: SyncLimits.leafCountMax)
        }
        let leaves = stride(from: packed.lowerBound, to: packed.upperBound, by: 16).map { place in
            (
                id: UInt64(bigEndian: reader.slice(place..<(place + 8))),
                digest: UInt64(bigEndian: reader.slice((place + 8)..<(place + 16)))
            )
        }
        return LeafList(prefix: prefix, leaves: leaves)
    }

    private static func readVector(_ reader: inout CBORReader) throws -> Vector {
        guard try reader.readArrayHeader(max: 3) == 3 else { throw Violation.badValue(field: "vector") }
        let dossier = try reader.readUnsigned()
        let isQuestion = try reader.readBool()
        let count = try reader.readArrayHeader(max: 3 * SyncLimits.logCountMax)
        guard count % 3 == 0 else { throw Violation.badValue(field: "vector") }
        var logs: [(device: UInt64, count: UInt64, tip: UInt64)] = []
        for _ in 0..<(count / 3) {
            logs.append(
                (
                    device: try reader.readUnsigned(),
                    count: try reader.readNumber("vector", max: SyncLimits.numberBound),
                    tip: try reader.readUnsigned()
                ))
        }
        return Vector(dossier: dossier, logs: logs, isQuestion: isQuestion)
    }

    private static func readWant(_ reader: inout CBORReader) throws -> Want {
        let first = try reader.readBytes32()
        if reader.isAtEnd {
            return Want(
                dossier: DossierID(.zero), commitment: Commitment(.zero), offset: nil, blob: BlobID(first))
        }
        let commitment = Commitment(try reader.readBytes32())
        let offset = reader.isAtEnd ? nil : try reader.readNumber("offset", max: SyncLimits.fileByteCountMax)
        return Want(dossier: DossierID(first), commitment: commitment, offset: offset, blob: nil)
    }

    private static func readPiece(_ reader: inout CBORReader) throws -> Piece {
        let name = try reader.readBytes32()
        let offset = try reader.readNumber("offset", max: SyncLimits.fileByteCountMax)
        let total = try reader.readNumber("total", max: SyncLimits.fileByteCountMax)
        let bytes = try reader.readBytes()
        guard bytes.count <= SyncLimits.pieceByteCount else {
            throw Violation.tooMany(field: "piece", count: bytes.count, limit: SyncLimits.pieceByteCount)
        }
        guard offset + UInt64(bytes.count) <= total, bytes.isEmpty == (total == 0) else {
            throw Violation.badValue(field: "piece")
        }
        return Piece(name: name, offset: offset, total: total, bytes: bytes)
    }
}

extension CBORReader {
    mutating func readBytes32() throws -> Bytes32 {
        guard let value = Bytes32(try readBytes()) else { throw Violation.badValue(field: "32 bytes") }
        return value
    }

    /// A number that counts or measures something.
    mutating func readNumber(_ field: String, max: UInt64 = SyncLimits.numberBound - 1) throws -> UInt64 {
        let value = try readUnsigned()
        guard value <= max else { throw Violation.badValue(field: field) }
        return value
    }

    /// Everything up to the end of the frame. What takes a byte at least is bounded by the frame.
    mutating func readAll<Item>(
        _ field: String = "items", max: Int = SyncLimits.frameByteCountMax,
        _ read: (inout CBORReader) throws -> Item
    ) throws -> [Item] {
        var items: [Item] = []
        while !isAtEnd {
            guard items.count < max else {
                throw Violation.tooMany(field: field, count: items.count + 1, limit: max)
            }
            items.append(try read(&self))
        }
        return items
    }

    /// As ``readAll(_:max:_:)``, and not nothing: an empty list costs a turn of work and says nothing.
    mutating func readSome<Item>(
        _ field: String, max: Int = SyncLimits.frameByteCountMax, _ read: (inout CBORReader) throws -> Item
    ) throws -> [Item] {
        let items = try readAll(field, max: max, read)
        guard !items.isEmpty else { throw Violation.badValue(field: field) }
        return items
    }

    /// An item with its bytes; its content is checked by whoever decodes it, here only where it ends.
    mutating func readRawItem() throws -> [UInt8] {
        if try peekType() == .tag {
            let start = position
            _ = try readTag()
            _ = try skipItem()
            return Array(slice(start..<position))
        }
        let range = try skipItem()
        return Array(slice(range))
    }
}
