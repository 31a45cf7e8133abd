import COpenSSL
import NIOCore

/// The server's end of one TLS connection: an `SSL` between two buffers of ciphertext.
///
/// Ciphertext from the peer goes in by `receive(_:)`, ciphertext for the peer comes out by `takeOutbound()`, and
/// between them `advanceHandshake()`, `read(into:)`, `write(_:)` and `sendCloseNotify()` move the session on. It does
/// no I/O and knows nothing of channels. It is not `Sendable`: one event loop uses it.
final class TLSConnection {
    /// Where the handshake stands.
    enum HandshakeProgress {
        /// The peer must say more.
        case incomplete
        case complete
    }

    /// What a read found.
    enum ReadOutcome {
        /// Bytes were added to the buffer; there may be more.
        case data
        /// All ciphertext has been used up.
        case incomplete
        /// The peer has sent close_notify: nothing more will be read.
        case closed
    }

    /// Bytes that a record adds to its plaintext, at most: header, content type, tag, and an explicit nonce in TLS 1.2.
    private static let recordOverhead = 40
    /// The longest plaintext of a record (RFC 8446 §5.1).
    private static let maximumRecord = 16 * 1024
    /// An outbound buffer larger than this is given back after use, so that one large answer does not stay in memory.
    private static let keptCapacity = 32 * 1024

    private let ssl: OpaquePointer
    /// Keeps the contexts that the server name callback chooses from alive as long as the `SSL`.
    private let contexts: TLSContextSet
    /// Ciphertext from the peer that libssl has not asked for yet.
    private var inbound = ByteBuffer()
    /// Ciphertext for the peer.
    private var outbound: ByteBuffer
    /// Whether the bytes of `outbound` have been taken; its storage is used again when nobody else holds it by then.
    private var outboundIsTaken = false

    /// Makes the server's end of a new connection.
    ///
    /// - Parameters:
    ///   - contexts: The certificates to serve; the connection stays with them for its life.
    ///   - allocator: Makes the outbound buffer.
    init(contexts: TLSContextSet, allocator: ByteBufferAllocator) throws(LibraryError) {
        LibraryError.clear()
        guard let ssl = SSL_new(contexts.fallback.pointer) else { throw LibraryError.drain("making a connection") }
        self.ssl = ssl
        self.contexts = contexts
        self.outbound = allocator.buffer(capacity: 0)
        SSL_set_accept_state(ssl)
        let bio = try BufferBIO.make(for: self)
        // One BIO in both directions: SSL_set_bio takes the single reference that we own.
        SSL_set_bio(ssl, bio, bio)
    }

    deinit {
        // Frees the BIO too, which does not call back into this object.
        SSL_free(ssl)
    }

    /// The protocol version that was negotiated, such as `TLSv1.3`.
    var protocolVersion: String {
        SSL_get_version(ssl).map { String(cString: $0) } ?? ""
    }

    /// The cipher suite that was negotiated, in OpenSSL's spelling; empty before the handshake.
    var cipherSuite: String {
        SSL_get_current_cipher(ssl).flatMap(SSL_CIPHER_get_name).map { String(cString: $0) } ?? ""
    }

    /// Whether the handshake resumed an earlier session.
    var isResumed: Bool {
        SSL_session_reused(ssl) == 1
    }

    /// Bytes of ciphertext that wait to be read, an upper bound of the plaintext that they hold (what libssl has
    /// buffered of an unfinished record aside).
    var inboundBytes: Int {
        inbound.readableBytes
    }

    /// Takes ciphertext from the peer.
    ///
    /// - Parameter ciphertext: The bytes; the buffer is let go as soon as libssl has read them.
    func receive(_ ciphertext: ByteBuffer) {
        if inbound.readableBytes == 0 {
            inbound = ciphertext
        } else {
            inbound.writeImmutableBuffer(ciphertext)
        }
    }

