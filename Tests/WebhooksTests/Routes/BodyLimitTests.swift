import HTTPTypes
import Reconciliation
import Testing
import Webhooks

struct BodyLimitTests {
    private static let path = "/webhooks/workbooks/workbooks"

    @Test func takesABodyOfTheLargestSize() async throws {
        let listener = try TestListener()
        let body = String(repeating: "b", count: 1 << 20)
        try await listener.serve { client async throws in
            #expect(try await client.post(body).status == .noContent)
        }
        #expect(listener.store.deliveries.map(\.body.count) == [1 << 20])
    }

    @Test func refusesALargerBodyByItsAnnouncedLength() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            let head = "POST \(Self.path) HTTP/1.1\r\nHost: test\r\nContent-Length: 1048577\r\n\r\n"
            let (answer, _) = try await RawConnection.exchange(port: client.port, head)
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.lowercased().contains("connection: close"))
        }
    }

    @Test func refusesALargerBodyThatAnnouncesNoLength() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            let head = "POST \(Self.path) HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n"
            let (answer, sent) = try await RawConnection.exchange(port: client.port, head, filler: 256 << 20)
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.lowercased().contains("connection: close"))
            #expect(sent < 64 << 20)
        }
        #expect(listener.store.deliveries.isEmpty)
    }

    @Test(arguments: ["POST /nowhere", "PUT \(path)", "POST /webhooks/workbooks/stranger", "POST /health"])
    func readsNoLongBodyThatNobodyWants(request: String) async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            let head = "\(request) HTTP/1.1\r\nHost: test\r\nContent-Length: 1073741824\r\n\r\n"
            let (answer, sent) = try await RawConnection.exchange(port: client.port, head, filler: 256 << 20)
            #expect(answer.hasPrefix("HTTP/1.1 40"))
            #expect(sent < 64 << 20)
        }
    }

    @Test func sharesAnAllowanceAmongBodiesInPieces() async throws {
        var limits = IntakeLimits()
        limits.assemblingBytes = 200_000
        let listener = try TestListener(limits: limits)
        try await listener.serve { client async throws in
            let response = try await client.post(String(repeating: "b", count: 400_000))
            #expect(response.status == .serviceUnavailable)
        }
        #expect(listener.store.deliveries.isEmpty)
    }

    @Test func givesTheAllowanceBack() async throws {
        var limits = IntakeLimits()
        limits.assemblingBytes = 500_000
        let listener = try TestListener(limits: limits)
        let body = String(repeating: "b", count: 400_000)
        try await listener.serve { client async throws in
            for number in 0..<5 { #expect(try await client.post(body, id: "msg_\(number)").status == .noContent) }
        }
    }

    @Test func putsABodyInManyPiecesTogether() async throws {
        let listener = try TestListener()
        let body = "{\"type\":\"x\"}"
        let signed = SignedHeaders(seconds: listener.clock.now.seconds, body: body, secret: listener.secret)
        let chunks = body.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
        try await listener.serve { client async throws in
            let head = signed.request(to: Self.path, body: nil) + "Transfer-Encoding: chunked\r\n\r\n"
            let (answer, _) = try await RawConnection.exchange(port: client.port, head + chunks, stopAt: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 204 "))
        }
        #expect(listener.store.deliveries.map(\.body) == [Array(body.utf8)])
    }

    @Test func servesTwoDeliveriesSentInOneBreath() async throws {
        let listener = try TestListener()
        let requests = ["msg_1", "msg_2"].map { id in
            SignedHeaders(id: id, seconds: listener.clock.now.seconds, body: "{}", secret: listener.secret)
                .request(to: Self.path, body: "{}")
        }
        try await listener.serve { client async throws in
            let last = "GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n"
            let (answer, _) = try await RawConnection.exchange(
                port: client.port,
                requests.joined() + last,
                stopAt: "HTTP/1.1 404"
            )
            #expect(answer.split(separator: "HTTP/1.1 204 ").count == 2 + (answer.hasPrefix("HTTP/1.1 204 ") ? 0 : 1))
        }
        #expect(listener.store.deliveries.map(\.id) == ["msg_1", "msg_2"])
    }
}
