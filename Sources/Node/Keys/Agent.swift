import CBOR
import Glibc
package import Sodium
import Store

/// The unlock agent (Protocol 1 §7): one process for one key, on a Unix socket of mode 0600 in the key folder. It signs
/// what is a COSE Sig_structure and nothing else, for processes of the same user, until its time is over.
///
/// A request is `[0, message]` (sign) or `[1]` (end), a reply a byte string; each with its length in four bytes.
enum AgentSocket {
    static let messageByteCountMax = 65_536

    static func path(_ folder: String, _ name: String) -> String { "\(folder)/\(name).agent" }

    /// An address of at most 107 bytes for any folder: through the open folder.
    static func withAddress<Result>(
        _ folder: String, _ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result? {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("/proc/self/fd/\(descriptor)/\(name).agent".utf8)
        guard path.count < 108 else { return nil }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            for (place, byte) in path.enumerated() { unsafe buffer[place] = byte }
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        let count = UInt32(bytes.count).bigEndian
        let head = unsafe withUnsafeBytes(of: count) { unsafe Array($0) }
        let all = head + bytes
        var done = 0
        while done < all.count {
            let put = unsafe all.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, all.count - done, Int32(MSG_NOSIGNAL))
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { return false }
            done += put
        }
        return true
    }

    static func receive(from descriptor: Int32) -> [UInt8]? {
        guard let head = read(descriptor, count: 4) else { return nil }
        let count = head.reduce(0) { $0 << 8 | Int($1) }
        guard count <= messageByteCountMax else { return nil }
        return read(descriptor, count: count)
    }

    private static func read(_ descriptor: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.recv(descriptor, buffer.baseAddress.map { unsafe $0 + done }, count - done, 0)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            done += got
        }
        return bytes
    }
}

/// Signs through the agent. What it answers is verified where the change set is composed, like everybody's.
final class AgentClient: Signer {
    let publicKey: PublicKey
    let isLocal = false
    private let descriptor: Int32
    private let name: String

    private init(descriptor: Int32, key: PublicKey, name: String) {
        self.descriptor = descriptor
        self.name = name
        publicKey = key
    }

    deinit {
        close(descriptor)
    }

    /// Nil where no agent answers for the key.
    static func connect(folder: String, name: String, key: PublicKey) -> AgentClient? {
        guard PrivateFile.exists(AgentSocket.path(folder, name)) else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        let status = unsafe AgentSocket.withAddress(folder, name) { unsafe Glibc.connect(descriptor, $0, $1) }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        return AgentClient(descriptor: descriptor, key: key, name: name)
    }

    func sign(_ message: [UInt8]) throws -> Signature {
        let request = CBORValue.array([.unsigned(0), .bytes(message)]).encoded
        guard AgentSocket.send(request, to: descriptor), let reply = AgentSocket.receive(from: descriptor),
            let signature = Signature(reply)
        else { throw NodeFailure.agent(name) }
        return signature
    }

    func end() { _ = AgentSocket.send(CBORValue.array([.unsigned(1)]).encoded, to: descriptor) }
}

package enum Agent {
    package static let defaultMinutes = 480

    /// Ends the agent of a key; false where there was none.
    package static func lock(folder: String, name: String) -> Bool {
        let zero = PublicKey(.zero)
        guard let client = AgentClient.connect(folder: folder + "/keys", name: name, key: zero) else { return false }
        client.end()
        return true
    }

    package static func isRunning(folder: String, name: String) -> Bool {
        AgentClient.connect(folder: folder + "/keys", name: name, key: PublicKey(.zero)) != nil
    }

    /// Serves until the time is over or somebody ends it. `ready` is called once the socket listens.
    package static func serve(
        folder: String, name: String, secret: consuming SecretBytes, minutes: Int, ready: () -> Void
    ) throws {
        ProcessGuard.begin()
        // It outlives the terminal it was started from.
        _ = setsid()
        _ = signal(SIGPIPE, SIG_IGN)
        let key = try SecretKeys(secret).takeSigning()
        let keys = folder + "/keys"
        PrivateFile.remove(AgentSocket.path(keys, name))
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard listener >= 0 else { throw NodeFailure.agent(name) }
        let before = umask(0o177)
        let status = unsafe AgentSocket.withAddress(keys, name) { unsafe bind(listener, $0, $1) }
        _ = umask(before)
        guard status == 0, listen(listener, 8) == 0 else { throw NodeFailure.agent(name) }
        defer {
            close(listener)
            PrivateFile.remove(AgentSocket.path(keys, name))
        }
        ready()
        loop(listener, key: key, deadline: Clock.system + UInt64(minutes) * 60_000)
    }

    private static func loop(_ listener: Int32, key: borrowing SigningKey, deadline: UInt64) {
        var clients: [Int32] = []
        defer { for client in clients { close(client) } }
        while Clock.system < deadline {
            var polled = ([listener] + clients).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let wait = Int32(clamping: min(60_000, deadline - min(deadline, Clock.system)))
            guard unsafe poll(&polled, nfds_t(polled.count), wait) > 0 else { continue }
            if polled[0].revents != 0 { accept(listener, &clients) }
            for item in polled.dropFirst() where item.revents != 0 {
                switch answer(item.fd, key) {
                case .more: continue
                case .closed:
                    close(item.fd)
                    clients.removeAll { $0 == item.fd }
                case .end: return
                }
            }
        }
    }

    private enum Answer { case more, closed, end }

    /// `struct ucred` of unix(7), which Glibc's module does not show.
    private struct PeerCredentials {
        var pid: Int32 = 0
        var uid: UInt32 = .max
        var gid: UInt32 = .max
    }

    private static func accept(_ listener: Int32, _ clients: inout [Int32]) {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        var peer = PeerCredentials()
        var count = socklen_t(MemoryLayout<PeerCredentials>.size)
        let status = unsafe getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &count)
        guard status == 0, peer.uid == geteuid(), clients.count < 32 else {
            close(client)
            return
        }
        clients.append(client)
    }

    private static func answer(_ client: Int32, _ key: borrowing SigningKey) -> Answer {
        guard let bytes = AgentSocket.receive(from: client), let parts = (try? CBORValue.decode(bytes))?.arrayValue,
            let code = parts.first?.unsignedValue
        else { return .closed }
        if code == 1 { return .end }
        guard parts.count == 2, let message = parts[1].bytesValue,
            let item = (try? CBORValue.decode(message))?.arrayValue, item.count == 4,
            item[0] == .text("Signature1")
        else { return .closed }
        return AgentSocket.send(key.sign(message).bytes, to: client) ? .more : .closed
    }
}
