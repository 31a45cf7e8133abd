import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sandbox
import Testing

/// A running Constant Contact sandbox as a client meets it: addresses, a token, and the controls behind its back.
struct ConstantContactPeer {
    let server: SandboxServer
    let clock: SandboxClock
    /// A client of its own: a connection kept from an earlier server could be taken for one to this port.
    let client: HTTPClient
    var token = ""

    /// 1 March 2026, 09:00 UTC, where the clock stands until a test moves it.
    static let start = Double(SandboxTime.epoch(year: 2026, month: 3, day: 1, hour: 9))

    /// Runs a body with a service whose limits are off, signed in, and stops it.
    static func run<Value: Sendable>(
        options change: (inout ConstantContactOptions) -> Void = { _ in },
        _ body: @Sendable (ConstantContactPeer) async throws -> Value
    ) async throws -> Value {
        var options = ConstantContactOptions()
        options.requestsPerSecond = nil
        options.tokenRequestsPerSecond = nil
        change(&options)
        let clock = SandboxClock(now: start, frozen: true)
        let service = ConstantContactSandbox(clock: clock, options: options)
        let server = try await SandboxServer.start(service, clock: clock, log: try Self.log.get())
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .init(redirectConfiguration: .disallow)
        )
        var peer = ConstantContactPeer(server: server, clock: clock, client: client)
        do {
            peer.token = try await peer.refresh(options.refreshToken).json?["access_token"]?.stringValue ?? ""
            clock.advance(by: 2)
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

    /// The file named in the environment that collects exchanges for `check-exchanges`; nil when there is none.
    private static let log = Result {
        try ProcessInfo.processInfo.environment["SANDBOX_EXCHANGE_LOG"].map { try ExchangeLog(path: $0) }
    }

    /// Makes one call to a path of the server.
    func send(
        _ method: String,
        _ path: String,
        headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: server.baseURL + path)
        request.method = .init(rawValue: method)
        request.headers = .init(headers)
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers.map { ($0.name, $0.value) },
            text: String(buffer: bytes)
        )
    }

    // MARK: Sign-in

    func refresh(_ token: String, secret: String = "sandbox-secret") async throws -> Answer {
        try await tokenCall("grant_type=refresh_token&refresh_token=\(token)", secret: secret)
    }

    func tokenCall(_ form: String, secret: String = "sandbox-secret") async throws -> Answer {
        let credentials = Data("sandbox-client:\(secret)".utf8).base64EncodedString()
        return try await send(
            "POST",
            "/oauth2/default/v1/token",
            headers: [
                ("Authorization", "Basic \(credentials)"), ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            body: form
        )
    }

    // MARK: The API

    func get(_ path: String) async throws -> Answer { try await api("GET", path) }
    func post(_ path: String, _ body: String) async throws -> Answer { try await api("POST", path, body) }
    func put(_ path: String, _ body: String) async throws -> Answer { try await api("PUT", path, body) }
    func delete(_ path: String) async throws -> Answer { try await api("DELETE", path) }

    private func api(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
        var headers = [("Authorization", "Bearer \(token)"), ("Accept", "application/json")]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        return try await send(method, "/v3" + path, headers: headers, body: body)
    }

    /// Every row of a collection, page after page.
    func walk(_ path: String, _ key: String) async throws -> [SandboxJSON] {
        var rows: [SandboxJSON] = []
        var next: String? = path
        while let page = next {
            let answer = try await get(page)
            #expect(answer.status == 200)
            rows += answer.json?[key]?.arrayValue ?? []
            let href = answer.json?["_links"]?["next"]?["href"]?.stringValue
            next = href.map { String($0.dropFirst("/v3".count)) }
        }
        return rows
    }

    // MARK: Controls

    @discardableResult
    func control(_ name: String, _ body: String = "{}") async throws -> Answer {
        let answer = try await send("POST", "/_sandbox/" + name, body: body)
        #expect(answer.status == 200, "\(name): \(answer.text)")
        return answer
    }

    func state() async throws -> SandboxJSON {
        let answer = try await send("GET", "/_sandbox/state")
        return try #require(answer.json)
    }

    /// What the account truly holds of a contact; nil when it has none of that address.
    func truth(_ email: String) async throws -> SandboxJSON? {
        try await send("GET", "/_sandbox/contacts?email=\(email)").json?.arrayValue?.first
    }

    func members(_ list: String) async throws -> [String] {
        let answer = try await send("GET", "/_sandbox/list-members?list_id=\(list)")
        return answer.json?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    // MARK: Common steps

    func makeList(_ name: String) async throws -> String {
        let answer = try await post("/contact_lists", #"{"name":"\#(name)"}"#)
        return try #require(answer.json?["list_id"]?.stringValue, "\(answer.text)")
    }

    /// Imports addresses, or rows that are JSON objects, and gives the id of the activity.
    @discardableResult
    func importRows(_ rows: [String], to lists: [String]) async throws -> String {
        let data = rows.map { $0.hasPrefix("{") ? $0 : #"{"email":"\#($0)"}"# }.joined(separator: ",")
        let ids = lists.map { "\"\($0)\"" }.joined(separator: ",")
        let answer = try await post(
            "/activities/contacts_json_import",
            #"{"import_data":[\#(data)],"list_ids":[\#(ids)]}"#
        )
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer.json?["activity_id"]?.stringValue)
    }

    func activity(_ id: String) async throws -> SandboxJSON {
        try #require(try await get("/activities/\(id)").json)
    }

    /// The contact of an address as the API shows it, deleted or not.
    func contact(_ email: String, include: String = "list_memberships") async throws -> SandboxJSON {
        let answer = try await get("/contacts?status=all&email=\(email)&include=\(include)")
        return try #require(answer.json?["contacts"]?.arrayValue?.first, "\(answer.text)")
    }

    func id(_ email: String) async throws -> String {
        try #require(try await contact(email)["contact_id"]?.stringValue)
    }
}

extension SandboxJSON {
    /// The addresses of contacts in a page.
    var addresses: [String] {
        (self["contacts"]?.arrayValue ?? arrayValue ?? []).compactMap { $0["email_address"]?["address"]?.stringValue }
    }

    /// The key of the first error, in whichever shape it came.
    var errorKey: String? {
        (arrayValue?.first ?? self)["error_key"]?.stringValue
    }
}
