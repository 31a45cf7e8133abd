import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sandbox
import Testing

/// A running Mailchimp sandbox as a client meets it: addresses, a key, and the controls behind its back.
struct MailchimpPeer {
    let server: SandboxServer
    let clock: SandboxClock
    /// A client of its own: a connection kept from an earlier server could be taken for one to this port.
    let client: HTTPClient
    var key: String

    /// 5 January 2026, 09:00 UTC, where the clock stands until a test moves it.
    static let start = Double(SandboxTime.epoch(year: 2026, month: 1, day: 5, hour: 9))
    static let audience = "/lists/a1b2c3d4e5"
    /// Vectors of mailchimp.md §5.
    static let ann = "Ann.Lee@Example.com"
    static let annHash = "ac22d1dff811ced3068af057a3ed7029"

    /// Runs a body with a service, and stops it.
    static func run<Value: Sendable>(
        options change: (inout MailchimpOptions) -> Void = { _ in },
        _ body: @Sendable (MailchimpPeer) async throws -> Value
    ) async throws -> Value {
        var options = MailchimpOptions()
        options.statsLagSeconds = 0
        options.latencyMilliseconds = 0
        change(&options)
        let clock = SandboxClock(now: start, frozen: true)
        let server = try await SandboxServer.start(MailchimpSandbox(clock: clock, options: options), clock: clock)
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // More than the requests that the service has in flight.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let peer = MailchimpPeer(server: server, clock: clock, client: client, key: options.apiKey)
        do {
            let value = try await body(peer)
            try await client.shutdown()
            await server.stop()
            return value
        } catch {
            try await client.shutdown()
            await server.stop()
            throw error
        }
    }

    /// The file that collects exchanges for `check-exchanges`; nil when nobody wants them.
    private static let log = Result {
        try ProcessInfo.processInfo.environment["EXCHANGE_LOG_DIRECTORY"].map {
            try ExchangeLog(path: $0 + "/mailchimp-sandbox.ndjson")
        }
    }

    /// Makes one call to a path of the server.
    ///
    /// - Parameter isWrong: whether the request breaks the contract on purpose, so that its check would say no more.
    func send(
        _ method: String,
        _ path: String,
        headers: [(String, String)] = [],
        body: String? = nil,
        isWrong: Bool = false
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: server.baseURL + path)
        request.method = .init(rawValue: method)
        // A connection that is kept can end in the very moment in which it is used again.
        request.headers = .init(headers + [("Connection", "close")])
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let answer = Answer(
            status: Int(response.status.code),
            headers: response.headers.map { ($0.name, $0.value) },
            text: String(buffer: bytes)
        )
        if !isWrong, path.hasPrefix("/3.0"), let log = try Self.log.get() {
            var recorded = SandboxResponse(status: answer.status, headers: [], body: Array(answer.text.utf8))
            recorded.headers = answer.headers.map { (name: $0.0, value: $0.1) }
            let sent = SandboxRequest(
                method: method,
                target: path,
                headers: headers.map { (name: $0.0, value: $0.1) },
                body: Array((body ?? "").utf8)
            )
            try log.record(service: "mailchimp", request: sent, response: recorded)
        }
        return answer
    }

    // MARK: The API

    func get(_ path: String, isWrong: Bool = false) async throws -> Answer {
        try await api("GET", path, nil, isWrong: isWrong)
    }

    func post(_ path: String, _ body: String, isWrong: Bool = false) async throws -> Answer {
        try await api("POST", path, body, isWrong: isWrong)
    }

    func put(_ path: String, _ body: String, isWrong: Bool = false) async throws -> Answer {
        try await api("PUT", path, body, isWrong: isWrong)
    }

    func patch(_ path: String, _ body: String, isWrong: Bool = false) async throws -> Answer {
        try await api("PATCH", path, body, isWrong: isWrong)
    }

    func delete(_ path: String, isWrong: Bool = false) async throws -> Answer {
        try await api("DELETE", path, nil, isWrong: isWrong)
    }

    func api(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        headers: [(String, String)] = [],
        isWrong: Bool = false
    ) async throws -> Answer {
        var fields = [("Authorization", "Bearer \(key)")] + headers
        if body != nil { fields.append(("Content-Type", "application/json")) }
        return try await send(method, "/3.0" + path, headers: fields, body: body, isWrong: isWrong)
    }

    // MARK: Controls

    @discardableResult
    func control(_ name: String, _ body: String = "{}") async throws -> SandboxJSON {
        let answer = try await send("POST", "/_sandbox/" + name, body: body)
        #expect(answer.status == 200, "\(name): \(answer.text)")
        return answer.json ?? .null
    }

    /// What the account truly holds of a member; nil when it has none of that address.
    func truth(_ email: String) async throws -> SandboxJSON? {
        try await send("GET", "/_sandbox/members?email=\(email)").json?.arrayValue?.first
    }

    /// The deliveries of webhooks, once none is due.
    func deliveries() async throws -> [SandboxJSON] {
        try await send("GET", "/_sandbox/deliveries?idle=30").json?.arrayValue ?? []
    }

    /// Waits until so many calls are in flight.
    func waitUntilInFlight(_ count: Int) async throws {
        for _ in 0..<1_000 {
            if try await send("GET", "/_sandbox/state").json?["in_flight"]?.intValue == count { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("there were never \(count) calls in flight")
    }

    // MARK: Common steps

    /// Puts a member with the status that a new one gets.
    @discardableResult
    func add(_ email: String, status: String = "subscribed") async throws -> Answer {
        let answer = try await put(
            "\(Self.audience)/members/\(Self.hash(email))",
            #"{"email_address":"\#(email)","status_if_new":"\#(status)"}"#
        )
        #expect(answer.status == 200, "\(answer.text)")
        return answer
    }

    /// Sets the status of a member by PATCH.
    func setStatus(_ email: String, _ status: String) async throws -> Answer {
        try await patch("\(Self.audience)/members/\(Self.hash(email))", #"{"status":"\#(status)"}"#)
    }

    func status(_ email: String) async throws -> String? {
        try await get("\(Self.audience)/members/\(Self.hash(email))?fields=status").json?["status"]?.stringValue
    }

    /// Makes a tag with some members.
    func makeTag(_ name: String, _ emails: [String] = []) async throws -> Int {
        let list = emails.map { "\"\($0)\"" }.joined(separator: ",")
        let answer = try await post("\(Self.audience)/segments", #"{"name":"\#(name)","static_segment":[\#(list)]}"#)
        return try #require(answer.json?["id"]?.intValue, "\(answer.text)")
    }

    static func hash(_ email: String) -> String { Digests.md5(email.lowercased()) }
}

extension Answer {
    /// The title of a problem document.
    var title: String? { json?["title"]?.stringValue }
    /// The fields that a problem document names.
    var fields: [String] { (json?["errors"]?.arrayValue ?? []).compactMap { $0["field"]?.stringValue } }
    /// The addresses of the members in a page.
    var members: [String] { (json?["members"]?.arrayValue ?? []).compactMap { $0["email_address"]?.stringValue } }
}
