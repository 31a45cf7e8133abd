/// A simulated Mailchimp: the Marketing API under `/3.0` (or `/us6/3.0`), its sign-in server under `/oauth2`, and the
/// delivery of webhooks.
///
/// It behaves as `mailchimp.md` §13 lists and refuses what the real service would refuse. Batches are carried out when
/// the sandbox's clock has come so far and the next call comes in. Webhooks are delivered in the background, in real
/// time; only their repetitions wait for the sandbox's clock.
///
/// ```swift
/// let clock = SandboxClock()
/// let server = try await SandboxServer.start(MailchimpSandbox(clock: clock, options: options), clock: clock)
/// // API: server.baseURL + "/3.0"; sign-in: server.baseURL + "/oauth2"
/// ```
package actor MailchimpSandbox: SandboxService {
    package nonisolated let name = "mailchimp"

    let clock: SandboxClock
    var options: MailchimpOptions
    let account: MailchimpAccount
    var grants: MailchimpGrants
    let slots = SlotBook()
    /// Deliveries of webhooks, waiting and past.
    var deliveries = DeliveryQueue()
    /// What happens to the next deliveries.
    let deliveryFaults = FaultBook()
    /// The client that delivers, with the authority that it trusts.
    let courier = WebhookCourier()
    var isDelivering = false
    /// Scheme and host under which the service was last called.
    var origin = "http://127.0.0.1"
    var isStopped = false
    private var generator: SeededGenerator

    /// Makes an account with one empty audience.
    package init(clock: SandboxClock, options: MailchimpOptions = MailchimpOptions()) {
        self.clock = clock
        self.options = options
        account = MailchimpAccount(seed: options.seed)
        grants = MailchimpGrants(seed: options.seed)
        generator = SeededGenerator(seed: options.seed ^ 0x7265_7175)
        let audience = Audience(
            id: options.audienceID,
            webID: account.newNumber(),
            name: options.audienceName,
            at: clock.now.rounded(.down)
        )
        account.audiences.append(audience)
    }

    /// The time of the sandbox in whole seconds.
    var now: Double { clock.now.rounded(.down) }

    package func respond(to request: SandboxRequest) async -> SandboxResponse {
        await respond(to: request, holding: .briefly)
    }

    /// How long a call is in flight.
    enum Hold {
        /// As long as the options say.
        case briefly
        /// So many real seconds longer.
        case longer(Double)
        /// Until it is cut off; nil waits for the sandbox's clock.
        case untilCutOff(takesEffect: Bool, seconds: Double?)
    }

    func respond(to request: SandboxRequest, holding hold: Hold) async -> SandboxResponse {
        var response: SandboxResponse
        do {
            if let path = try Self.apiPath(request.segments, dataCenter: options.dataCenter) {
                response = try await api(request, path: path, holding: hold)
            } else {
                response = try outsideAPI(request)
            }
        } catch let problem as MailchimpProblem {
            response = problem.response(instance: generator.uuid(), options: options)
        } catch {
            response = MailchimpProblem.internalError.response(instance: generator.uuid(), options: options)
        }
        response.headers.append(("X-Request-Id", generator.uuid()))
        return response
    }

    /// The path below `/3.0`, whatever data centre stands before it; nil for a path outside the API.
    ///
    /// - Throws: `MailchimpProblem` for another data centre.
    private static func apiPath(_ segments: [String], dataCenter: String) throws -> [String]? {
        if segments.first == "3.0" { return Array(segments.dropFirst()) }
        guard segments.count >= 2, segments[1] == "3.0" else { return nil }
        guard segments[0] == dataCenter else {
            throw MailchimpProblem.triggered("WrongDatacenter") ?? MailchimpProblem.notFound
        }
        return Array(segments.dropFirst(2))
    }

    private func api(
        _ given: SandboxRequest,
        path: [String],
        holding hold: Hold
    ) async throws -> SandboxResponse {
        var request = given
        if let name = request.header("X-Trigger-Error") {
            throw MailchimpProblem.triggered(name) ?? MailchimpProblem.badRequest("There is no error \(name).")
        }
        if let method = request.header("X-HTTP-Method-Override") {
            guard request.method == "POST" else { throw MailchimpProblem.invalidOverride }
            request.method = method.uppercased()
        }
        try authenticate(request)
        guard slots.take(of: options.simultaneousRequests) else { throw MailchimpProblem.tooManyConnections }
        defer { slots.free() }
        try await Task.sleep(for: .milliseconds(options.latencyMilliseconds))
        switch hold {
        case .briefly: break
        case .longer(let seconds): try await Task.sleep(for: .seconds(seconds))
        case .untilCutOff(let takesEffect, let seconds):
            if takesEffect { _ = try await answer(request, path: path) }
            return try await cutOff(after: seconds)
        }
        if call(request).hangs { return try await cutOff(after: nil) }
        return try await answer(request, path: path)
    }

    /// Waits like a handler that does not come to an end, and answers as the content network does then (§2).
    private func cutOff(after seconds: Double?) async throws -> SandboxResponse {
        if let seconds {
            try await Task.sleep(for: .seconds(seconds))
        } else {
            let end = clock.now + options.timeoutSeconds
            while clock.now < end, !isStopped { try await Task.sleep(for: .milliseconds(20)) }
        }
        var response = SandboxResponse.html("<html><body><h1>502 Bad Gateway</h1></body></html>", status: 502)
        response.closesConnection = true
        return response
    }

    /// Answers a call; the address of a new webhook is called in the middle of it.
    private func answer(_ request: SandboxRequest, path: [String]) async throws -> SandboxResponse {
        var check: WebhookAddressCheck?
        while true {
            do {
                var call = call(request)
                call.checkedAddress = check
                defer { dispatchEvents() }
                guard let json = try call.perform(path) else { return .empty(status: 204) }
                return .json(json)
            } catch let needed as WebhookAddressCheck.Needed where check == nil {
                check = await verify(needed.url)
            }
        }
    }

    /// A call at this moment, after everything that was due before it.
    func call(_ request: SandboxRequest) -> MailchimpAPI {
        if let host = request.header("Host") { origin = "http://\(host)" }
        let call = settled(request)
        announceBatches(call)
        return call
    }

    /// Refuses a call without a valid key or token (§2).
    private func authenticate(_ request: SandboxRequest) throws {
        guard let secret = Self.credential(request), !secret.isEmpty else {
            throw MailchimpProblem.unauthorized(missing: true)
        }
        let keys = [options.apiKey] + options.furtherApiKeys
        let isKey = keys.contains(secret) && secret.hasSuffix("-\(options.dataCenter)")
        guard isKey || grants.allows(secret) else { throw MailchimpProblem.unauthorized(missing: false) }
        if options.userDisabled {
            throw MailchimpProblem.forbidden("This account has been disabled.", title: "User Disabled")
        }
    }

    /// The faults that only this service has.
    ///
    /// | kind | what happens |
    /// |---|---|
    /// | `latency` | the call is in flight for `delayMs` more, and keeps its slot |
    /// | `timeout` | cut off with 502 after `delayMs`, or when the sandbox's clock has gone on by 120 s; `effect` |
    /// | `flood` | 403 without a body, or with `body` |
    /// | `throttled`, `forbidden`, `user-disabled`, `unauthorized`, `plain-http` | 429, 403, 403, 401, 426 |
    package func faultResponse(_ fault: SandboxFault, to request: SandboxRequest) async -> SandboxResponse? {
        let problem: MailchimpProblem
        switch fault.kind {
        case "latency": return await respond(to: request, holding: .longer(fault.delay(otherwise: 0.2)))
        case "timeout":
            let seconds = fault.delayMilliseconds.map { Double($0) / 1_000 }
            return await respond(to: request, holding: .untilCutOff(takesEffect: fault.effect, seconds: seconds))
        case "flood": return fault.body.map { .html($0, status: 403) } ?? .empty(status: 403)
        case "throttled": problem = .tooManyConnections
        case "forbidden": problem = .forbidden("You are not permitted to access this resource.")
        case "user-disabled": problem = .forbidden("This account has been disabled.", title: "User Disabled")
        case "unauthorized": problem = .unauthorized(missing: false)
        case "plain-http": problem = .needsTLS
        default: return nil
        }
        return problem.response(instance: generator.uuid(), options: options)
    }

    package nonisolated func route(of request: SandboxRequest) -> String {
        var path = request.segments
        if path.count >= 2, path[1] == "3.0" { path.removeFirst() }
        guard path.first == "3.0" else {
            return path.first == "storage" ? "\(request.method) /storage/{id}" : "\(request.method) \(request.path)"
        }
        path.removeFirst()
        for route in MailchimpRoute.all where route.method == request.method && route.values(in: path) != nil {
            return route.name
        }
        return "\(request.method) \(request.path)"
    }

    /// Sign-in is another service, which the API's document does not describe.
    package nonisolated func logName(of request: SandboxRequest) -> String {
        request.segments.first == "oauth2" ? "mailchimp-login" : name
    }
}
