import COpenSSL

/// An `SSL_CTX` for one certificate: what a server offers and insists on.
///
/// TLS 1.2 with ECDHE and AEAD only, and TLS 1.3; the server's order of suites; no renegotiation, no compression;
/// ALPN `http/1.1`; sessions are resumed by tickets alone, so that no state is kept.
final class TLSContext {
    /// Suites of TLS 1.2, in the server's order.
    private static let cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20:!PSK:!aNULL"
    /// Suites of TLS 1.3, in the server's order.
    private static let cipherSuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    private static let groups = "X25519:P-256:P-384"
    /// 112 bits of security: no RSA below 2048 bits, no SHA-1 signatures (SSL_CTX_set_security_level(3)).
    private static let securityLevel: CInt = 2
    /// How long a session ticket is good for, in seconds.
    private static let sessionSeconds = 2 * 60 * 60

    let pointer: OpaquePointer

    /// Makes the context of one certificate.
    ///
    /// - Parameters:
    ///   - certificate: The chain and key to present.
    ///   - clientAuthority: When set, clients must present a certificate that it has issued.
    ///   - ticketKeys: Seals the session tickets; contexts with the same keys resume each other's sessions.
    /// - Throws: What libssl says, for example that the key is too small for its security level.
    init(
        certificate: LoadedCertificate,
        clientAuthority: ClientAuthority?,
        ticketKeys: TicketKeys
    ) throws(LibraryError) {
        LibraryError.clear()
        guard let pointer = SSL_CTX_new(TLS_server_method()) else { throw LibraryError.drain("making a context") }
        self.pointer = pointer
        try setProtocol()
        try use(certificate)
        try resumeSessions(with: ticketKeys, for: clientAuthority)
        if let clientAuthority {
            try requireClientCertificates(from: clientAuthority)
        }
        SSL_CTX_set_alpn_select_cb(pointer, selectApplicationProtocol, nil)
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private func setProtocol() throws(LibraryError) {
        SSL_CTX_set_security_level(pointer, Self.securityLevel)
        SSL_CTX_set_options(
            pointer,
            causeway_SSL_OP_CIPHER_SERVER_PREFERENCE | causeway_SSL_OP_PRIORITIZE_CHACHA
                | causeway_SSL_OP_NO_COMPRESSION | causeway_SSL_OP_NO_RENEGOTIATION
        )
        // Idle connections keep no record buffers, about 34 KiB each (SSL_CTX_set_mode(3)).
        // The chain is what the file holds: without it, libssl would look for issuers in its store at every handshake.
        _ = causeway_SSL_CTX_set_mode(pointer, CLong(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN))
        // A record's header and body come in one call of the BIO.
        causeway_SSL_CTX_set_read_ahead(pointer, 1)
        try expect(causeway_SSL_CTX_set_min_proto_version(pointer, TLS1_2_VERSION), "setting TLS 1.2 as the least")
        try expect(causeway_SSL_CTX_set_max_proto_version(pointer, TLS1_3_VERSION), "setting TLS 1.3 as the most")
        try expect(SSL_CTX_set_cipher_list(pointer, Self.cipherList), "setting the suites of TLS 1.2")
        try expect(SSL_CTX_set_ciphersuites(pointer, Self.cipherSuites), "setting the suites of TLS 1.3")
        try expect(causeway_SSL_CTX_set1_groups_list(pointer, Self.groups), "setting the groups")
    }

    private func use(_ certificate: LoadedCertificate) throws(LibraryError) {
        try expect(SSL_CTX_use_certificate(pointer, certificate.leaf.pointer), "using the certificate")
        for issuer in certificate.issuers {
            try expect(causeway_SSL_CTX_add1_chain_cert(pointer, issuer.pointer), "using the certificate chain")
        }
        try expect(SSL_CTX_use_PrivateKey(pointer, certificate.key.pointer), "using the key")
    }

    private func resumeSessions(
        with ticketKeys: TicketKeys,
        for clientAuthority: ClientAuthority?
    ) throws(LibraryError) {
        _ = causeway_SSL_CTX_set_session_cache_mode(pointer, CLong(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_timeout(pointer, Self.sessionSeconds)
        // One ticket per handshake instead of two: callers of webhooks open few connections at a time.
        SSL_CTX_set_num_tickets(pointer, 1)
        let installed = ticketKeys.withUnsafeBytes { keys in
            causeway_SSL_CTX_set_tlsext_ticket_keys(
                pointer,
                UnsafeMutableRawPointer(mutating: keys.baseAddress),
                CInt(keys.count)
            )
        }
        try expect(installed, "setting the ticket keys")
        // A session is resumed only under the client authority that it was made under.
        let identity = clientAuthority?.identity ?? Array("causeway".utf8)
        try expect(
            SSL_CTX_set_session_id_context(pointer, identity, UInt32(identity.count)),
            "setting the session identity"
        )
    }

    private func requireClientCertificates(from authority: ClientAuthority) throws(LibraryError) {
        let store = SSL_CTX_get_cert_store(pointer)
        for certificate in authority.certificates {
            try expect(X509_STORE_add_cert(store, certificate.pointer), "using the client authority")
            try expect(SSL_CTX_add_client_CA(pointer, certificate.pointer), "naming the client authority")
        }
        // An authority in the file is trusted as it is, also when another one has issued it.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }

    private func expect(_ result: CInt, _ operation: String) throws(LibraryError) {
        guard result == 1 else { throw LibraryError.drain(operation) }
    }
}

/// Chooses `http/1.1`.
///
/// A client that offers protocols and not this one is refused with the alert no_application_protocol (RFC 7301 §3.2);
/// one that offers none is served.
private func selectApplicationProtocol(
    _ ssl: OpaquePointer?,
    _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ offeredLength: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let selected, let selectedLength, let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    // The list is a sequence of names, each after a byte with its length. The answer points into the list, which
    // libssl keeps until the answer is sent.
    let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
    var index = 0
    while index < list.count {
        let start = index + 1
        let end = start + Int(list[index])
        guard end <= list.count else { break }
        if list[start..<end].elementsEqual("http/1.1".utf8) {
            selected.pointee = offered + start
            selectedLength.pointee = UInt8(end - start)
            return SSL_TLSEXT_ERR_OK
        }
        index = end
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
