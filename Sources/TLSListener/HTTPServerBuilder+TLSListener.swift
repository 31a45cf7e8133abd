import HummingbirdCore

extension HTTPServerBuilder {
    /// Builds a server that speaks HTTP/1.1 over TLS, by the system's libssl, and nothing else.
    ///
    /// ```swift
    /// let certificates = try CertificateStore(pairs: pairs)
    /// let application = Application(
    ///     router: router,
    ///     server: .tlsListener(certificates: certificates),
    ///     services: [certificates]
    /// )
    /// ```
    ///
    /// TLS 1.2 (ECDHE with AEAD) and 1.3, the server's order of suites, ALPN `http/1.1`, several certificates by
    /// server name, session tickets. As a service beside the application, the store reloads certificates that change.
    /// A graceful shutdown closes idle connections at once and all others after their response, or at the latest when
    /// the time for draining is over.
    ///
    /// - Parameters:
    ///   - configuration: Time-outs and caps.
    ///   - certificates: What to serve; every connection asks it anew.
    ///   - statistics: Counts what happens to connections.
    /// - Returns: The builder to give to a Hummingbird `Application`.
    package static func tlsListener(
        configuration: TLSListenerConfiguration = TLSListenerConfiguration(),
        certificates: CertificateStore,
        statistics: TLSListenerStatistics = TLSListenerStatistics()
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            TLSServerChannel(
                responder: responder,
                certificates: certificates,
                configuration: configuration,
                statistics: statistics
            )
        }
    }
}
