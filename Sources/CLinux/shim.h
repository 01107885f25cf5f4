// Two calls of Linux that Swift's Glibc module does not show. Only headers of the kernel: those of the C library would
// seem to belong to this module.
#include <asm/unistd.h>
#include <linux/prctl.h>
#include <linux/stat.h>

extern long syscall(long number, ...);
extern int prctl(int option, ...);

// When a file was made, in nanoseconds since 1970; 0 where the file system does not tell.
static inline unsigned long long mufakat_birth_of_file(const char *path) {
    const int here = -100, no_follow = 0x100;  // AT_FDCWD, AT_SYMLINK_NOFOLLOW
    struct statx facts;
    if (syscall(__NR_statx, here, path, no_follow, STATX_BTIME, &facts) != 0) return 0;
    if (!(facts.stx_mask & STATX_BTIME) || facts.stx_btime.tv_sec <= 0) return 0;
    return (unsigned long long)facts.stx_btime.tv_sec * 1000000000ULL + facts.stx_btime.tv_nsec;
}

// No core dump of this process, and no debugger of the same user (prctl(2), PR_SET_DUMPABLE).
static inline int mufakat_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL); }
