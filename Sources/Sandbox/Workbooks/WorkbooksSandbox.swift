/// Workbooks as `contracts/workbooks.md` describes it: its wire protocol, its record types and its ways to refuse.
///
/// ```swift
/// let workbooks = WorkbooksSandbox(clock: clock, options: WorkbooksOptions())
/// await workbooks.seed(members: 1000, campaigns: 2, seed: 7)
/// let server = try await SandboxServer.start(workbooks, clock: clock)
/// ```
///
/// Where the contract marks a behaviour as assumed, this is the one that it fixes. Two more are fixed here: an unknown
/// column in `_select_columns[]` is unsuitable (406), and the version of a record does not rise when it is deleted.
package actor WorkbooksSandbox: SandboxService {
    package nonisolated let name = "workbooks"
    let clock: SandboxClock
    var options: WorkbooksOptions
    var database = WorkbooksDatabase()
    var snapshots: [WorkbooksDatabase] = []
    var sessions = WorkbooksSessions()
    var deliveries: [WorkbooksDelivery] = []
    let deliveryFaults = FaultBook()
    let courier = WebhookCourier()
    var isDelivering = false
    var isStopped = false
    private var delays = WorkbooksDelays()
    private var tokens: Double
    private var tokensAt = ContinuousClock.now

    /// Makes a database that holds its custom fields and picklists and no record.
    package init(clock: SandboxClock, options: WorkbooksOptions = WorkbooksOptions()) {
        self.clock = clock
        self.options = options
        tokens = options.paceBurst
        WorkbooksSeeder.addDefinitions(to: &database, now: Int(clock.now))
    }

    /// The service's time in whole seconds.
    var now: Int { Int(clock.now.rounded(.down)) }

    package func respond(to request: SandboxRequest) async -> SandboxResponse {
        if let token = Self.delayToken(in: request.path) { return await delayed(token) }
        if request.path.hasSuffix(".api") {
            if let pending = delays.unusedToken(for: request) {
                guard delays.isDue(pending) else { return redirect(to: pending, request) }
                delays.cancel(pending)
            } else if !takePace() {
                return redirect(
                    to: delays.add(request, wait: options.redirectDelay, hops: options.redirectChain),
                    request
                )
            }
        }
        return answer(request)
    }

    package func faultResponse(_ fault: SandboxFault, to request: SandboxRequest) async -> SandboxResponse? {
        switch fault.kind {
        case "redirect-delay", "throttled":
            let wait = fault.delay(otherwise: options.redirectDelay)
            return redirect(to: delays.add(request, wait: wait, hops: fault.count ?? options.redirectChain), request)
        case "redirect-login", "session-expired":
            sessions.forget(request)
            return withCookie(.empty(status: 302, headers: [("Location", Self.base(of: request) + "/login")]), request)
        case "stale":
            return withCookie(.json(WorkbooksBatch.refusal(WorkbooksWriter.stale)), request)
        case "status" where fault.body == nil:
            if fault.effect { _ = answer(request) }
            return withCookie(refusal(status: fault.status ?? 500, reason: fault.reason), request)
        default: return nil
        }
    }

    package nonisolated func route(of request: SandboxRequest) -> String {
        var method = request.queryValue("_method") ?? request.method
        if request.method == "POST", request.queryValue("_method") == nil {
            method = request.formValue("_method") ?? method
        }
        let path = request.path.split(separator: "/").map { segment -> String in
            let stem = segment.hasSuffix(".api") ? segment.dropLast(4) : segment[...]
            return Self.looksLikeIdentifier(String(stem)) ? "{id}" + segment.dropFirst(stem.count) : String(segment)
        }
        if path.first == "delay" { return "\(method) /delay/{token}" }
        return "\(method) /\(path.joined(separator: "/"))"
    }

    package nonisolated func answersBeforeBody(method: String, target: String) -> Bool {
        Self.delayToken(in: target) != nil
    }

    // MARK: Answers

    /// Answers a call without delays, and sets the session cookie that every response carries.
    private func answer(_ request: SandboxRequest) -> SandboxResponse {
        let response: SandboxResponse
        switch request.path {
        case "/login": response = .html("<!DOCTYPE html><html><body><form>Log in</form></body></html>")
        case "/login.api": response = logIn(request)
        case "/logout":
            sessions.forget(request)
            response = .empty(status: 302, headers: [("Location", Self.base(of: request) + "/login")])
        default: response = data(request)
        }
        return withCookie(response, request)
    }

    private func data(_ request: SandboxRequest) -> SandboxResponse {
        guard request.path.hasSuffix(".api") else { return refusal(status: 404, reason: "not_found") }
        let parameters = WorkbooksParameters(request)
        switch identify(request, parameters) {
        case .refused(let response): return response
        case .accepted(let caller):
            let endpoint = String(request.path.dropFirst().dropLast(4))
            let method = (parameters.last("_method") ?? request.method).uppercased()
            return call(endpoint, method, parameters, caller)
        }
    }

    private func call(
        _ endpoint: String,
        _ method: String,
        _ parameters: WorkbooksParameters,
        _ caller: WorkbooksCaller
    ) -> SandboxResponse {
        if endpoint == "metadata/types" {
            return method == "GET" ? .json(WorkbooksMetadata.list(parameters)) : refusal(status: 405, reason: nil)
        }
        if endpoint.hasPrefix("admin/triggers/"), !options.managesTriggers {
            return refusal(status: 404, reason: "not_found")
        }
        if let resource = WorkbooksResource(path: endpoint) {
            switch method {
            case "GET": return list(resource, parameters, caller)
            case "PUT": return change(resource, parameters, caller)
            default: return refusal(status: 405, reason: nil)
            }
        }
        let parts = endpoint.split(separator: "/").map(String.init)
        guard let last = parts.last, let resource = WorkbooksResource(path: parts.dropLast().joined(separator: "/"))
        else {
            return refusal(status: 404, reason: "not_found")
        }
        guard method == "GET" else { return refusal(status: 405, reason: nil) }
        if last == "metadata" {
            let description = WorkbooksMetadata.description(of: database[resource].type)
            return .json(["success": true, "data": description])
        }
        return show(resource, Int(last), caller.formats(parameters))
    }

    private func list(
        _ resource: WorkbooksResource,
        _ parameters: WorkbooksParameters,
        _ caller: WorkbooksCaller
    ) -> SandboxResponse {
        let type = database[resource].type
        do {
            let query = try WorkbooksQuery(parameters, type: type, now: now)
            let columns = try parameters.array("_select_columns").map { name in
                guard let column = type.column(named: name) else {
                    throw WorkbooksQuery.Unsuitable(text: "Unknown column: \(name)")
                }
                return column
            }
            let found = query.run(on: database)
            let formats = caller.formats(parameters)
            let renderer = WorkbooksRenderer(
                database: database,
                type: type,
                formats: formats,
                hidesWhatIsToldOnce: true
            )
            var text = "{\"success\":true,\"data\":["
            for (index, record) in found.records.enumerated() {
                if index > 0 { text += "," }
                renderer.write(record, columns: columns.isEmpty ? type.columns : columns, into: &text)
            }
            text += "],\"total\":\(found.total)}"
            return .json(text)
        } catch {
            return unsuitable(error)
        }
    }

    private func show(_ resource: WorkbooksResource, _ id: Int?, _ formats: WorkbooksDates.Formats) -> SandboxResponse {
        let table = database[resource]
        guard let id, let record = table.record(id), !record.isDeleted, !record.isHidden else {
            return refusal(status: 404, reason: "not_found")
        }
        var text = "{\"success\":true,\"data\":"
        WorkbooksRenderer(database: database, type: table.type, formats: formats, hidesWhatIsToldOnce: true)
            .write(record, columns: table.type.columns, into: &text)
        return .json(text + ",\"layout\":{},\"available_layouts\":[]}")
    }

    private func change(
        _ resource: WorkbooksResource,
        _ parameters: WorkbooksParameters,
        _ caller: WorkbooksCaller
    ) -> SandboxResponse {
        if caller.needsToken, parameters.last("_authenticity_token") != caller.token {
            return refusal(status: 403, reason: "invalid_authenticity_token")
        }
        do {
            let batch = try WorkbooksBatch(
                parameters,
                type: database[resource].type,
                now: now,
                isStrict: caller.flag("_strict_attribute_checking", parameters),
                commitsEachRow: caller.flag("_per_object_transactions", parameters),
                formats: caller.formats(parameters)
            )
            return .json(
                write(user: WorkbooksDatabase.apiUser, through: caller.application) { batch.run(with: &$0) }
            )
        } catch let refusal as WorkbooksBatch.Refusal {
            return .json(WorkbooksBatch.refusal(refusal.text))
        } catch {
            return unsuitable(error)
        }
    }

    /// Runs a body that writes, and takes over what it wrote.
    func write<Value>(
        user: Int,
        through application: String,
        isPrivileged: Bool = false,
        _ body: (inout WorkbooksWriter) throws -> Value
    ) rethrows -> Value {
        // The writer must hold the only copy while it works: a second one would make the first change copy the tables.
        var held = WorkbooksDatabase.empty
        swap(&held, &database)
        var writer = WorkbooksWriter(
            database: held,
            now: now,
            user: user,
            createdThrough: application,
            isPrivileged: isPrivileged
        )
        held = .empty
        defer {
            let created = writer.created
            database = writer.database
            announce(created)
        }
        return try body(&writer)
    }

    private func unsuitable(_ error: any Error) -> SandboxResponse {
        let text = (error as? WorkbooksQuery.Unsuitable)?.text ?? String(describing: error)
        return .json(WorkbooksBatch.refusal(text), status: 406)
    }

    /// An answer other than 200, in the shape of §2.3.
    func refusal(status: Int, reason: String?) -> SandboxResponse {
        if status == 500 {
            return .json(
                ["success": false, "failure_message": "An exception occurred. Reference: 5f3a-0042"],
                status: 500
            )
        }
        let reason = reason ?? (status == 401 ? "session_expired" : "requested_database_not_available")
        return .json(
            ["success": false, "failure_reason": .string(reason), "failure_message": .string("Refused: \(reason)")],
            status: status
        )
    }

    // MARK: Delaying URLs

    private static func delayToken(in target: String) -> String? {
        guard target.hasPrefix("/delay/") else { return nil }
        return String(target.dropFirst(7).prefix { $0 != "?" })
    }

    private static func base(of request: SandboxRequest) -> String {
        "http://\(request.header("Host") ?? "127.0.0.1")"
    }

    private func redirect(to token: String, _ request: SandboxRequest) -> SandboxResponse {
        withCookie(.empty(status: 302, headers: [("Location", Self.base(of: request) + "/delay/\(token)")]), request)
    }

    private func delayed(_ token: String) async -> SandboxResponse {
        var response: SandboxResponse
        switch delays.take(token) {
        case .unknown: response = refusal(status: 404, reason: "not_found")
        case .done(let answer): response = answer
        case .busy(let request): response = redirect(to: token, request)
        case .hop(let next, let request, let wait):
            await Self.pause(wait)
            response = redirect(to: next, request)
        case .run(let request, let wait):
            await Self.pause(wait)
            response = answer(request)
            delays.finish(token, response)
        }
        response.closesConnection = true
        return response
    }

    private static func pause(_ seconds: Double) async {
        do {
            try await Task.sleep(for: .seconds(seconds))
        } catch {
            // A cancelled wait is a shorter one; the stored request runs all the same.
            return
        }
    }

    /// Fills the allowance up, as after a change of the pace.
    func resetPace() {
        tokens = options.paceBurst
        tokensAt = .now
    }

    private func takePace() -> Bool {
        guard let rate = options.pacePerSecond else { return true }
        let now = ContinuousClock.now
        let elapsed = (now - tokensAt) / .seconds(1)
        tokensAt = now
        tokens = min(options.paceBurst, tokens + elapsed * rate)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    // MARK: Sessions

    private func withCookie(_ response: SandboxResponse, _ request: SandboxRequest) -> SandboxResponse {
        var response = response
        let id = sessions.nextID(after: request, rotates: options.rotatesSessions)
        response.headers.append(("Set-Cookie", "Workbooks-Session=\(id); path=/; secure; HttpOnly"))
        return response
    }
}
