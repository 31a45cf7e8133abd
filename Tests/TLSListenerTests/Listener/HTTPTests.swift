import Foundation
import NIOCore
import TLSListener
import Testing

/// Requests and responses over real sockets, with curl and the openssl command as clients.
@Suite(.serialized) struct HTTPTests {
    private func withListener(
        configure: (inout TLSListenerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (TestListener, TestAuthority) async throws -> Void
    ) async throws {
        let authority = try await TestAuthority()
        let store = try CertificateStore(pairs: [try await authority.issue("server")])
        try await TestListener.run(store, configure: configure) { try await body($0, authority) }
    }

    @Test(arguments: [true, false])
    func answers(onTheEventLoop: Bool) async throws {
        try await withListener {
            $0.handlesOnEventLoop = onTheEventLoop
        } _: { listener, authority in
            let outcome = try await listener.curl(authority, [listener.url("/hello")])
            #expect(outcome.outputText == "hello", "\(outcome.errorText)")
        }
    }

    @Test func saysWhenAndByWhomItWasAnswered() async throws {
        try await withListener { listener, authority in
            let outcome = try await listener.curl(authority, ["--head", "--request", "GET", listener.url("/hello")])
            let fields = outcome.outputText.lowercased().split(whereSeparator: \.isNewline)
            let date = /date: [a-z]{3}, \d{2} [a-z]{3} \d{4} \d{2}:\d{2}:\d{2} gmt/
            #expect(fields.contains("server: test"), "\(outcome.outputText)")
            #expect(fields.contains { $0.wholeMatch(of: date) != nil }, "\(outcome.outputText)")
        }
    }

    @Test func answersAFailureAndGoesOn() async throws {
        try await withListener { listener, authority in
            let outcome = try await listener.curl(
                authority,
                ["--write-out", "%{http_code} ", listener.url("/failing"), listener.url("/hello")]
            )
            #expect(outcome.outputText == "500 hello200 ", "\(outcome.outputText) \(outcome.errorText)")
        }
    }

    @Test(arguments: ["--tlsv1.3", "--tls-max 1.2"])
    func carriesLargeBodiesBothWays(version: String) async throws {
        try await withListener { listener, authority in
            let body = Data((0..<1024 * 1024).map { UInt8(truncatingIfNeeded: $0 &* 7) })
            let outcome = try await listener.curl(
                authority,
                version.split(separator: " ").map(String.init)
                    + ["--header", "Expect:", "--data-binary", "@-", listener.url("/echo")],
                input: body
            )
            #expect(outcome.output == body, "\(outcome.errorText)")
        }
    }

    @Test func keepsConnectionsAlive() async throws {
        try await withListener { listener, authority in
            let outcome = try await listener.curl(
                authority,
                [
                    "--output", "/dev/null", "--write-out", "%{http_code} %{num_connects}\n",
                    listener.url("/bytes/[1-50]"),
                ]
            )
            let lines = outcome.outputText.split(separator: "\n")
            #expect(lines.count == 50)
            #expect(lines.first == "200 1")
            #expect(lines.dropFirst().allSatisfy { $0 == "200 0" })
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await withListener { listener, authority in
            let requests = (1...20).map { "GET /bytes/\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
            let last = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let outcome = try await listener.openssl(authority, "-quiet", request: requests + last + requests)
            let lengths = outcome.outputText.split(separator: "\r\n").filter {
                $0.lowercased().hasPrefix("content-length")
            }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            // Nothing after the request that asked to close.
            #expect(lengths == Array(1...20) + [5])
            #expect(outcome.status == 0)
        }
    }

    @Test(arguments: ["close", "Close", "CLOSE"])
    func closesWhenTheRequestAsksForIt(value: String) async throws {
        try await withListener { listener, authority in
            let (outcome, duration) = try await listener.openssl(
                authority,
                sending:
                    "printf 'GET /hello HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: \(value)\\r\\n\\r\\n'; sleep 3"
            )
            #expect(outcome.outputText.lowercased().contains("connection: close"))
            #expect(outcome.outputText.hasSuffix("hello"))
            #expect(duration < .seconds(20))
        }
    }

    @Test func closesAfterAResponseThatSaysSo() async throws {
        try await withListener { listener, authority in
            let outcome = try await listener.openssl(
                authority,
                "-quiet",
                request:
                    "GET /closing HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            #expect(outcome.outputText.hasSuffix("bye"))
            #expect(outcome.status == 0)
            let isClosed = await eventually { listener.statistics.counts.open == 0 }
            #expect(isClosed)
        }
    }

    @Test func speaksToClientsOfHTTP10() async throws {
        try await withListener { listener, authority in
            let outcome = try await listener.openssl(authority, "-quiet", request: "GET /hello HTTP/1.0\r\n\r\n")
            #expect(outcome.outputText.hasSuffix("hello"))
        }
    }

    @Test func stopsReadingABodyThatItHasRefused() async throws {
        try await withListener { listener, authority in
            let body = Data(repeating: 1, count: 2 * 1024 * 1024)
            let outcome = try await listener.curl(
                authority,
                [
                    "--header", "Expect:", "--data-binary", "@-", "--write-out", "%{http_code}",
                    listener.url("/limited"),
                ],
                input: body
            )
            #expect(outcome.outputText == "413", "\(outcome.errorText)")
            let isClosed = await eventually { listener.statistics.counts.open == 0 }
            #expect(isClosed)
        }
    }

    @Test func throwsAwayOnlySoMuchAfterTheLastResponse() async throws {
        try await withListener {
            $0.lingerBytes = 64 * 1024
            $0.lingerTimeout = .seconds(60)
        } _: { listener, authority in
            _ = try await listener.curl(
                authority,
                ["--header", "Expect:", "--data-binary", "@-", listener.url("/limited")],
                input: Data(repeating: 1, count: 32 * 1024 * 1024)
            )
            let isClosed = await eventually { listener.statistics.counts.open == 0 }
            #expect(isClosed)
        }
    }

    @Test func answersARequestThatDoesNotParseAndCloses() async throws {
        try await withListener { listener, authority in
            let outcome = try await listener.openssl(authority, "-quiet", request: "NOT HTTP AT ALL\r\n\r\n")
            #expect(outcome.outputText.hasPrefix("HTTP/1.1 400"))
            let isClosed = await eventually { listener.statistics.counts.open == 0 }
            #expect(isClosed)
        }
    }

    @Test func refusesAHeaderThatIsTooLarge() async throws {
        try await withListener { listener, authority in
            let outcome = try await listener.curl(
                authority,
                [
                    "--header", "X-Large: \(String(repeating: "x", count: 40_000))", "--write-out", "%{http_code}",
                    listener.url("/hello"),
                ]
            )
            #expect(!outcome.outputText.contains("200"))
            let isClosed = await eventually { listener.statistics.counts.open == 0 }
            #expect(isClosed)
        }
    }

    @Test func outlivesClientsThatVanish() async throws {
        try await withListener { listener, authority in
            // Killed while the response is on its way, and while the listener prepares one.
            for path in ["/bytes/100000000", "/slow/500"] {
                _ = try await Command.run(
                    ["timeout", "--signal=KILL", "0.3"]
                        + [
                            "curl", "--silent", "--cacert", authority.certificate, "--limit-rate", "10k", "--output",
                            "/dev/null",
                        ]
                        + ["--resolve", "localhost:\(listener.port):127.0.0.1", listener.url(path)]
                )
            }
            let areClosed = await eventually { listener.statistics.counts.open == 0 }
            #expect(areClosed)
            let outcome = try await listener.curl(authority, [listener.url("/hello")])
            #expect(outcome.outputText == "hello")
        }
    }
}
