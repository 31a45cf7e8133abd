import AsyncHTTPClient
import Bridge
import ConstantContact
import Foundation
import HTTPCalls
import Logging
import NIOCore
import NIOHTTP1
import Reconciliation
import Sandbox
import Testing

/// A simulated Constant Contact on a real socket, and a client of it that shares its clock.
struct World: Sendable {
    let clock: SandboxClock
    let server: SandboxServer
    let vault: MemoryVault
    let gate: RecordingGate
    let client: ConstantContactClient

    var now: Timestamp { SharedClock(sandbox: clock).now }

    /// Another client of the same account, as a second process would have.
    func secondClient(
        vault other: (any TokenVault)? = nil,
        timeoutSeconds: Int64 = 20
    ) throws -> ConstantContactClient {
        try Self.client(
            at: server.baseURL,
            vault: other ?? vault,
            gate: gate,
            clock: clock,
            timeoutSeconds: timeoutSeconds
        )
    }

    /// Does something behind the API's back.
    @discardableResult
    func control(_ name: String, _ body: String = "{}") async throws -> SandboxJSON {
        try await exchange(.POST, name, body: body)
    }

    /// What the account holds of one address; nil when there is no such contact.
    func truth(of email: String) async throws -> SandboxJSON? {
        try await exchange(.GET, "contacts?email=\(email.replacing("+", with: "%2B"))").arrayValue?.first
    }

    /// Everything that the account holds.
    func truth() async throws -> SandboxJSON {
        try await exchange(.GET, "state")
    }

    /// The addresses on a list.
    func members(of list: ListID) async throws -> [String] {
        try await exchange(.GET, "list-members?list_id=\(list.rawValue)").arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// Makes a contact that was there before; answers its id.
    func plant(_ body: String) async throws -> ContactID {
        ContactID(try #require(try await control("create-contact", body)["contact_id"]?.stringValue))
    }

    /// Spoils the next calls that match, as the sandbox's faults describe.
    func fault(_ text: String) throws {
        server.faults.add(try #require(SandboxJSON(parsing: text).flatMap(SandboxFault.init)))
    }

    /// How often a route was called.
    func calls(_ route: String) -> Int { server.calls.counts[route] ?? 0 }

    /// All calls of the API and the token endpoint.
    var calls: Int { server.calls.counts.values.reduce(0, +) }

    private func exchange(_ method: HTTPMethod, _ name: String, body: String? = nil) async throws -> SandboxJSON {
        var request = HTTPClientRequest(url: "\(server.baseURL)/_sandbox/\(name)")
        request.method = method
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await Self.http.execute(request, timeout: .seconds(30))
        let text = String(buffer: try await response.body.collect(upTo: 64 << 20))
        #expect(response.status == .ok, "\(name): \(text)")
        return try #require(SandboxJSON(parsing: text))
    }

    fileprivate static let http = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: .init(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(2)))
    )

    fileprivate static func client(
        at base: String,
        vault: any TokenVault,
        gate: any CallGate,
        clock: SandboxClock,
        timeoutSeconds: Int64 = 20
    ) throws -> ConstantContactClient {
        ConstantContactClient(
            ConstantContactSettings(
                api: try ServiceAddress("\(base)/v3"),
                authorisation: try ServiceAddress("\(base)/oauth2/default/v1"),
                clientID: "sandbox-client",
                clientSecret: "sandbox-secret",
                timeoutSeconds: timeoutSeconds
            ),
            vault: vault,
            http: http,
            gate: gate,
            clock: SharedClock(sandbox: clock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            random: { _ in 0 }
        )
    }
}

/// Runs a test in a world of its own, whose clock stands at noon of 5 March 2026.
///
/// Limits of pace are off unless `configure` sets them. With `EXCHANGE_LOG_DIRECTORY` set, every exchange is written
/// there for `check-exchanges`.
func withWorld(
    _ configure: (inout ConstantContactOptions) -> Void = { _ in },
    _ body: (World) async throws -> Void
) async throws {
    var options = ConstantContactOptions()
    options.requestsPerSecond = nil
    options.tokenRequestsPerSecond = nil
    configure(&options)
    let clock = SandboxClock(now: 1_772_712_000, frozen: true)
    let log = try ProcessInfo.processInfo.environment["EXCHANGE_LOG_DIRECTORY"].map { directory in
        try ExchangeLog(path: "\(directory)/\(UUID().uuidString).ndjson")
    }
    let server = try await SandboxServer.start(
        ConstantContactSandbox(clock: clock, options: options),
        clock: clock,
        log: log
    )
    let vault = MemoryVault(refreshToken: options.refreshToken)
    let gate = RecordingGate()
    do {
        let client = try World.client(at: server.baseURL, vault: vault, gate: gate, clock: clock)
        try await body(World(clock: clock, server: server, vault: vault, gate: gate, client: client))
        #expect(gate.admitted == gate.results.count, "the gate was not told how every call ended")
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}

/// A client of a service that does not run.
func offlineClient() throws -> ConstantContactClient {
    try World.client(
        at: "http://127.0.0.1:1",
        vault: MemoryVault(refreshToken: "unused"),
        gate: OpenGate(),
        clock: SandboxClock(now: 1_772_712_000, frozen: true)
    )
}

/// Runs an operation that has to fail, and gives the error.
func failure(of operation: () async throws -> some Any) async throws -> PortError {
    do {
        _ = try await operation()
    } catch let error as PortError {
        return error
    }
    Issue.record("nothing was thrown")
    throw CancellationError()
}
