import COpenSSL

/// The contexts of every certificate that is served at one time, and the choice between them by server name.
///
/// It is made whole and never changed: a reload makes a new set, and connections stay with the set that they began
/// with. A client that names no server, or an unknown one, gets the first certificate.
///
/// It is `Sendable` although it holds C pointers: an `SSL_CTX` that is no longer being set up may be used from any
/// thread (the library counts references and locks inside), and the dictionary is never written again.
final class TLSContextSet: @unchecked Sendable {
    /// The first certificate's context.
    let fallback: TLSContext
    private let contexts: [TLSContext]
    private let names: ServerNames

    /// Makes the contexts of several certificates.
    ///
    /// - Parameters:
    ///   - certificates: At least one; the first one is the fallback.
    ///   - clientAuthority: When set, clients must present a certificate that it has issued.
    ///   - ticketKeys: Seals the session tickets of all contexts.
    /// - Throws: The file whose certificate libssl refuses, and why.
    init(
        certificates: [LoadedCertificate],
        clientAuthority: ClientAuthority?,
        ticketKeys: TicketKeys
    ) throws(CertificateError) {
        var contexts: [TLSContext] = []
        for certificate in certificates {
            do {
                contexts.append(
                    try TLSContext(
                        certificate: certificate,
                        clientAuthority: clientAuthority,
                        ticketKeys: ticketKeys
                    )
                )
            } catch {
                throw CertificateError.refused(file: certificate.information.file, reason: error)
            }
        }
        guard let fallback = contexts.first else { throw CertificateError.noCertificates }
        self.fallback = fallback
        self.contexts = contexts
        self.names = ServerNames(certificates.map(\.information.dnsNames))
        if contexts.count > 1 {
            // The name is looked up in the context that the connection began with: always the fallback. The set is
            // not retained; every connection holds it.
            causeway_SSL_CTX_set_tlsext_servername_callback(
                fallback.pointer,
                selectCertificate,
                Unmanaged.passUnretained(self).toOpaque()
            )
        }
    }

    /// Finds the context for a server name.
    ///
    /// - Returns: The context, or nil when no certificate has the name.
    fileprivate func context(for serverName: String) -> TLSContext? {
        names.index(of: serverName).map { contexts[$0] }
    }
}

/// Switches a connection to the certificate with the name that the client asked for.
///
/// An unknown name keeps the first certificate, and the client is the one to refuse it.
private func selectCertificate(
    _ ssl: OpaquePointer?,
    _ alert: UnsafeMutablePointer<CInt>?,
    _ argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let ssl, let argument, let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else {
        return SSL_TLSEXT_ERR_NOACK
    }
    let set = Unmanaged<TLSContextSet>.fromOpaque(argument).takeUnretainedValue()
    guard let context = set.context(for: String(cString: name)) else { return SSL_TLSEXT_ERR_NOACK }
    SSL_set_SSL_CTX(ssl, context.pointer)
    return SSL_TLSEXT_ERR_OK
}
