import Registry
package import Sodium
import Store

/// Where a passphrase comes from; never from argv.
package enum PassphraseSource: Sendable {
    case prompt
    case descriptor(Int32)
    case file(String)
    case none
}

/// The sealed keys in a replica folder.
package struct KeyRing: Sendable {
    package let folder: String

    let replicaFolder: String

    package init(folder: String) {
        replicaFolder = folder
        self.folder = folder + "/keys"
    }

    private func path(_ name: String) -> String { "\(folder)/\(name).key" }

    /// Letters, digits, `-`, `_` and `.`: what may become a file name.
    package static func isName(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57)
                    || byte == 45 || byte == 95 || byte == 46
            }
    }

    package var names: [String] {
        PrivateFile.list(folder).filter { $0.hasSuffix(".key") }.map { String($0.dropLast(4)) }
    }

    package func file(_ name: String) throws -> KeyFile {
        guard Self.isName(name), PrivateFile.exists(path(name)) else { throw NodeFailure.unknownKey(name) }
        return try KeyFile.decode(try PrivateFile.read(path(name)), name: name)
    }

    package func files(_ kinds: [KeyKind]) throws -> [KeyFile] {
        try names.map { try file($0) }.filter { kinds.contains($0.kind) }
    }

    package func add(_ key: KeyFile) throws {
        guard Self.isName(key.name) else { throw NodeFailure.badName(key.name) }
        try PrivateFile.makeFolder(folder)
        guard !PrivateFile.exists(path(key.name)) else { throw NodeFailure.keyExists(key.name) }
        try PrivateFile.write(key.encoded, to: path(key.name))
    }

    /// Runs what first uses a key that was just made. Where it fails the key is set aside, so that its name is free and
    /// the command can be given again; nobody has seen anything signed by it.
    ///
    /// - Parameter other: a second key that was made with it.
    package func withNewKey<Result>(
        _ name: String, and other: String? = nil, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch {
            for name in [name] + (other.map { [$0] } ?? []) where PrivateFile.exists(path(name)) {
                try? PrivateFile.rename(path(name), to: path(name) + ".unused")
            }
            throw error
        }
    }

    /// A signer for a key: through the agent where it is unlocked, else by opening the file.
    package func signer(_ name: String, _ source: PassphraseSource) throws -> any Signer {
        let key = try file(name)
        if let agent = AgentClient.connect(folder: folder, name: name, key: key.publicKey) { return agent }
        return try OpenKey(try secret(key, source))
    }

    package func secret(_ key: KeyFile, _ source: PassphraseSource) throws -> SecretBytes {
        if key.isOpenWithoutPassphrase { return try key.open(passphrase: nil) }
        let passphrase = try Passphrase.read(source, for: key.name)
        return try key.open(passphrase: passphrase)
    }
}
