import Dossier
package import Envelope
import Glibc
import Sodium
import Store

/// Attachments on the disk, each under the hash of its bytes (Protocol 6 §5). What is not whole yet ends in `.part`.
package struct FileVault: Sendable {
    let folder: String

    package init(folder: String) { self.folder = folder + "/files" }

    package static let byteCountMax = 256 << 20
    static let pieceByteCount = 32_768
    private static let personal = Personal("mufakat file")

    package func path(_ id: FileID) -> String { "\(folder)/\(id.hex)" }

    /// Copies a file in, synced; gives its name and size.
    func take(_ source: String) throws -> (id: FileID, size: Int) {
        let input = unsafe open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard input >= 0 else { throw StoreFailure.cannotRead(path: source, errno: errno) }
        defer { close(input) }
        var facts = stat()
        guard unsafe fstat(input, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw StoreFailure.unsafeFile(path: source, fact: "not a regular file")
        }
        guard Int(facts.st_size) <= Self.byteCountMax else {
            throw NodeFailure.fileTooLarge(path: source, byteCount: Int(facts.st_size))
        }
        let temporary = "\(folder)/new-\(getpid())"
        PrivateFile.remove(temporary)
        let output = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw StoreFailure.cannotWrite(path: temporary, errno: errno) }
        defer { close(output) }
        var hash = Blake2bStream(personal: Self.personal)
        var size = 0
        do {
            while let piece = try Self.readPiece(input, at: size, path: source) {
                hash.update(piece)
                try PrivateFile.writeAll(piece, to: output, path: temporary)
                size += piece.count
            }
            guard fsync(output) == 0 else { throw StoreFailure.cannotWrite(path: temporary, errno: errno) }
        } catch {
            PrivateFile.remove(temporary)
            throw error
        }
        let id = FileID(hash.finish())
        try PrivateFile.rename(temporary, to: path(id))
        return (id, size)
    }

    private static func readPiece(_ descriptor: Int32, at offset: Int, path: String) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: pieceByteCount)
        let got = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, pieceByteCount, off_t(offset))
        }
        guard got >= 0 else { throw StoreFailure.cannotRead(path: path, errno: errno) }
        return got == 0 ? nil : Array(bytes.prefix(got))
    }

    /// A piece of a file that is whole here; nil beyond its end or where it is not here.
    func piece(_ id: FileID, offset: Int) throws -> [UInt8]? {
        let descriptor = unsafe open(path(id), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return try Self.readPiece(descriptor, at: offset, path: path(id))
    }

    package func isHere(_ id: FileID) -> Bool { PrivateFile.exists(path(id)) }

    /// Bytes of an unfinished transfer that are here: where to go on.
    func partSize(_ id: FileID) -> Int { PrivateFile.identity(of: path(id) + ".part")?.size ?? 0 }

    /// Adds a piece; true when the file is whole and its hash fits. Pieces out of order are left out: the next
    /// connection asks again from where the part ends.
    func add(_ piece: [UInt8], to id: FileID, offset: Int, total: Int) throws -> Bool {
        guard total <= Self.byteCountMax, offset == partSize(id), offset + piece.count <= total else { return false }
        let part = path(id) + ".part"
        let output = unsafe open(part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard output >= 0 else { throw StoreFailure.cannotWrite(path: part, errno: errno) }
        defer { close(output) }
        try PrivateFile.writeAll(piece, to: output, path: part)
        guard offset + piece.count == total else { return false }
        guard fsync(output) == 0 else { throw StoreFailure.cannotWrite(path: part, errno: errno) }
        guard try hash(part) == id else {
            PrivateFile.remove(part)
            return false
        }
        try PrivateFile.rename(part, to: path(id))
        return true
    }

    func hash(_ path: String) throws -> FileID {
        let input = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw StoreFailure.cannotRead(path: path, errno: errno) }
        defer { close(input) }
        var hash = Blake2bStream(personal: Self.personal)
        var offset = 0
        while let piece = try Self.readPiece(input, at: offset, path: path) {
            hash.update(piece)
            offset += piece.count
        }
        return FileID(hash.finish())
    }

    /// Unlinks a file and what is there of an unfinished transfer. Under the write lock nobody copies one in, so what
    /// a killed command left half copied goes too.
    func remove(_ id: FileID) {
        PrivateFile.remove(path(id))
        PrivateFile.remove(path(id) + ".part")
        for name in PrivateFile.list(folder) where name.hasPrefix("new-") { PrivateFile.remove("\(folder)/\(name)") }
        PrivateFile.syncFolder(of: path(id))
    }

    /// Whether the bytes of a file are what its name says.
    package func isIntact(_ id: FileID) throws -> Bool { try hash(path(id)) == id }
}
