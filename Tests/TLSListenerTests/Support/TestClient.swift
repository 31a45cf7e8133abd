import COpenSSL
import NIOCore

/// The client's end of a TLS connection, on libssl's own memory BIOs: a peer that shares nothing with the listener's
/// buffers.
final class TestClient {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - version: `TLS1_2_VERSION` or `TLS1_3_VERSION`, and no other.
    ///   - applicationProtocol: What is offered by ALPN; nil offers nothing.
    init(version: Int32 = TLS1_3_VERSION, applicationProtocol: String? = nil, serverName: String? = nil) throws {
        guard let context = SSL_CTX_new(TLS_client_method()), let ssl = SSL_new(context),
            let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem())
        else { throw TestClientError() }
        self.context = context
        self.ssl = ssl
        self.incoming = incoming
        self.outgoing = outgoing
        _ = SSL_ctrl(ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, CLong(version), nil)
        _ = SSL_ctrl(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, CLong(version), nil)
        if let applicationProtocol {
            let list = [UInt8(applicationProtocol.utf8.count)] + Array(applicationProtocol.utf8)
            SSL_set_alpn_protos(ssl, list, UInt32(list.count))
        }
        if let serverName {
            _ = serverName.withCString {
                SSL_ctrl(
                    ssl,
                    SSL_CTRL_SET_TLSEXT_HOSTNAME,
                    CLong(TLSEXT_NAMETYPE_host_name),
                    UnsafeMutableRawPointer(mutating: $0)
                )
            }
        }
        SSL_set_connect_state(ssl)
        SSL_set_bio(ssl, incoming, outgoing)
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    /// Whether the peer has sent close_notify.
    var hasReceivedCloseNotify: Bool {
        SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0
    }

    var cipherSuite: String {
        SSL_get_current_cipher(ssl).flatMap(SSL_CIPHER_get_name).map { String(cString: $0) } ?? ""
    }

    /// Moves the handshake on.
    ///
    /// - Returns: Whether it is complete.
    func handshake() throws -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        guard result != 1 else { return true }
        guard SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ else { throw TestClientError() }
        return false
    }

    /// Takes ciphertext from the server.
    func receive(_ buffer: ByteBuffer) {
        _ = buffer.withUnsafeReadableBytes { BIO_write(incoming, $0.baseAddress, Int32($0.count)) }
    }

    /// Gives the ciphertext for the server.
    func takeOutgoing() -> ByteBuffer {
        var buffer = ByteBuffer()
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = BIO_read(outgoing, &bytes, Int32(bytes.count))
            guard count > 0 else { return buffer }
            buffer.writeBytes(bytes.prefix(Int(count)))
        }
    }

    func write(_ bytes: [UInt8]) throws {
        guard bytes.isEmpty || SSL_write(ssl, bytes, Int32(bytes.count)) == Int32(bytes.count) else {
            throw TestClientError()
        }
    }

    func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Reads what there is.
    func read() -> [UInt8] {
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            ERR_clear_error()
            let count = SSL_read(ssl, &bytes, Int32(bytes.count))
            guard count > 0 else { return all }
            all += bytes.prefix(Int(count))
        }
    }

    /// Tells libssl to change its keys, and to ask the server to do so too.
    func updateKeys() {
        SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED)
    }

    func sendCloseNotify() {
        SSL_shutdown(ssl)
    }
}

/// The client's libssl refused.
struct TestClientError: Error {}
