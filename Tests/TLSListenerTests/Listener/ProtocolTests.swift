import TLSListener
import Testing

/// What a client sees of the protocol, with the openssl command as the client.
@Suite(.serialized) struct ProtocolTests {
    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func servesBothVersions(version: String) async throws {
        let authority = try await TestAuthority()
        let store = try CertificateStore(pairs: [try await authority.issue("server")])
        try await TestListener.run(store) { listener in
            let outcome = try await listener.openssl(authority, "\(version) -alpn h2,http/1.1")
            #expect(outcome.text.contains("HTTP/1.1 200 OK"))
            #expect(outcome.text.contains("Verify return code: 0 (ok)"))
            #expect(outcome.text.contains("ALPN protocol: http/1.1"))
            #expect(outcome.text.contains("Compression: NONE"))
            #expect(outcome.text.contains("hello"))
        }
    }

    @Test(arguments: [
        "-tls1_1 -cipher ALL:@SECLEVEL=0",
        "-tls1 -cipher ALL:@SECLEVEL=0",
        "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256",
        "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA",
        "-tls1_2 -cipher AES128-GCM-SHA256",
        "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256",
        "-alpn h2",
    ])
    func refusesWhatIsOldOrForeign(options: String) async throws {
        let authority = try await TestAuthority()
        let pairs = [
            try await authority.issue("server")
        ]
        let store = try CertificateStore(pairs: pairs)
        try await TestListener.run(store) { listener in
            let outcome = try await listener.openssl(authority, options)
            #expect(!outcome.text.contains("HTTP/1.1"))
            #expect(outcome.text.contains("alert"))
            let counted = await eventually { listener.statistics.counts.failedHandshakes == 1 }
            #expect(counted)
        }
    }

    @Test func refusesTheExchangeOfAnRSAKey() async throws {
        let authority = try await TestAuthority()
        let store = try CertificateStore(pairs: [try await authority.issue("rsa", key: "rsa:2048")])
        try await TestListener.run(store) { listener in
            let refused = try await listener.openssl(authority, "-tls1_2 -cipher AES128-GCM-SHA256")
            #expect(!refused.text.contains("HTTP/1.1"))
            let served = try await listener.openssl(authority, "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256")
            #expect(served.text.contains("HTTP/1.1 200 OK"))
        }
    }

    @Test func choosesTheSuiteItself() async throws {
        let authority = try await TestAuthority()
        let store = try CertificateStore(pairs: [try await authority.issue("server")])
        try await TestListener.run(store) { listener in
            let outcome = try await listener.openssl(
                authority,
                "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"
            )
            #expect(outcome.text.contains("Cipher is TLS_AES_128_GCM_SHA256"))
        }
    }

    @Test func refusesToRenegotiate() async throws {
        let authority = try await TestAuthority()
        let store = try CertificateStore(pairs: [try await authority.issue("server")])
        try await TestListener.run(store) { listener in
            // A line that begins with R asks s_client to renegotiate, unless -ign_eof is set.
            let outcome = try await Command.shell(
                """
                (echo R; sleep 1) | openssl s_client -connect 127.0.0.1:\(listener.port) \
                -CAfile '\(authority.certificate)' -tls1_2
                """
            )
            #expect(outcome.text.contains("RENEGOTIATING"))
            #expect(outcome.text.contains("no renegotiation"))
        }
    }

    @Test(
        arguments: [
            ("-servername one.example.test", "one"),
            ("-servername TWO.example.test", "two"),
            ("-servername any.three.example.test", "three"),
            ("-servername unknown.example.test", "one"),
            ("-noservername", "one"),
        ],
        ["-tls1_2", "-tls1_3"]
    )
    func choosesTheCertificateByName(option: (server: String, expected: String), version: String) async throws {
        let authority = try await TestAuthority()
        let store = try CertificateStore(pairs: [
            try await authority.issue("one", names: "DNS:one.example.test"),
            try await authority.issue("two", names: "DNS:two.example.test"),
            try await authority.issue("three", names: "DNS:*.three.example.test"),
        ])
        try await TestListener.run(store) { listener in
            let outcome = try await listener.openssl(authority, "\(option.server) \(version)")
            #expect(outcome.text.contains("subject=CN = \(option.expected)\n"))
            #expect(outcome.text.contains("HTTP/1.1 200 OK"))
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func resumesSessionsAcrossAReload(version: String) async throws {
        let authority = try await TestAuthority()
        let store = try CertificateStore(pairs: [
            try await authority.issue("server"), try await authority.issue("other", names: "DNS:other.example.test"),
        ])
        try await TestListener.run(store) { listener in
            let session = authority.path("session")
            let first = try await listener.openssl(authority, "\(version) -sess_out \(session)")
            #expect(first.text.contains("New, TLS"))
            try await authority.issue("server")
            try store.reload()
            let second = try await listener.openssl(authority, "\(version) -sess_in \(session)")
            #expect(second.text.contains("Reused, TLS"))
            #expect(second.text.contains("HTTP/1.1 200 OK"))
            #expect(listener.statistics.counts.resumed == 1)
            try store.rotateTicketKeys()
            let third = try await listener.openssl(authority, "\(version) -sess_in \(session)")
            #expect(third.text.contains("New, TLS"))
            #expect(third.text.contains("HTTP/1.1 200 OK"))
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func wantsAClientCertificateWhenAnAuthorityIsSet(version: String) async throws {
        let authority = try await TestAuthority()
        let stranger = try await TestAuthority()
        let client = try await authority.issue("client")
        let foreign = try await stranger.issue("foreign")
        try await authority.openssl("x509 -in authority.pem -out clients.pem")
        let store = try CertificateStore(
            pairs: [try await authority.issue("server")],
            clientAuthority: authority.path("clients.pem")
        )
        try await TestListener.run(store) { listener in
            let without = try await listener.openssl(authority, version)
            #expect(!without.text.contains("HTTP/1.1"))
            let wrong = try await listener.openssl(
                authority,
                "\(version) -cert \(foreign.certificate) -key \(foreign.key)"
            )
            #expect(!wrong.text.contains("HTTP/1.1"))
            let session = authority.path("session")
            let right = try await listener.openssl(
                authority,
                "\(version) -cert \(client.certificate) -key \(client.key) -sess_out \(session)"
            )
            #expect(right.text.contains("HTTP/1.1 200 OK"))
            #expect(right.text.contains("Acceptable client certificate CA names"))
            let again = try await listener.openssl(
                authority,
                "\(version) -cert \(client.certificate) -key \(client.key) -sess_in \(session)"
            )
            #expect(again.text.contains("Reused, TLS"))
            // Under another authority the session counts for nothing.
            try await authority.openssl("x509 -in '\(stranger.certificate)' -out clients.pem")
            try store.reload()
            let revoked = try await listener.openssl(authority, "\(version) -sess_in \(session)")
            #expect(!revoked.text.contains("HTTP/1.1"))
        }
    }
}
