import Glibc
package import Sodium
import Store

/// Reads a passphrase from the terminal, a descriptor or a private file.
package enum Passphrase {
    static let byteCountMax = 1_024

    package static func read(_ source: PassphraseSource, for name: String) throws -> SecretBytes? {
        switch source {
        case .none: return nil
        case .file(let path):
            var bytes = try PrivateFile.read(path, limit: byteCountMax)
            return secret(&bytes)
        case .descriptor(let descriptor):
            var bytes = try readLine(descriptor, name)
            return secret(&bytes)
        case .prompt:
            var bytes = try prompt(name)
            return secret(&bytes)
        }
    }

    /// A passphrase for a new key: at the terminal it is asked for twice, because nobody sees what he types.
    package static func readNew(_ source: PassphraseSource, for name: String) throws -> SecretBytes? {
        guard case .prompt = source else { return try read(source, for: name) }
        let first = try read(.prompt, for: name)
        let second = try read(.prompt, for: name + ", 2×")
        if let first, let second, first.equals(second) { return first }
        throw NodeFailure.passphrasesDiffer(name)
    }

    /// The first line; wiped where it was read to.
    private static func secret(_ bytes: inout [UInt8]) -> SecretBytes? {
        let count = bytes.prefix { $0 != 10 && $0 != 13 }.count
        let all = SecretBytes(wiping: &bytes)
        return count == 0 ? nil : SecretBytes(0..<count, of: all)
    }

    private static func readLine(_ descriptor: Int32, _ name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        // Growing would leave pieces of it behind.
        bytes.reserveCapacity(byteCountMax)
        var byte: UInt8 = 0
        while bytes.count < byteCountMax {
            let got = unsafe Glibc.read(descriptor, &byte, 1)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw NodeFailure.passphraseNeeded(name) }
            if got == 0 || byte == 10 { break }
            bytes.append(byte)
        }
        return bytes
    }

    /// Asks on the terminal itself, without echo, whatever standard input is.
    private static func prompt(_ name: String) throws -> [UInt8] {
        let terminal = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { throw NodeFailure.passphraseNeeded(name) }
        defer { close(terminal) }
        var before = termios()
        guard unsafe tcgetattr(terminal, &before) == 0 else { throw NodeFailure.passphraseNeeded(name) }
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ECHO)
        _ = unsafe tcsetattr(terminal, TCSAFLUSH, &quiet)
        defer { unsafe _ = tcsetattr(terminal, TCSAFLUSH, &before) }
        try PrivateFile.writeAll(Array("Kata sandi / passphrase (\(name)): ".utf8), to: terminal, path: "/dev/tty")
        let line = try readLine(terminal, name)
        try PrivateFile.writeAll([10], to: terminal, path: "/dev/tty")
        return line
    }
}
