import AsyncHTTPClient
import Foundation
import NIOCore
import Sandbox
import Testing

/// A service that counts what took effect and answers with what it heard.
private actor EchoService: SandboxService {
    nonisolated let name = "echo"
    private(set) var effects = 0

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        effects += 1
        return .json([
            "method": .string(request.method), "path": .string(request.path), "body": .string(request.bodyText),
        ])
    }
}

/// Runs a body with a server of an echo service, and stops it.
private func withEcho<Value>(
    log: ExchangeLog? = nil,
    _ body: (SandboxServer, EchoService) async throws -> Value
) async throws -> Value {
    let service = EchoService()
    let server = try await SandboxServer.start(service, clock: SandboxClock(), log: log)
    do {
        let value = try await body(server, service)
        await server.stop()
        return value
    } catch {
        await server.stop()
        throw error
    }
}

struct SandboxServerTests {
    @Test func answersOverARealSocket() async throws {
        try await withEcho { server, _ in
            let answer = try await call("POST", server.baseURL + "/a%20b?x=1", body: "hello")
            #expect(answer.status == 200)
            #expect(answer.json?["path"]?.stringValue == "/a b")
            #expect(answer.json?["body"]?.stringValue == "hello")
        }
    }

    @Test func setsAndAdvancesTheClock() async throws {
        try await withEcho { server, _ in
            _ = try await call("POST", server.baseURL + "/_sandbox/clock", body: #"{"frozen":true}"#)
            _ = try await call("POST", server.baseURL + "/_sandbox/clock", body: #"{"now":1000}"#)
            let answer = try await call("POST", server.baseURL + "/_sandbox/clock", body: #"{"advanceSeconds":60}"#)
            #expect(answer.json?["now"]?.doubleValue == 1060)
            #expect(server.clock.now == 1060)
        }
    }

    @Test func anAnswerWithoutABodyHasNothingBehindIt() async throws {
        try await withEcho { server, _ in
            let answer = try await call("DELETE", server.baseURL + "/_sandbox/calls")
            #expect(answer.status == 204)
            #expect(answer.header("Transfer-Encoding") == nil)
            #expect(answer.header("Content-Length") == nil)
        }
    }

    @Test func countsCallsByRoute() async throws {
        try await withEcho { server, _ in
            _ = try await call("GET", server.baseURL + "/things/17")
            _ = try await call("GET", server.baseURL + "/things/18")
            let counts = try await call("GET", server.baseURL + "/_sandbox/calls")
            #expect(counts.json == ["GET /things/{id}": 2])
        }
    }

    @Test func injectsAStatusForTheWantedCallsOnly() async throws {
        try await withEcho { server, service in
            let fault = #"{"kind":"status","status":503,"method":"PUT","path":"/x","after":1,"times":2}"#
            _ = try await call("POST", server.baseURL + "/_sandbox/faults", body: fault)
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await call("PUT", server.baseURL + "/x").status) }
            #expect(statuses == [200, 503, 503, 200])
            #expect(try await call("GET", server.baseURL + "/x").status == 200)
            #expect(await service.effects == 3)
        }
    }

    @Test(arguments: [("reset-before", 0), ("reset-after", 1), ("truncated", 1)])
    func breaksTheConnection(kind: String, effects: Int) async throws {
        try await withEcho { server, service in
            _ = try await call("POST", server.baseURL + "/_sandbox/faults", body: #"{"kind":"\#(kind)"}"#)
            await #expect(throws: (any Error).self) { try await call("POST", server.baseURL + "/x") }
            #expect(await service.effects == effects)
            #expect(try await call("POST", server.baseURL + "/x").status == 200)
        }
    }

    @Test func addsUnknownKeysToObjects() async throws {
        try await withEcho { server, _ in
            _ = try await call("POST", server.baseURL + "/_sandbox/faults", body: #"{"kind":"unknown-keys"}"#)
            let answer = try await call("GET", server.baseURL + "/x")
            #expect(answer.json?["x_future_key"] != nil)
            #expect(answer.json?["path"]?.stringValue == "/x")
        }
    }

    @Test func sendsASlowBodyWhole() async throws {
        try await withEcho { server, _ in
            _ = try await call("POST", server.baseURL + "/_sandbox/faults", body: #"{"kind":"slow","delayMs":50}"#)
            #expect(try await call("GET", server.baseURL + "/slow").json?["path"]?.stringValue == "/slow")
        }
    }

    @Test func logsExchangesWithoutSecrets() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { _ = unlink(path) }
        try await withEcho(log: try ExchangeLog(path: path)) { server, _ in
            let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", "Bearer abc")]
            _ = try await call("POST", server.baseURL + "/x", headers: form, body: "api_key=topsecret&b=2")
            _ = try await call("POST", server.baseURL + "/_sandbox/faults", body: #"{"kind":"html"}"#)
            _ = try await call("GET", server.baseURL + "/y")
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        let first = try #require(SandboxJSON(parsing: lines[0]))
        #expect(first["requestBody"]?.stringValue == "api_key=***&b=2")
        #expect(first["requestHeaders"]?["Authorization"]?.stringValue == "Bearer ***")
        #expect(!lines[0].contains("\"injected\""))
        #expect(SandboxJSON(parsing: lines[1])?["injected"]?.boolValue == true)
    }
}
