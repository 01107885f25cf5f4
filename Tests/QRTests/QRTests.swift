import QR
import Testing

/// What a reader makes of a code is decided by Tests/Processes/qr_code.py, which decodes it independently.
@Suite struct QRTests {
    let fingerprint = "3fa1 0b2c 99de 7710 aa01 5c3d 2e4f 8b6a"

    @Test func aFingerprintFitsASmallSquare() throws {
        let code = try #require(QRCode(fingerprint))
        // Version 3: 29 modules, 42 bytes at level M.
        #expect(code.size == 29)
        #expect(code.rows.allSatisfy { $0.count == 29 })
        #expect(code == QRCode(fingerprint))
        #expect(code != QRCode(fingerprint + "0"))
    }

    @Test func hasItsFinderPatterns() throws {
        let code = try #require(QRCode(fingerprint))
        let last = code.size - 7
        for (top, left) in [(0, 0), (0, last), (last, 0)] {
            for row in 0..<7 {
                for column in 0..<7 {
                    let ring = max(abs(row - 3), abs(column - 3))
                    #expect(code.rows[top + row][left + column] == (ring != 2), "\(top + row), \(left + column)")
                }
            }
        }
    }

    @Test func textsHaveALimit() {
        #expect(QRCode("") == nil)
        #expect(QRCode(String(repeating: "x", count: QRCode.byteCountMax))?.size == 177)
        #expect(QRCode(String(repeating: "x", count: QRCode.byteCountMax + 1)) == nil)
    }
}
