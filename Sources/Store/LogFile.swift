import Glibc

/// The write-ahead log beside a database, read as SQLite's file format lays it down (§4, "The Write-Ahead Log"), and
/// never written.
///
/// SQLite takes a log up to the first frame whose salts or checksum do not fit and is silent about the rest. In order
/// only what was never committed lies there: a commit's last frame says so. One that says so behind a damaged frame was
/// committed, and cannot be read any more.
enum LogFile {
    private static let headByteCount = 32
    private static let frameHeadByteCount = 24

    /// Commits of the current salts that lie behind the first frame that does not fit.
    static func lostCommitCount(_ path: String) -> Int {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        guard let head = read(descriptor, at: 0, count: headByteCount) else { return 0 }
        let magic = word(head, 0)
        guard magic & ~1 == 0x377f_0682, let pageSize = Int(exactly: word(head, 8)),
            (512...65_536).contains(pageSize), pageSize & (pageSize - 1) == 0
        else { return 0 }
        var sum = Checksum(isBigEndian: magic & 1 == 1)
        sum.add(head[..<24])
        var isReadable = sum.isEqual(to: head, at: 24)
        let salts = head[16..<24]
        var offset = headByteCount
        var lost = 0
        while let frame = read(descriptor, at: offset, count: frameHeadByteCount + pageSize) {
            let isCurrent = frame[8..<16].elementsEqual(salts)
            if isReadable {
                sum.add(frame[..<8])
                sum.add(frame[frameHeadByteCount...])
                isReadable = isCurrent && sum.isEqual(to: frame, at: 16)
            }
            if !isReadable, isCurrent, word(frame, 4) != 0 { lost += 1 }
            offset += frameHeadByteCount + pageSize
        }
        return lost
    }

    /// So many bytes; nil beyond the end.
    private static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, count, off_t(offset))
        }
        return got == count ? bytes : nil
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[offset + $1]) }
    }

    /// Two sums over pairs of words, which go on from frame to frame.
    private struct Checksum {
        let isBigEndian: Bool
        private var first: UInt32 = 0
        private var second: UInt32 = 0

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        /// - Parameter bytes: a multiple of eight.
        mutating func add(_ bytes: ArraySlice<UInt8>) {
            var place = bytes.startIndex
            while place < bytes.endIndex {
                first = first &+ word(bytes, place) &+ second
                second = second &+ word(bytes, place + 4) &+ first
                place += 8
            }
        }

        private func word(_ bytes: ArraySlice<UInt8>, _ place: Int) -> UInt32 {
            let (a, b) = (UInt32(bytes[place]), UInt32(bytes[place + 1]))
            let (c, d) = (UInt32(bytes[place + 2]), UInt32(bytes[place + 3]))
            return isBigEndian ? a << 24 | b << 16 | c << 8 | d : d << 24 | c << 16 | b << 8 | a
        }

        /// Checksums are written with the most significant byte first.
        func isEqual(to bytes: [UInt8], at offset: Int) -> Bool {
            LogFile.word(bytes, offset) == first && LogFile.word(bytes, offset + 4) == second
        }
    }
}

extension Store {
    /// Commits that the log holds behind a damaged frame, where SQLite does not read them any more. Under the lock, for
    /// a writer may be adding frames.
    package func lostCommitCount() throws -> Int {
        let path = path + "-wal"
        var count = 0
        try underLock { _ in count = LogFile.lostCommitCount(path) }
        return count
    }
}
