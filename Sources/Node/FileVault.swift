import Dossier
package import Envelope
import Glibc
import Sodium
import Store

/// Attachments on the disk, each under the hash of its bytes (Protocol 6 §5). What is on its way to a place ends in
/// `.part` and has the name of the place's commitment; what was found damaged ends in `.damaged`.
///
/// The hash of a file says what it is, and never whom it is for: that is asked of the place (``StoreReader/Holding``).
package struct FileVault: Sendable {
    let folder: String

    /// - Parameter folder: of the replica.
    package init(folder: String) { self.folder = folder + "/files" }

    package static let byteCountMax = 256 << 20
    static let pieceByteCount = 32_768
    private static let personal = Personal("mufakat file")

    private func path(_ id: FileID) -> String { "\(folder)/\(id.hex)" }
    private func part(_ commitment: Commitment) -> String { "\(folder)/\(commitment.hex).part" }

    // MARK: In and out

    /// Copies a file in, synced; gives its name and size. One that changes meanwhile is refused: nobody could say what
    /// was signed.
    ///
    /// Under the write lock, so that no other copy is on its way.
    func take(_ source: String, allowsEmpty: Bool = false) throws -> (id: FileID, size: Int) {
        let input = unsafe Glibc.open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard input >= 0 else { throw StoreFailure.cannotRead(path: source, errno: errno) }
        defer { close(input) }
        guard let before = FileStamp(input) else {
            throw StoreFailure.unsafeFile(path: source, fact: "not a regular file")
        }
        guard before.size <= Self.byteCountMax else {
            throw NodeFailure.fileTooLarge(path: source, byteCount: before.size)
        }
        guard before.size > 0 || allowsEmpty else { throw NodeFailure.fileEmpty(source) }
        removeCopies()
        let temporary = "\(folder)/new-\(getpid())"
        let copied: (id: FileID, size: Int)
        do {
            copied = try Self.copy(input, from: source, to: temporary)
            guard FileStamp(input) == before, copied.size == before.size else {
                throw NodeFailure.fileChanged(source)
            }
        } catch {
            PrivateFile.remove(temporary)
            throw error
        }
        try PrivateFile.rename(temporary, to: path(copied.id))
        PrivateFile.remove(path(copied.id) + ".damaged")
        return copied
    }

    /// Copies an open file to a new one, synced; at most so much as a file may have.
    private static func copy(_ input: Int32, from source: String, to target: String) throws -> (id: FileID, size: Int) {
        let output = unsafe Glibc.open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw StoreFailure.cannotWrite(path: target, errno: errno) }
        defer { close(output) }
        var hash = Blake2bStream(personal: personal)
        var size = 0
        while size <= byteCountMax, let piece = try readPiece(input, at: size, path: source) {
            hash.update(piece)
            try PrivateFile.writeAll(piece, to: output, path: target)
            size += piece.count
        }
        guard fsync(output) == 0 else { throw StoreFailure.cannotWrite(path: target, errno: errno) }
        return (FileID(hash.finish()), size)
    }

    private static func readPiece(_ descriptor: Int32, at offset: Int, path: String) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: pieceByteCount)
        let got = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, pieceByteCount, off_t(offset))
        }
        guard got >= 0 else { throw StoreFailure.cannotRead(path: path, errno: errno) }
        return got == 0 ? nil : Array(bytes.prefix(got))
    }

    /// Saves a file for a person under a name that is not taken. False where it is not here as it was signed: then
    /// nothing is left at the target.
    package func save(_ id: FileID, size: Int, to target: String) throws -> Bool {
        guard let input = open(id, size: size) else { return false }
        defer { close(input) }
        do {
            if try Self.copy(input, from: path(id), to: target).id == id { return true }
        } catch {
            PrivateFile.remove(target)
            throw error
        }
        PrivateFile.remove(target)
        setApart(id, input)
        return false
    }

    // MARK: Whether it is what was signed

    /// A file of this size lies here; what it holds is asked when it is opened.
    package func isHere(_ id: FileID, size: Int) -> Bool {
        guard let found = PrivateFile.identity(of: path(id)) else { return false }
        return found.size == size
    }

    /// The file, open; nil where there is none of that size. One of another size is set apart.
    private func open(_ id: FileID, size: Int) -> Int32? {
        let descriptor = unsafe Glibc.open(path(id), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        if let stamp = FileStamp(descriptor), stamp.size == size { return descriptor }
        setApart(id, descriptor)
        close(descriptor)
        return nil
    }

    /// Whether the bytes are those that were signed: by the size, then by the hash. What is not is set apart.
    ///
    /// - Parameter known: files that were found good before and have not changed since.
    package func isIntact(_ id: FileID, size: Int, known: KnownFiles? = nil) throws -> Bool {
        guard let input = open(id, size: size) else { return false }
        defer { close(input) }
        guard let stamp = FileStamp(input) else { return false }
        if let known, known.stamp(of: id) == stamp { return true }
        guard try Self.hash(input, path(id)) == id else {
            setApart(id, input)
            return false
        }
        known?.note(id, stamp)
        return true
    }

    private static func hash(_ input: Int32, _ path: String) throws -> FileID {
        var hash = Blake2bStream(personal: personal)
        var offset = 0
        while let piece = try readPiece(input, at: offset, path: path) {
            hash.update(piece)
            offset += piece.count
        }
        return FileID(hash.finish())
    }

    /// Takes the name away from bytes that do not fit it; unless another file stands there by now.
    private func setApart(_ id: FileID, _ descriptor: Int32) {
        guard let stamp = FileStamp(descriptor), let there = PrivateFile.identity(of: path(id)),
            there.inode == stamp.inode
        else { return }
        try? PrivateFile.rename(path(id), to: path(id) + ".damaged")
    }

    // MARK: Transfer

    /// A piece of a file that is here; empty beyond its end.
    func piece(_ id: FileID, offset: Int) throws -> [UInt8]? {
        let descriptor = unsafe Glibc.open(path(id), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return try Self.readPiece(descriptor, at: offset, path: path(id)) ?? []
    }

    /// Bytes of an unfinished transfer that are here, where to go on; nil where it has not begun.
    func partSize(_ commitment: Commitment) -> Int? { PrivateFile.identity(of: part(commitment))?.size }

    /// Adds a piece to what is on its way to a place; true when the file is whole and its hash fits. Pieces out of order
    /// are left out: the next connection asks again from where the part ends.
    func add(
        _ piece: [UInt8], to commitment: Commitment, of file: (id: FileID, size: Int), offset: Int, total: Int
    ) throws -> Bool {
        guard total == file.size, total <= Self.byteCountMax, offset == partSize(commitment) ?? 0,
            piece.count <= total - offset
        else { return false }
        let part = part(commitment)
        let output = unsafe Glibc.open(part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard output >= 0 else { throw StoreFailure.cannotWrite(path: part, errno: errno) }
        defer { close(output) }
        try PrivateFile.writeAll(piece, to: output, path: part)
        guard offset + piece.count == total else { return false }
        return try finish(commitment, of: file)
    }

    /// Takes a part that has its whole length, or removes one that does not fit.
    func finish(_ commitment: Commitment, of file: (id: FileID, size: Int)) throws -> Bool {
        let part = part(commitment)
        let input = unsafe Glibc.open(part, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard input >= 0 else { return false }
        defer { close(input) }
        guard let stamp = FileStamp(input), stamp.size == file.size, try Self.hash(input, part) == file.id else {
            PrivateFile.remove(part)
            return false
        }
        guard fsync(input) == 0 else { throw StoreFailure.cannotWrite(path: part, errno: errno) }
        // Equal bytes that are here already are these.
        try PrivateFile.rename(part, to: path(file.id))
        PrivateFile.remove(path(file.id) + ".damaged")
        return true
    }

    // MARK: Removing

    /// Removes everything that no place stands for, and copies that a killed command left. Under the write lock nobody
    /// copies one in.
    func sweep(keeping names: Set<String>) {
        for name in PrivateFile.list(folder) where !names.contains(name) { PrivateFile.remove("\(folder)/\(name)") }
        PrivateFile.syncFolder(of: folder + "/")
    }

    /// What a killed command left half copied; under the write lock nobody else copies.
    private func removeCopies() {
        for name in PrivateFile.list(folder) where name.hasPrefix("new-") { PrivateFile.remove("\(folder)/\(name)") }
    }
}

/// By what one sees that a file was written to.
struct FileStamp: Equatable {
    let inode: UInt64
    let size: Int
    private let modified: [Int]

    /// Nil for what is not a regular file.
    init?(_ descriptor: Int32) {
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        inode = UInt64(facts.st_ino)
        size = Int(facts.st_size)
        modified = [facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec]
    }
}
