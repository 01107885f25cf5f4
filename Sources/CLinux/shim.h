// Two calls of Linux that Swift's Glibc module does not show. Only headers of the kernel: those of the C library would
// seem to belong to this module.
#include <asm/unistd.h>
#include <linux/prctl.h>
#include <linux/stat.h>

extern long syscall(long number, ...);
extern int prctl(int option, ...);

static inline unsigned long long mufakat_birth(int folder, const char *path, int flags) {
    struct statx facts;
    if (syscall(__NR_statx, folder, path, flags, STATX_BTIME, &facts) != 0) return 0;
    if (!(facts.stx_mask & STATX_BTIME) || facts.stx_btime.tv_sec <= 0) return 0;
    return (unsigned long long)facts.stx_btime.tv_sec * 1000000000ULL + facts.stx_btime.tv_nsec;
}

// When a file was made, in nanoseconds since 1970; 0 where the file system does not tell.
static inline unsigned long long mufakat_birth_of_file(const char *path) {
    return mufakat_birth(-100, path, 0x100);  // AT_FDCWD, AT_SYMLINK_NOFOLLOW
}

// The same of an open file, whatever its name has come to mean since.
static inline unsigned long long mufakat_birth_of_descriptor(int descriptor) {
    return mufakat_birth(descriptor, "", 0x1000);  // AT_EMPTY_PATH
}

// No core dump of this process, and no debugger of the same user (prctl(2), PR_SET_DUMPABLE).
static inline int mufakat_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL); }
