import CLinux
import Glibc

/// What of a file its copy does not share: the inode, and when that was made, since file systems use inodes again.
package struct FileIdentity: Hashable, Sendable {
    package let inode: UInt64
    /// Nanoseconds since 1970; 0 where the file system does not tell.
    package let birth: UInt64

    package init(inode: UInt64, birth: UInt64) {
        (self.inode, self.birth) = (inode, birth)
    }

    /// Nil where there is no file.
    package init?(_ path: String) {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return nil }
        self.init(inode: UInt64(facts.st_ino), birth: unsafe mufakat_birth_of_file(path))
    }

    /// The identity of an open file, whatever its name has come to mean since.
    init?(descriptor: Int32) {
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { return nil }
        self.init(inode: UInt64(facts.st_ino), birth: mufakat_birth_of_descriptor(descriptor))
    }

    /// The device number is no part of it: it changes with the order in which a kernel finds its disks.
    package func isSame(as other: FileIdentity) -> Bool {
        inode == other.inode && (birth == 0 || other.birth == 0 || birth == other.birth)
    }
}
