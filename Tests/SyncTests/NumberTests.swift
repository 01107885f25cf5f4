import CBOR
import Envelope
import Sodium
import Sync
import Testing

/// Every number of every message: at its bound it is read, one beyond it is refused, and the largest of all traps nobody.
@Suite struct NumberTests {
    /// A frame with a hole for the number that is tried.
    struct Field: Sendable, CustomTestStringConvertible {
        let name: String
        let bound: UInt64
        let frame: @Sendable (UInt64) -> [UInt8]

        var testDescription: String { name }
    }

    static func frame(_ kind: UInt8, _ write: (inout CBORWriter) -> Void) -> [UInt8] {
        var writer = CBORWriter()
        write(&writer)
        return [kind] + writer.bytes
    }

    static let zero = [UInt8](repeating: 0, count: 32)
    static let fileMax = SyncLimits.fileByteCountMax

    static let fields: [Field] = [
        Field(name: "HELLO count", bound: SyncLimits.numberBound - 1) { number in
            frame(1) {
                for value in [SyncLimits.version, 5] { $0.unsigned(value) }
                $0.bytes(zero)
                $0.unsigned(number)
                $0.bool(false)
                $0.arrayHeader(0)
                $0.arrayHeader(0)
            }
        },
        Field(name: "TREE bits", bound: 56) { number in
            frame(5) {
                $0.arrayHeader(4)
                for value in [number, 0, 4] { $0.unsigned(value) }
                $0.bytes([UInt8](repeating: 0, count: 128))
            }
        },
        Field(name: "LEAVES bits", bound: 60) { number in
            frame(6) {
                $0.arrayHeader(4)
                for value in [number, 0] { $0.unsigned(value) }
                $0.bool(true)
                $0.bytes([])
            }
        },
        Field(name: "VECTORS count", bound: SyncLimits.numberBound) { number in
            frame(8) {
                $0.arrayHeader(3)
                $0.unsigned(1)
                $0.bool(true)
                $0.arrayHeader(3)
                for value in [7, number, 9] { $0.unsigned(value) }
            }
        },
        Field(name: "WANT offset", bound: fileMax) { number in
            frame(13) {
                $0.bytes(zero)
                $0.bytes(zero)
                $0.unsigned(number)
            }
        },
        Field(name: "PIECE offset", bound: fileMax - 2) { number in
            frame(14) {
                $0.bytes(zero)
                for value in [number, fileMax] { $0.unsigned(value) }
                $0.bytes([1, 2])
            }
        },
        Field(name: "PIECE total", bound: fileMax) { number in
            frame(14) {
                $0.bytes(zero)
                for value in [3, number] { $0.unsigned(value) }
                $0.bytes([1, 2])
            }
        },
        Field(name: "CLOSE count", bound: SyncLimits.numberBound - 1) { number in
            frame(16) {
                $0.bytes(zero)
                $0.unsigned(number)
            }
        },
    ]

    @Test(arguments: fields) func isReadAtItsBoundAndRefusedBeyond(field: Field) {
        #expect(throws: Never.self) { try Message.decode(field.frame(field.bound)) }
        for number in [field.bound + 1, 1 << 53 + 1, 1 << 60, 1 << 63, .max - 1, .max] {
            #expect(throws: Violation.self, "\(number)") { try Message.decode(field.frame(number)) }
        }
    }

    @Test func aCutHasSixteenChildrenAndAListAtMost48Leaves() {
        func cut(_ width: UInt64, _ byteCount: Int) -> [UInt8] {
            Self.frame(5) {
                $0.arrayHeader(4)
                for value in [0, 0, width] { $0.unsigned(value) }
                $0.bytes([UInt8](repeating: 0, count: byteCount))
            }
        }
        #expect(throws: Never.self) { try Message.decode(cut(4, 128)) }
        for (width, byteCount): (UInt64, Int) in [(3, 64), (5, 256), (8, 2_048), (64, 128), (.max, 128), (4, 120)] {
            #expect(throws: Violation.self) { try Message.decode(cut(width, byteCount)) }
        }
        func list(_ count: Int) -> [UInt8] {
            let leaves = (0..<count).map { (id: UInt64($0), digest: UInt64(1)) }
            return Message.leaves([Message.LeafList(prefix: .root, leaves: leaves)]).encoded
        }
        #expect(throws: Never.self) { try Message.decode(list(SyncLimits.leafCountMax)) }
        #expect(throws: Violation.self) { try Message.decode(list(SyncLimits.leafCountMax + 1)) }
    }

    @Test func aPieceHasAtMost32KiBAndSomethingInIt() {
        func piece(_ count: Int, total: UInt64) -> [UInt8] {
            Message.piece(
                Message.Piece(name: .zero, offset: 0, total: total, bytes: [UInt8](repeating: 0, count: count))
            ).encoded
        }
        #expect(throws: Never.self) { try Message.decode(piece(SyncLimits.pieceByteCount, total: Self.fileMax)) }
        #expect(throws: Never.self) { try Message.decode(piece(0, total: 0)) }
        for (count, total): (Int, UInt64) in [(SyncLimits.pieceByteCount + 1, Self.fileMax), (0, 5), (2, 1)] {
            #expect(throws: Violation.self) { try Message.decode(piece(count, total: total)) }
        }
    }

    /// The longest list of each kind fits a frame: what a side may send, it can.
    @Test func theLongestListsFitAFrame() {
        let digests = [UInt64](repeating: .max, count: Prefix.childCount)
        let prefix = Prefix(bitCount: 56, bits: .max << 8)
        let leaves = Array(repeating: (id: UInt64.max, digest: UInt64.max), count: SyncLimits.leafCountMax)
        let logs = Array(
            repeating: (device: UInt64.max, count: SyncLimits.numberBound, tip: UInt64.max),
            count: SyncLimits.logCountMax)
        let messages: [Message] = [
            .registryTips(Array(repeating: EntryID(.zero), count: SyncLimits.tipCountInFrame)),
            .tree(Array(repeating: Message.TreeCut(prefix: prefix, digests: digests), count: SyncLimits.cutCountMax)),
            .leaves(
                Array(repeating: Message.LeafList(prefix: prefix, leaves: leaves), count: SyncLimits.leafListCountMax)),
            .need(Array(repeating: .max, count: SyncLimits.needCountMax)),
            .vectors([Message.Vector(dossier: .max, logs: logs, isQuestion: true)]),
        ]
        for message in messages { #expect(message.encoded.count <= SyncLimits.frameByteCountMax) }
    }
}
