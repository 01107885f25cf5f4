import Glibc
package import History
import Procedure
import Synchronization

/// The clock, read at the edge only. A command may state another time (`MUFAKAT_NOW`): for tests, and to see what was due
/// when. What it signs then states that time, as a laptop with a wrong clock would; nothing rests on a stated time alone.
package enum Clock {
    private static let stated = Mutex<UInt64?>(nil)

    /// Milliseconds since 1970-01-01T00:00Z.
    package static var now: UInt64 { stated.withLock { $0 } ?? system }

    /// The system's clock, for how long something may last.
    package static var system: UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) * 1_000 + UInt64(time.tv_nsec / 1_000_000)
    }

    package static func stated(zone: String) -> StatedTime { StatedTime(milliseconds: now, zone: zone) }

    /// The time that every command of this process goes by.
    package static func state(_ milliseconds: UInt64) { stated.withLock { $0 = milliseconds } }

    /// `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`, in WIB, or with `Z`, `WIB`, `WITA`, `WIT` at its end.
    /// A day alone is nine in the morning. Nil for anything else, and for what lies before 1970.
    package static func parse(_ text: String) -> UInt64? {
        var rest = text
        var offset = 7
        for (mark, hours) in [("WITA", 8), ("WIT", 9), ("WIB", 7), ("Z", 0)] where rest.hasSuffix(mark) {
            (rest, offset) = (String(rest.dropLast(mark.count)), hours)
            break
        }
        guard rest.utf8.count >= 10, let day = CivilDay.parse(String(rest.prefix(10))) else { return nil }
        var seconds = 9 * 3_600
        if rest.utf8.count > 10 {
            guard let time = secondsOfDay(rest.dropFirst(10)) else { return nil }
            seconds = time
        }
        let moment = day * 86_400 + seconds - offset * 3_600
        return moment < 0 ? nil : UInt64(moment) * 1_000
    }

    /// `THH:MM` or `THH:MM:SS`.
    private static func secondsOfDay(_ text: Substring) -> Int? {
        let bytes = Array(text.utf8)
        guard [6, 9].contains(bytes.count), bytes[0] == UInt8(ascii: "T") else { return nil }
        var parts: [Int] = []
        for start in stride(from: 1, to: bytes.count, by: 3) {
            let (tens, ones) = (bytes[start], bytes[start + 1])
            guard (0x30...0x39).contains(tens), (0x30...0x39).contains(ones),
                start == 1 || bytes[start - 1] == UInt8(ascii: ":")
            else { return nil }
            parts.append(Int(tens - 0x30) * 10 + Int(ones - 0x30))
        }
        guard parts[0] < 24, parts[1] < 60, parts.count == 2 || parts[2] < 60 else { return nil }
        return parts[0] * 3_600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0)
    }
}
