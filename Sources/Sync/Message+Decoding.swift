import CBOR
import Envelope
import Sodium

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
        case 3: return .registryTips(try reader.readAll { EntryID(try $0.readBytes32()) })
        case 4: return .registryEntries(try reader.readAll { try $0.readBytes() })
        case 5: return .tree(try reader.readAll { try readCut(&$0) })
        case 6: return .leaves(try reader.readAll { try readLeaves(&$0) })
        case 7: return .need(try reader.readAll { try $0.readUnsigned() })
        case 8: return .vectors(try reader.readAll { try readVector(&$0) })
        case 9: return .questionsEnd
        case 10: return .changes(DossierID(try reader.readBytes32()), try reader.readAll { try $0.readRawItem() })
        case 11: return .openings(DossierID(try reader.readBytes32()), try reader.readAll { try $0.readRawItem() })
        case 12: return .changesEnd
        case 13: return .want(try readWant(&reader))
        case 14:
            return .piece(
                Piece(
                    name: try reader.readBytes32(), offset: try reader.readUnsigned(),
                    total: try reader.readUnsigned(), bytes: try reader.readBytes()))
        case 15: return .wantsEnd
        case 16: return .close(root: try reader.readBytes32(), count: try reader.readUnsigned())
        default: throw Violation.unknownMessage(kind)
        }
    }

    private static func readHello(_ reader: inout CBORReader) throws -> Hello {
        let (digest, root) = (try reader.readUnsigned(), try reader.readBytes32())
        let (count, isMissingOpenings) = (try reader.readUnsigned(), try reader.readBool())
        var names: [UInt64] = []
        for _ in 0..<(try reader.readArrayHeader(max: SyncLimits.missingNameCountMax)) {
            names.append(try reader.readUnsigned())
        }
        return Hello(
            registryDigest: digest, root: root, count: count, isMissingOpenings: isMissingOpenings,
            missingNames: names)
    }

    private static func readPrefix(_ reader: inout CBORReader) throws -> Prefix {
        let bitCount = try reader.readUnsigned()
        let bits = try reader.readUnsigned()
        guard bitCount <= UInt64(Prefix.bitCountMax) else { throw Violation.badValue(field: "prefix") }
        let prefix = Prefix(bitCount: Int(bitCount), bits: bits)
        guard bitCount == 0 ? bits == 0 : bits << bitCount == 0 else { throw Violation.badValue(field: "prefix") }
        return prefix
    }

    private static func readCut(_ reader: inout CBORReader) throws -> TreeCut {
        guard try reader.readArrayHeader(max: 4) == 4 else { throw Violation.badValue(field: "cut") }
        let prefix = try readPrefix(&reader)
        let width = try reader.readUnsigned()
        let packed = try reader.readBytes()
        guard (1...8).contains(width), prefix.bitCount + Int(width) <= Prefix.bitCountMax,
            packed.count == 8 << Int(width)
        else { throw Violation.badValue(field: "cut") }
        let digests = stride(from: 0, to: packed.count, by: 8).map { UInt64(bigEndian: packed[$0..<($0 + 8)]) }
        return TreeCut(prefix: prefix, width: Int(width), digests: digests)
    }

    private static func readLeaves(_ reader: inout CBORReader) throws -> LeafList {
        guard try reader.readArrayHeader(max: 4) == 4 else { throw Violation.badValue(field: "leaves") }
        let prefix = try readPrefix(&reader)
        let isQuestion = try reader.readBool()
        let packed = try reader.readBytes()
        guard packed.count % 16 == 0 else { throw Violation.badValue(field: "leaves") }
        let leaves = stride(from: 0, to: packed.count, by: 16).map { place in
            (
                id: UInt64(bigEndian: packed[place..<(place + 8)]),
                digest: UInt64(bigEndian: packed[(place + 8)..<(place + 16)])
            )
        }
        return LeafList(prefix: prefix, leaves: leaves, isQuestion: isQuestion)
    }

    private static func readVector(_ reader: inout CBORReader) throws -> Vector {
        guard try reader.readArrayHeader(max: 3) == 3 else { throw Violation.badValue(field: "vector") }
        let dossier = try reader.readUnsigned()
        let isQuestion = try reader.readBool()
        let count = try reader.readArrayHeader()
        guard count % 3 == 0 else { throw Violation.badValue(field: "vector") }
        var logs: [(device: UInt64, count: UInt64, tip: UInt64)] = []
        for _ in 0..<(count / 3) {
            logs.append(
                (device: try reader.readUnsigned(), count: try reader.readUnsigned(), tip: try reader.readUnsigned()))
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
        let offset = reader.isAtEnd ? nil : try reader.readUnsigned()
        return Want(dossier: DossierID(first), commitment: commitment, offset: offset, blob: nil)
    }
}

extension CBORReader {
    mutating func readBytes32() throws -> Bytes32 {
        guard let value = Bytes32(try readBytes()) else { throw Violation.badValue(field: "32 bytes") }
        return value
    }

    /// Everything up to the end of the frame.
    mutating func readAll<Item>(_ read: (inout CBORReader) throws -> Item) throws -> [Item] {
        var items: [Item] = []
        while !isAtEnd { items.append(try read(&self)) }
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
