import CBOR
import Foundation
import Node
import Sodium
import Store
import TestSupport
import Testing

@Suite struct KeyTests {
    func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

    @Test func opensWithItsPassphraseOnly() throws {
        let file = try KeyFile.make(
            name: "k", kind: .device, person: try Replica.newPerson(), passphrase: secret("rahasia"))
        let read = try KeyFile.decode(file.encoded, name: "k")
        let opened = try read.open(passphrase: secret("rahasia"))
        #expect(try OpenKey(opened).publicKey == file.publicKey)
        #expect { _ = try read.open(passphrase: secret("salah")).count } throws: { error in
            guard case NodeFailure.wrongPassphrase("k") = error else { return false }
            return true
        }
        #expect { _ = try read.open(passphrase: nil).count } throws: { error in
            guard case NodeFailure.passphraseNeeded = error else { return false }
            return true
        }
    }

    /// Every byte of a key file is authenticated; parameters outside the bounds are refused before they cost anything.
    @Test func aChangedFileIsRefused() throws {
        let file = try KeyFile.make(name: "k", kind: .device, person: try Replica.newPerson(), passphrase: nil)
        let bytes = file.encoded
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            guard let read = try? KeyFile.decode(changed, name: "k") else { continue }
            let isOpened = (try? read.open(passphrase: nil)) != nil
            #expect(!isOpened, "byte \(place)")
        }
    }

    @Test func argon2ParametersHaveBounds() throws {
        let file = try KeyFile.make(name: "k", kind: .device, person: try Replica.newPerson(), passphrase: secret("x"))
        guard var parts = try CBORValue.decode(file.encoded).arrayValue, let header = parts[0].mapValue else {
            throw TestFailure.setUp("key file")
        }
        for (passes, memory) in [(UInt64(1), UInt64(268_435_456)), (3, 8_192), (3, 64 << 30), (1_000, 268_435_456)] {
            parts[0] = .map(
                header.map { pair in
                    pair.key == .unsigned(7)
                        ? CBORPair(key: pair.key, value: .array([.unsigned(passes), .unsigned(memory)])) : pair
                })
            let bytes = CBORValue.array(parts).encoded
            #expect { _ = try KeyFile.decode(bytes, name: "k") } throws: { error in
                guard case NodeFailure.keyParameters = error else { return false }
                return true
            }
        }
    }

    @Test func theRingRefusesNamesThatLeaveItsFolder() throws {
        let office = try TestOffice()
        for name in ["../x", "a/b", "", ".hidden", String(repeating: "x", count: 41), "a\u{0}b"] {
            #expect(throws: NodeFailure.self) { try office.key(name, .device) }
        }
        try office.key("kadis-1", .device)
        #expect(throws: NodeFailure.self) { try office.key("kadis-1", .device) }
    }

    @Test func theAgentSignsStatementsOnlyAndEnds() async throws {
        let office = try TestOffice()
        let file = try office.key("k", .device)
        let folder = office.replica.folder
        let (lines, ready) = AsyncStream.makeStream(of: Void.self)
        let thread = Thread {
            do {
                let secret = try office.replica.keys.secret(file, .none)
                try Agent.serve(folder: folder, name: "k", secret: secret, minutes: 60) { ready.yield() }
            } catch { Issue.record(error) }
            ready.finish()
        }
        thread.start()
        var iterator = lines.makeAsyncIterator()
        _ = await iterator.next()
        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/keys/k.agent")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let signer = try office.replica.keys.signer("k", .none)
        #expect(!(signer is OpenKey))
        let statement = CBORValue.array([.text("Signature1"), .bytes([]), .bytes([]), .bytes([1])]).encoded
        #expect(file.publicKey.verifies(try signer.sign(statement), over: statement))
        #expect(throws: NodeFailure.self) { try signer.sign(Array("pay me".utf8)) }
        #expect(Agent.lock(folder: folder, name: "k"))
        while await iterator.next() != nil {}
        #expect(!Agent.isRunning(folder: folder, name: "k"))
    }
}
