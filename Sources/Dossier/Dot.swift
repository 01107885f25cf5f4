package import CBOR
package import Envelope

/// An operation by its change set and its place there: the name of set elements and table rows.
package struct Dot: Hashable, Comparable, Sendable {
    package let change: ChangeSetID
    package let index: Int

    package init(change: ChangeSetID, index: Int) {
        self.change = change
        self.index = index
    }

    package init?(_ item: CBORValue?) {
        guard let parts = item?.arrayValue, parts.count == 2, let bytes = parts[0].bytesValue,
            let change = ChangeSetID(bytes), let index = parts[1].unsignedValue, index < 512
        else { return nil }
        self.init(change: change, index: Int(index))
    }

    package var item: CBORValue { .array([.bytes(change.bytes), .unsigned(UInt64(index))]) }

    /// `<64 hex>-<index>`: sorts like the dot itself within paths of revisions.
    package var text: String { "\(change.hex)-\(index)" }

    package init?(text: String) {
        let parts = text.split(separator: "-")
        guard parts.count == 2, let change = ChangeSetID(hex: String(parts[0])), let index = Int(parts[1]),
            (0..<512).contains(index)
        else { return nil }
        self.init(change: change, index: index)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.change != right.change ? left.change < right.change : left.index < right.index
    }
}

/// A path with the order of its UTF-8 bytes, as everything that is hashed is sorted.
package struct Path: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }

    /// A field of an instance of a document.
    package static func field(_ document: String, _ instance: Int, _ field: String) -> Path {
        Path("doc/\(document)/\(instance)/\(field)")
    }

    package static func documentPrefix(_ document: String, _ instance: Int) -> String {
        "doc/\(document)/\(instance)/"
    }

    /// The day on which the access of a slot's unit shall end (Protocol 4 §3.8).
    package static func accessEnd(_ slot: String) -> Path { Path("party/\(slot)/until") }

    package static let title = Path("title")
    package static let findings = Path("findings")
    package static let attachments = Path("attachments")
}
