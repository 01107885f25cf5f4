import Envelope
import Sodium
import Sync
import SyncSupport

/// Two sessions over replicas in memory, with frames that are changed, left out, repeated or made up on the way.
enum SessionFuzz {
    private static let frameCountMax = 400

    static func run(_ input: [UInt8]) {
        var script = Script(input)
        let (one, two) = (MemoryReplica(), MemoryReplica())
        fill(one, two, &script)
        var sides = [Side(.initiator, one), Side(.responder, two)]
        do {
            try sides[0].session.start(one)
            var frameCount = 0
            while frameCount < frameCountMax {
                var hasMoved = false
                for (from, to) in [(0, 1), (1, 0)] {
                    for frame in try sides[from].send(budget: 1 << 14) {
                        hasMoved = true
                        frameCount += 1
                        for changed in script.change(frame) { try sides[to].receive(changed) }
                    }
                }
                if !hasMoved { return }
            }
        } catch {
            // A violation is the right answer to what was changed.
        }
    }

    private static func fill(_ one: MemoryReplica, _ two: MemoryReplica, _ script: inout Script) {
        let (shared, first, second) = (Int(script.next()), Int(script.next()), Int(script.next()))
        for number in 0..<(shared + first + second) {
            guard let row = MemoryReplica.row(1, 0, UInt64(number)) else { continue }
            let dossier = DossierID(Blake2b.hash(UInt64(number).bigEndianBytes, personal: Personal("mufakat fuzz")))
            if number < shared + first { one.dossiers[dossier] = [row] }
            if number < shared || number >= shared + first { two.dossiers[dossier] = [row] }
            guard number < shared, number % 5 == 0, let later = MemoryReplica.row(2, 0, UInt64(number)) else {
                continue
            }
            one.dossiers[dossier]?.append(later)
        }
    }
}

/// What the driver wrote, read byte by byte: what happens to each frame.
private struct Script {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> UInt8 {
        guard place < bytes.count else { return 0 }
        place += 1
        return bytes[place - 1]
    }

    /// The frames that arrive instead of one. After the end of the script they arrive as they are.
    mutating func change(_ frame: [UInt8]) -> [[UInt8]] {
        var changed = frame
        switch next() % 16 {
        case 1:
            let at = (Int(next()) << 8 | Int(next())) % max(1, changed.count)
            if !changed.isEmpty { changed[at] ^= next() | 1 }
            return [changed]
        case 2: return []
        case 3: return [frame, frame]
        case 4:
            if !changed.isEmpty { changed[0] = next() }
            return [changed]
        case 5: return [Array(frame.prefix(Int(next())))]
        case 6:
            let count = min(Int(next()), bytes.count - place)
            changed = Array(bytes[place..<(place + count)])
            place += count
            return [changed, frame]
        case 7: return [frame] + [[UInt8]](repeating: [next() % 20], count: Int(next() % 8))
        default: return [frame]
        }
    }
}
