import Dossier
package import Envelope
package import Sodium

/// Reads values with the openings that are held.
package struct ValueReader: Sendable {
    package let openings: [Commitment: Opening]
    /// Legal bases of what is erased; empty where the text of a basis is not held.
    package let erased: [Commitment: String]

    package init(openings: [Commitment: Opening], erased: [Commitment: String] = [:]) {
        (self.openings, self.erased) = (openings, erased)
    }

    /// The legal basis on which a value was erased; nil for what is not erased.
    package func basis(_ value: Value) -> String? {
        guard case .committed(let committed) = value else { return nil }
        return erased[committed.commitment]
    }

    /// The value itself, or what opens it; nil where the opening is not held.
    package func open(_ value: Value) -> Value? {
        guard case .committed(let committed) = value else { return value }
        return openings[committed.commitment]?.opened
    }

    /// The same where an author wrote it: whoever repeats a commitment of somebody else did not write its text.
    package func text(_ value: Value, by author: PublicKey) -> String? {
        if case .committed(let committed) = value,
            openings[committed.commitment]?.fits(author: author, audience: committed.audience) != true
        {
            return nil
        }
        return text(value)
    }

    /// A text to show; nil where the opening is not held.
    package func text(_ value: Value) -> String? {
        switch open(value) {
        case nil: nil
        case .text(let text)?: text
        case .integer(let number)?: String(number)
        case .bool(let flag)?: flag ? "ya" : "tidak"
        case .bytes(let bytes)?: Hexadecimal.encode(bytes)
        case .null?: ""
        case .committed?: nil
        }
    }
}

extension String {
    /// The beginning that fits into so many bytes. Others may write what no client here would: a title as long as a text
    /// may be, quoted in a sentence that is signed, would make a text that nobody takes.
    package func clipped(toByteCount limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var kept = ""
        var count = 0
        for scalar in unicodeScalars {
            count += String(scalar).utf8.count
            guard count <= limit else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }
}

extension DossierState {
    /// The basis of each erased value, in the words of the first signature whose basis is held.
    func erasedTexts(_ openings: [Commitment: Opening]) -> [Commitment: String] {
        var found: [Commitment: String] = [:]
        for value in erased where value.isByFirstWriter {
            let texts = bases(of: value).compactMap { basis -> String? in
                guard case .text(let text)? = openings[basis.commitment]?.opened else { return nil }
                return text
            }
            found[value.commitment] = texts.first ?? ""
        }
        return found
    }
}
