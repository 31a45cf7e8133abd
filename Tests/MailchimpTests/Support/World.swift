import AsyncHTTPClient
import Bridge
import Foundation
import HTTPCalls
import Logging
import Mailchimp
import NIOCore
import NIOHTTP1
import Reconciliation
import Sandbox
import Testing

/// A simulated Mailchimp on a real socket, and a client of it that shares its clock.
struct World: Sendable {
    static let audience = "a1b2c3d4e5"

    let clock: SandboxClock
    let server: SandboxServer
    let gate: RecordingGate
    let client: MailchimpClient

    var now: Timestamp { SharedClock(sandbox: clock).now }

    /// Another client of the same server.
    func client(
        credential: MailchimpCredential,
        audience: String = World.audience,
        api: String? = nil,
        timeoutSeconds: Int64 = 20
    ) throws -> MailchimpClient {
        try Self.client(
            at: server.baseURL,
            gate: gate,
            clock: clock,
            credential: credential,
            audience: audience,
            api: api,
            timeoutSeconds: timeoutSeconds
        )
    }

    /// Does something behind the API's back.
    @discardableResult
    func control(_ name: String, _ body: String = "{}") async throws -> SandboxJSON {
        try await exchange(.POST, name, body: body)
    }

    /// What the audience holds of one address; nil when there is no such member.
    func truth(of email: String) async throws -> SandboxJSON? {
        try await exchange(.GET, "members?email=\(email.replacing("+", with: "%2B"))").arrayValue?.first
    }

    /// The status of a member.
    func status(of email: String) async throws -> String? {
        try await truth(of: email)?["status"]?.stringValue
    }

    /// The names of a member's tags.
    func tags(of email: String) async throws -> [String] {
        try await truth(of: email)?["tags"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// The addresses with a tag, whatever their status.
    func members(of list: ListID) async throws -> [String] {
        try await exchange(.GET, "segment-members?segment_id=\(list.rawValue)").arrayValue?
            .compactMap(\.stringValue) ?? []
    }

    /// Everything that the account holds.
    func truth() async throws -> SandboxJSON {
        try await exchange(.GET, "state")
    }

    /// Makes members that were there before.
    func plantAll(_ members: String) async throws {
        try await control("create-members", #"{"members":[\#(members)]}"#)
    }

    /// Makes a member that was there before; answers its contact as the client reads it.
    @discardableResult
    func plant(_ email: String, status: String = "subscribed") async throws -> ProviderContact {
        try await plantAll(#"{"email":"\#(email)","status":"\#(status)"}"#)
        return try await contact(email)
    }

    /// The contact of an address.
    func contact(_ email: String) async throws -> ProviderContact {
        let address = try #require(Address(typed: email))
        return try #require(try await client.contacts(.having(address), cursor: nil).contacts.first)
    }

    /// Everybody whom a query finds.
    func walk(_ query: ContactQuery) async throws -> [ProviderContact] {
        var found: [ProviderContact] = []
        var cursor: String?
        repeat {
            let page = try await client.contacts(query, cursor: cursor)
            found += page.contacts
            cursor = page.next
        } while cursor != nil
        return found
    }

    /// Spoils the next calls that match, as the sandbox's faults describe.
    func fault(_ text: String) throws {
        server.faults.add(try #require(SandboxJSON(parsing: text).flatMap(SandboxFault.init)))
    }

    /// How often a route was called, by its method and its path below the base of the API.
    func calls(_ route: String) -> Int {
        server.calls.counts[route.replacingOccurrences(of: " /", with: " /3.0/")] ?? 0
    }

    /// All calls of the API.
    var calls: Int { server.calls.counts.values.reduce(0, +) }

    private func exchange(_ method: HTTPMethod, _ name: String, body: String? = nil) async throws -> SandboxJSON {
        var request = HTTPClientRequest(url: "\(server.baseURL)/_sandbox/\(name)")
        request.method = method
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await Self.http.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 64 << 20))
        #expect(response.status == .ok, "\(name): \(text)")
        return try #require(SandboxJSON(parsing: text))
    }

    static let http = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: .init(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(2)))
    )

    fileprivate static func client(
        at base: String,
        gate: any CallGate,
        clock: SandboxClock,
        credential: MailchimpCredential,
        audience: String = World.audience,
        api: String? = nil,
        timeoutSeconds: Int64 = 20
    ) throws -> MailchimpClient {
        MailchimpClient(
            try MailchimpSettings(
                credential: credential,
                audience: audience,
                api: try ServiceAddress(api ?? "\(base)/3.0"),
                timeoutSeconds: timeoutSeconds
            ),
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
/// With `EXCHANGE_LOG_DIRECTORY` set, every exchange is written there for `check-exchanges`.
///
/// - Parameter isDescribed: whether the published description has what is exchanged; not so where the service is another
///   than it describes, or another path is called on purpose.
func withWorld(
    isDescribed: Bool = true,
    _ configure: (inout MailchimpOptions) -> Void = { _ in },
    _ body: (World) async throws -> Void
) async throws {
    var options = MailchimpOptions()
    options.latencyMilliseconds = 0
    options.statsLagSeconds = 0
    configure(&options)
    let clock = SandboxClock(now: 1_772_712_000, frozen: true)
    let directory = isDescribed ? ProcessInfo.processInfo.environment["EXCHANGE_LOG_DIRECTORY"] : nil
    let log = try directory.map { directory in
        try ExchangeLog(path: "\(directory)/mailchimp-\(UUID().uuidString).ndjson")
    }
    let server = try await SandboxServer.start(
        MailchimpSandbox(clock: clock, options: options),
        clock: clock,
        log: log
    )
    let gate = RecordingGate()
    do {
        let client = try World.client(
            at: server.baseURL,
            gate: gate,
            clock: clock,
            credential: .apiKey(options.apiKey)
        )
        try await body(World(clock: clock, server: server, gate: gate, client: client))
        #expect(gate.admitted == gate.results.count, "the gate was not told how every call ended")
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
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

/// A row of an address and no more.
func row(_ email: String, firstName: String = "", fields: [String: String] = [:]) -> ContactRow {
    ContactRow(email: email, firstName: firstName, lastName: "", fields: fields)
}

/// The result of a change that was carried out at once.
func ended(_ submission: Submission) throws -> ActivityResult {
    guard case .ended(let result) = submission else {
        Issue.record("the change is under way")
        throw CancellationError()
    }
    return result
}
