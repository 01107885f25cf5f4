import CQRencode

/// A QR code (ISO/IEC 18004) of a short text, as modules: dark or light. Made by libqrencode; how it is shown is the
/// caller's.
package struct QRCode: Sendable, Equatable {
    /// Square; true is dark. Without the quiet zone.
    package let rows: [[Bool]]

    /// Modules of light ground that a reader needs around the code.
    package static let quietZone = 4
    /// UTF-8 bytes of a text: what the largest code holds at level M.
    package static let byteCountMax = 2_331

    package var size: Int { rows.count }

    /// The smallest code at error correction level M (15 % may be lost); nil for an empty text, or one that is too long.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...Self.byteCountMax).contains(bytes.count),
            let code = unsafe QRcode_encodeData(CInt(bytes.count), bytes, 0, QR_ECLEVEL_M)
        else { return nil }
        defer { unsafe QRcode_free(code) }
        let width = unsafe Int(code.pointee.width)
        guard width > 0, let data = unsafe code.pointee.data else { return nil }
        // The lowest bit of a module says whether it is dark; the others say what it is for.
        rows = (0..<width).map { row in
            (0..<width).map { column in unsafe data[row * width + column] & 1 == 1 }
        }
    }
}
