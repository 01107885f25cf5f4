package import NIOCore

/// Times and numbers of a connection (Protocol 8 §5). The defaults are the protocol's; tests pass shorter times.
package struct TransportLimits: Sendable {
    /// The handshake and the peer's whole identity.
    package var identity = TimeAmount.seconds(5)
    /// Whoever has sent nothing for so long sends a PING.
    package var quiet = TimeAmount.seconds(20)
    /// Without a sign of life for so long the connection ends.
    package var silence = TimeAmount.seconds(60)
    /// A frame that has begun is whole within this time.
    package var frame = TimeAmount.seconds(60)
    /// One more PING is allowed after each such time.
    package var pingInterval = TimeAmount.seconds(5)
    /// PINGs that are allowed at once: what waited in the line behind data arrives together.
    package var pingCount = 4

    package init() {}

    package static let standard = TransportLimits()
}
