import NIOCore
import NIOHTTP1

/// The limits of the listener.
///
/// Every one of them ends or refuses a connection; none is off.
package struct TLSListenerConfiguration: Sendable {
    /// From the connection's acceptance to the end of its handshake.
    package var handshakeTimeout: TimeAmount = .seconds(10)
    /// From the end of the handshake, or the first byte of a later request, to the end of the request's header.
    package var headerTimeout: TimeAmount = .seconds(10)
    /// From the end of a request's header to the end of its body.
    package var bodyTimeout: TimeAmount = .seconds(30)
    /// From the end of a response to the first byte of the next request; also how long a peer may take nothing of a
    /// response.
    package var idleTimeout: TimeAmount = .seconds(60)
    /// From the last byte that we send to the peer's close, while what it still sends is thrown away.
    ///
    /// Without it, the kernel would answer that with a reset, and the peer could lose the response (RFC 9112 §9.6).
    package var lingerTimeout: TimeAmount = .seconds(2)
    /// How many bytes are thrown away before that is cut short.
    package var lingerBytes = 4 * 1024 * 1024
    /// From the beginning of a graceful shutdown to the end of the last connection.
    package var drainTimeout: TimeAmount = .seconds(10)
    /// How many connections there may be at a time.
    package var maximumConnections = 10_000
    /// How many connections there may be at a time from one address: one IPv4 address, or one IPv6 /64, which is what
    /// one host commonly has.
    package var maximumConnectionsPerAddress = 256
    /// The longest field of a request's header, name and value, in bytes.
    package var maximumHeaderFieldSize = 16 * 1024
    /// The longest header of a request, in bytes.
    package var maximumHeaderSize = 32 * 1024
    /// How many fields a request's header may have.
    package var maximumHeaderFields = 100
    /// Whether requests are handled on the thread that reads them, which saves two changes of thread per request.
    ///
    /// Handlers must then not block their thread: whoever commits to a disk awaits a thread of its own.
    package var handlesOnEventLoop = true

    package init() {}

    var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = maximumHeaderFieldSize
        limits.maxHeaderListSize = maximumHeaderSize
        limits.maxHeaderFieldCount = maximumHeaderFields
        return limits
    }
}
