package import Sodium

/// The classes of signed objects. Each has its own `typ` header and BLAKE2b personal, so that nothing of one class can
/// be read as another (Protocol 1 §2, table 1).
package enum ObjectClass: CaseIterable, Sendable {
    case change
    case entry
    case channel
    case receipt
    /// A member of a recovery set agrees to a succession (Protocol 3 §3.2).
    case consent
    /// What a key signs to be admitted or certified.
    case request

    /// The value of COSE header 16 (RFC 9596).
    package var typ: String {
        switch self {
        case .change: "mufakat/change"
        case .entry: "mufakat/entry"
        case .channel: "mufakat/channel"
        case .receipt: "mufakat/receipt"
        case .consent: "mufakat/consent"
        case .request: "mufakat/request"
        }
    }

    /// The personal of the id of such an object.
    package var personal: Personal {
        switch self {
        case .change: Personal("mufakat change")
        case .entry: Personal("mufakat entry")
        case .channel: Personal("mufakat channel")
        case .receipt: Personal("mufakat receipt")
        case .consent: Personal("mufakat consent")
        case .request: Personal("mufakat request")
        }
    }
}