    /// Takes the ciphertext that is to be sent.
    ///
    /// - Returns: The bytes, or nil when there are none.
    func takeOutbound() -> ByteBuffer? {
        guard !outboundIsTaken, outbound.readableBytes > 0 else { return nil }
        let taken = outbound
        if outbound.capacity > Self.keptCapacity {
            outbound = ByteBuffer()
        } else {
            outboundIsTaken = true
        }
        return taken
    }

    /// Moves the handshake on with the ciphertext at hand.
    ///
    /// - Throws: What libssl says; an alert for the peer is then in the outbound buffer.
    func advanceHandshake() throws(LibraryError) -> HandshakeProgress {
        LibraryError.clear()
        let result = SSL_do_handshake(ssl)
        guard result != 1 else { return .complete }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ:
            return .incomplete
        default:
            throw LibraryError.drain("handshake")
        }
    }

    /// Decrypts into the writable part of a buffer, which must not be empty.
    ///
    /// - Throws: What libssl says; an alert for the peer is then in the outbound buffer.
    func read(into plaintext: inout ByteBuffer) throws(LibraryError) -> ReadOutcome {
        // An empty call costs as much as a small record; most reads end here, as they hold whole records.
        guard inbound.readableBytes > 0 || SSL_has_pending(ssl) == 1 else { return .incomplete }
        LibraryError.clear()
        var result: CInt = 0
        plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { target in
            result = SSL_read(ssl, target.baseAddress, CInt(clamping: target.count))
            return max(0, Int(result))
        }
        guard result <= 0 else { return .data }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ:
            return .incomplete
        case SSL_ERROR_ZERO_RETURN:
            return .closed
        default:
            throw LibraryError.drain("read")
        }
    }

    /// Encrypts bytes into the outbound buffer, all of them, as records of at most 16 KiB.
    ///
    /// - Throws: What libssl says.
    func write(_ plaintext: ByteBuffer) throws(LibraryError) {
        guard plaintext.readableBytes > 0 else { return }
        let records = (plaintext.readableBytes + Self.maximumRecord - 1) / Self.maximumRecord
        reserveOutbound(plaintext.readableBytes + records * Self.recordOverhead)
        LibraryError.clear()
        let succeeded = plaintext.withUnsafeReadableBytes { bytes in
            var written = 0
            while written < bytes.count {
                let remaining = bytes.count - written
                let result = SSL_write(ssl, bytes.baseAddress.map { $0 + written }, CInt(clamping: remaining))
                guard result > 0 else { return false }
                written += Int(result)
            }
            return true
        }
        guard succeeded else { throw LibraryError.drain("write") }
    }

    /// Puts a close_notify alert into the outbound buffer, once.
    ///
    /// It must not be called after an error or before the handshake has completed (SSL_shutdown(3)).
    func sendCloseNotify() {
        LibraryError.clear()
        // 0 means sent and not answered, 1 sent and answered. A failure leaves nothing to do: the channel is closing.
        if SSL_shutdown(ssl) < 0 {
            LibraryError.clear()
        }
    }

    /// Serves the BIO's read callback.
    ///
    /// - Returns: The number of bytes copied, 0 when there are none.
    func readCiphertext(into target: UnsafeMutableRawBufferPointer) -> Int {
        let count = inbound.readWithUnsafeReadableBytes { source in
            let count = min(source.count, target.count)
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
            return count
        }
        if count > 0, inbound.readableBytes == 0 {
            // The channel's pool of receive buffers takes it back only when nobody else holds it.
            inbound = ByteBuffer()
        }
        return count
    }

    /// Serves the BIO's write callback.
    func writeCiphertext(_ bytes: UnsafeRawBufferPointer) {
        reserveOutbound(bytes.count)
        outbound.writeBytes(bytes)
    }

    private func reserveOutbound(_ count: Int) {
        if outboundIsTaken {
            outbound.clear(minimumCapacity: count)
            outboundIsTaken = false
        } else {
            outbound.reserveCapacity(minimumWritableBytes: count)
        }
    }
}
