import CSodium

/// What can go wrong with the library or its inputs.
package enum SodiumFailure: Error, Equatable, Sendable {
    case notInitialised
    /// The library accepts or refuses other signatures than Protocol 1 §6 says.
    case selfTest(String)
    case parametersOutOfRange
    case outOfMemory
}

/// Starts libsodium once, and refuses to run with a library that verifies otherwise than the protocol says.
package enum SodiumLibrary {
    private static let state: Result<Void, SodiumFailure> = {
        guard sodium_init() >= 0 else { return .failure(.notInitialised) }
        return SelfTest.run()
    }()

    package static func start() throws(SodiumFailure) {
        try state.get()
    }

    /// For the primitives: whoever uses one has started the library.
    static func require() {
        if case .failure(let failure) = state { preconditionFailure("libsodium cannot be used: \(failure)") }
    }
}

/// Known edge cases of Ed25519 (Protocol 1 §6): two implementations that disagree on them would see two histories.
enum SelfTest {
    static func run() -> Result<Void, SodiumFailure> {
        // RFC 8032 §7.1, test 2.
        guard let key = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
            let good = hex(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        else { return .failure(.selfTest("vectors")) }
        let message: [UInt8] = [0x72]
        guard verify(good, message, key) else { return .failure(.selfTest("a good signature is refused")) }
        // S + L: the same point with a scalar that is not reduced.
        guard !verify(addingOrder(to: good), message, key) else {
            return .failure(.selfTest("a signature with S ≥ L is accepted"))
        }
        for (name, point) in smallOrderPoints {
            guard let bytes = hex(point) else { return .failure(.selfTest("vectors")) }
            // With A of small order and S = 0, R = A or the neutral element would verify.
            let zero = [UInt8](repeating: 0, count: 32)
            let neutral: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
            for r in [bytes, neutral] where verify(r + zero, message, bytes) {
                return .failure(.selfTest("a key of small order is accepted: \(name)"))
            }
        }
        return .success(())
    }

    private static let smallOrderPoints = [
        ("neutral", "0100000000000000000000000000000000000000000000000000000000000000"),
        ("order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("order 4", "0000000000000000000000000000000000000000000000000000000000000000"),
        ("order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        ("order 8, second", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ("neutral, not canonical", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("zero, not canonical", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ]

    private static func hex(_ text: String) -> [UInt8]? { Hexadecimal.decode(text) }

    private static func verify(_ signature: [UInt8], _ message: [UInt8], _ key: [UInt8]) -> Bool {
        unsafe crypto_sign_ed25519_verify_detached(signature, message, UInt64(message.count), key) == 0
    }

    /// S + L, with L = 2^252 + 27742317777372353535851937790883648493, little endian.
    private static func addingOrder(to signature: [UInt8]) -> [UInt8] {
        let order: [UInt8] =
            [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14]
            + [UInt8](repeating: 0, count: 15) + [0x10]
        var result = signature
        var carry: UInt16 = 0
        for place in 0..<32 {
            let sum = UInt16(signature[32 + place]) + UInt16(order[place]) + carry
            result[32 + place] = UInt8(truncatingIfNeeded: sum)
            carry = sum >> 8
        }
        return result
    }
}
