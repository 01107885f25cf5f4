import CLinux
import Glibc

/// No core dump holds a key or a passphrase, and no debugger of the same user reads one (Protocol 1 §7).
package enum ProcessGuard {
    /// For the rest of this process. A program that it starts begins anew, and says so itself.
    package static func begin() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        _ = mufakat_forbid_dumps()
    }
}
