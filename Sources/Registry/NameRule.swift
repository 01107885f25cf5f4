/// What a name must be that people read before they sign: the name of a unit or network, the position of a person
/// (Protocol 3 §9). Texts inside dossiers have no such rule; they are shown with their control characters by number.
package enum NameRule {
    /// UTF-8 bytes (Protocol 8 §3).
    package static let byteCountMax = 200

    package enum Fault: Error, Hashable, Sendable {
        case empty
        case tooLong(byteCount: Int, limit: Int)
        /// A control, format or direction character, by its Unicode number: a terminal would obey it, and a reader would
        /// not see it.
        case unprintable(scalar: UInt32)
        /// White space at the beginning or the end: two names would look the same.
        case outerSpace
    }

    /// Nil where the text may be a name.
    package static func fault(_ text: String, byteCountMax: Int = byteCountMax) -> Fault? {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return .empty }
        let byteCount = text.utf8.count
        guard byteCount <= byteCountMax else { return .tooLong(byteCount: byteCount, limit: byteCountMax) }
        if let scalar = scalars.first(where: isUnprintable) { return .unprintable(scalar: scalar.value) }
        guard !first.properties.isWhitespace, !last.properties.isWhitespace else { return .outerSpace }
        return nil
    }

    /// What a terminal obeys or a reader does not see: Unicode's categories Cc, Cf, Co, Cs, Zl and Zp, and everything
    /// that is ignorable by default.
    package static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator: return true
        default: return scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
