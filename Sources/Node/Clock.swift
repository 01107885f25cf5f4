import Glibc
package import History

/// The system's clock, read at the edge only.
package enum Clock {
    /// Milliseconds since 1970-01-01T00:00Z.
    package static var now: UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) * 1_000 + UInt64(time.tv_nsec / 1_000_000)
    }

    package static func stated(zone: String) -> StatedTime { StatedTime(milliseconds: now, zone: zone) }
}
