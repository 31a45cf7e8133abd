import HTTPTypes
import Reconciliation
import Testing
import Webhooks

struct HealthRouteTests {
    private struct Away: Error {}

    private static func report(_ status: HealthReport.Status = .ok) -> HealthReport {
        HealthReport(
            status: status,
            accounts: [
                .init(
                    name: AccountID("workbooks"),
                    status: .ok,
                    lastContact: Timestamp(milliseconds: 1_772_357_400_250),
                    staleSeconds: 12
                ),
                .init(name: AccountID("constant-contact"), status: .failing, lastContact: nil, staleSeconds: nil),
            ],
            inbox: .init(waiting: 3, dead: 1),
            optOuts: .init(open: 2, oldestSeconds: 61)
        )
    }

    private func listener(
        report: @escaping @Sendable () throws -> HealthReport = { Self.report() },
        readiness: Readiness = Readiness(isStoreWritable: true, isEngineRunning: true)
    ) throws -> TestListener {
        try TestListener(health: HealthSource(report: report, readiness: { readiness }))
    }

    @Test func tellsAllThatTheDesignLists() async throws {
        try await listener().serve { client async throws in
            let response = try await client.send(.get, "/health")
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/json")
            #expect(
                response.text == """
                    {"accounts":[{"lastContact":"2026-03-01T09:30:00.250Z","name":"workbooks","staleSeconds":12,\
                    "status":"ok"},{"lastContact":null,"name":"constant-contact","staleSeconds":null,\
                    "status":"failing"}],"inbox":{"dead":1,"waiting":3},"optOuts":{"oldestSeconds":61,"open":2},\
                    "status":"ok"}
                    """
            )
        }
    }

    @Test(arguments: [
        (HealthReport.Status.ok, HTTPResponse.Status.ok), (.degraded, .ok), (.failing, .serviceUnavailable),
    ])
    func answersTheStatusInItsCode(status: HealthReport.Status, code: HTTPResponse.Status) async throws {
        try await listener(report: { Self.report(status) }).serve { client async throws in
            let answer = try await client.send(.get, "/health")
            #expect(answer.status == code)
        }
    }

    @Test func failsWhenNobodyCanSay() async throws {
        try await listener(report: { throw Away() }).serve { client async throws in
            let response = try await client.send(.get, "/health")
            #expect(response.status == .serviceUnavailable)
            #expect(response.text == #"{"status":"failing"}"#)
        }
    }

    @Test func asksOnceASecond() async throws {
        let asked = Wakes()
        let listener = try listener(report: {
            asked.add()
            return Self.report()
        })
        try await listener.serve { client async throws in
            for _ in 0..<20 { _ = try await client.send(.get, "/health") }
            #expect(asked.count == 1)
            listener.clock.advance(milliseconds: 1001)
            _ = try await client.send(.get, "/health")
            #expect(asked.count == 2)
        }
    }

    @Test(arguments: [
        (true, true, HTTPResponse.Status.ok, #"{"engine":"ok","status":"ok","store":"ok"}"#),
        (false, true, .serviceUnavailable, #"{"engine":"ok","status":"failing","store":"failing"}"#),
        (true, false, .serviceUnavailable, #"{"engine":"failing","status":"failing","store":"ok"}"#),
    ])
    func isReadyWhenStoreAndEngineAre(
        store: Bool,
        engine: Bool,
        status: HTTPResponse.Status,
        body: String
    ) async throws {
        let readiness = Readiness(isStoreWritable: store, isEngineRunning: engine)
        try await listener(readiness: readiness).serve { client async throws in
            let response = try await client.send(.get, "/health/ready")
            #expect(response.status == status)
            #expect(response.text == body)
        }
    }

    @Test(arguments: ["/health", "/health/ready"])
    func allowsReadingOnly(path: String) async throws {
        try await listener().serve { client async throws in
            let response = try await client.send(.post, path, body: "{}")
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == "GET, HEAD")
            let (head, _) = try await RawConnection.exchange(
                port: client.port,
                "HEAD \(path) HTTP/1.1\r\nHost: test\r\n\r\n",
                stopAt: "\r\n\r\n"
            )
            #expect(head.hasPrefix("HTTP/1.1 200 "))
            #expect(head.hasSuffix("\r\n\r\n"))
        }
    }
}
