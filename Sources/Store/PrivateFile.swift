import Glibc

/// Files of a replica folder: regular, of this user, mode 0600, written whole or not at all.
package enum PrivateFile {
    /// Reads a secret file. Refuses links, other owners and files that others can read.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(StoreFailure) -> [UInt8] {
        try readFile(path, limit: limit, isSecret: true).bytes
    }

    /// Reads a secret file and tells in which file it was read: its name may mean another one a moment later.
    package static func readIdentified(
        _ path: String, limit: Int
    ) throws(StoreFailure) -> (bytes: [UInt8], file: FileIdentity) {
        try readFile(path, limit: limit, isSecret: true)
    }

    /// Reads a file that a user names: regular, followed through links, of bounded size.
    package static func readPublic(_ path: String, limit: Int) throws(StoreFailure) -> [UInt8] {
        try readFile(path, limit: limit, isSecret: false).bytes
    }

    private static func readFile(
        _ path: String, limit: Int, isSecret: Bool
    ) throws(StoreFailure) -> (bytes: [UInt8], file: FileIdentity) {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (isSecret ? O_NOFOLLOW : 0)
        let descriptor = unsafe open(path, flags)
        guard descriptor >= 0 else {
            if errno == ELOOP { throw .unsafeFile(path: path, fact: "link") }
            throw .cannotRead(path: path, errno: errno)
        }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { throw .cannotRead(path: path, errno: errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .unsafeFile(path: path, fact: "not a regular file") }
        if isSecret {
            guard facts.st_uid == geteuid() else { throw .unsafeFile(path: path, fact: "owner \(facts.st_uid)") }
            guard facts.st_mode & 0o077 == 0 else {
                throw .unsafeFile(path: path, fact: "mode " + String(facts.st_mode & 0o777, radix: 8))
            }
        }
        let count = Int(facts.st_size)
        guard count <= limit else { throw .tooLarge(path: path, byteCount: count, limit: limit) }
        guard let file = FileIdentity(descriptor: descriptor) else { throw .cannotRead(path: path, errno: errno) }
        return (try readAll(descriptor, count: count, path: path), file)
    }

    private static func readAll(_ descriptor: Int32, count: Int, path: String) throws(StoreFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor, buffer.baseAddress.map { unsafe $0 + done }, count - done, off_t(done))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw .cannotRead(path: path, errno: errno) }
            done += got
        }
        return bytes
    }

    /// Writes a new content beside the old one, syncs it, and puts it in place: kill or power cut leaves one of both.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(StoreFailure) {
        try write(to: path, mode: mode) { _ in bytes }
    }

    /// The same for a content that names the file it will stand in.
    package static func write(
        to path: String, mode: UInt32 = 0o600, _ content: (FileIdentity?) -> [UInt8]
    ) throws(StoreFailure) {
        let temporary = "\(path).new-\(getpid())"
        // Whoever had this process number before and left a file is dead.
        remove(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure(path) }
        do throws(StoreFailure) {
            try writeAll(content(FileIdentity(temporary)), to: descriptor, path: path)
            guard fsync(descriptor) == 0 else { throw failure(path) }
            close(descriptor)
            guard unsafe Glibc.rename(temporary, path) == 0 else { throw failure(path) }
        } catch {
            close(descriptor)
            _ = unsafe unlink(temporary)
            throw error
        }
        syncFolder(of: path)
    }

    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(StoreFailure) {
        var done = 0
        while done < bytes.count {
            let put = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw failure(path) }
            done += put
        }
    }

    static func failure(_ path: String) -> StoreFailure {
        errno == ENOSPC || errno == EDQUOT || errno == EFBIG
            ? .diskFull(path: path) : .cannotWrite(path: path, errno: errno)
    }

    /// Makes a rename or a new file survive a power cut.
    package static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }

    package static func makeFolder(_ path: String) throws(StoreFailure) {
        guard unsafe mkdir(path, 0o700) != 0 else { return }
        guard errno == EEXIST else { throw failure(path) }
    }

    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Device and inode: what a copy does not share.
    package static func identity(of path: String) -> (device: UInt64, inode: UInt64, size: Int)? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return (UInt64(facts.st_dev), UInt64(facts.st_ino), Int(facts.st_size))
    }

    /// Names in a folder, in the order of their bytes.
    package static func list(_ path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe _ = closedir(folder) }
        var names: [String] = []
        while let item = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &item.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension PrivateFile {
    package static func makePrivate(_ path: String) {
        _ = unsafe chmod(path, 0o600)
    }

    package static func remove(_ path: String) {
        _ = unsafe unlink(path)
    }

    /// Nothing where something is in it.
    package static func removeEmptyFolder(_ path: String) {
        _ = unsafe rmdir(path)
    }

    /// Removes what writers left that were killed: files that end in the number of a process that is dead.
    package static func removeLeftovers(in folder: String) {
        for name in list(folder) {
            guard let range = name.firstRange(of: ".new-"), let process = Int32(name[range.upperBound...]), process > 0,
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            remove("\(folder)/\(name)")
        }
    }

    package static func rename(_ from: String, to path: String) throws(StoreFailure) {
        guard unsafe Glibc.rename(from, path) == 0 else { throw failure(path) }
        syncFolder(of: path)
    }
}
