package import Sodium
import Store

/// Keys that took the place of others. What was set aside is never used again here, and never deleted: it proves what
/// it signed.
extension KeyRing {
    private static let asideMark = ".key.retired"
    private static let nextMark = ".key.next"

    /// Sets a key aside and puts another in its place, under its name. A process that is killed in between leaves the
    /// next key beside the place, where ``finishReplacing()`` finds it.
    package func replace(with key: KeyFile) throws {
        guard Self.isName(key.name) else { throw NodeFailure.badName(key.name) }
        _ = Agent.lock(folder: replicaFolder, name: key.name)
        try PrivateFile.write(key.encoded, to: "\(folder)/\(key.name)\(Self.nextMark)")
        try setAside(key.name)
        try finishReplacing()
    }

    /// Sets a key aside that has been replaced.
    package func setAside(_ name: String) throws {
        let path = "\(folder)/\(name).key"
        guard PrivateFile.exists(path) else { return }
        var number = 1
        while PrivateFile.exists("\(folder)/\(name)\(Self.asideMark)-\(number)") { number += 1 }
        try PrivateFile.rename(path, to: "\(folder)/\(name)\(Self.asideMark)-\(number)")
    }

    /// Puts keys in their places that a killed process left beside them.
    package func finishReplacing() throws {
        for file in PrivateFile.list(folder) where file.hasSuffix(Self.nextMark) {
            let name = String(file.dropLast(Self.nextMark.utf8.count))
            try setAside(name)
            try PrivateFile.rename("\(folder)/\(file)", to: "\(folder)/\(name).key")
        }
    }

    /// Public keys of what was set aside.
    package func asideKeys() throws -> [PublicKey] {
        try PrivateFile.list(folder).filter { $0.contains(Self.asideMark) }.map {
            try KeyFile.decode(try PrivateFile.read("\(folder)/\($0)"), name: $0).publicKey
        }
    }

    /// The same key in the same place, sealed anew.
    package func reseal(_ key: KeyFile) throws {
        guard PrivateFile.exists("\(folder)/\(key.name).key") else { throw NodeFailure.unknownKey(key.name) }
        try PrivateFile.write(key.encoded, to: "\(folder)/\(key.name).key")
    }
}
