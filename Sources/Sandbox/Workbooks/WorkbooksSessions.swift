/// Who makes a call, and what their log-in or their call chose.
struct WorkbooksCaller: Sendable {
    /// What new records are stamped with.
    let application: String
    /// The token that writes of a session need; nil with an API key.
    let token: String?
    /// The options that were given at the log-in.
    let loginOptions: WorkbooksParameters?

    /// Whether writes need the token.
    var needsToken: Bool { token != nil }

    /// Whether a flag is set by the call or, where the call is silent, by the log-in.
    func flag(_ name: String, _ parameters: WorkbooksParameters) -> Bool {
        parameters.last(name) == nil ? loginOptions?.isTrue(name) ?? false : parameters.isTrue(name)
    }

    /// The formats of dates in the answer.
    func formats(_ parameters: WorkbooksParameters) -> WorkbooksDates.Formats {
        func pattern(_ kind: String) -> String? {
            let name = "_json_output_\(kind)_format"
            return parameters.last(name) ?? loginOptions?.last(name)
        }
        return WorkbooksDates.Formats(date: pattern("date"), datetime: pattern("datetime"))
    }
}

/// The sessions that log-ins made; the ids of one session may change with every response (workbooks.md §2.2).
struct WorkbooksSessions: Sendable {
    private var callers: [String: WorkbooksCaller] = [:]
    private var generator = SeededGenerator(seed: 0x5E55_1014)

    /// The session of a request's cookie.
    func caller(of request: SandboxRequest) -> WorkbooksCaller? { Self.cookie(of: request).flatMap { callers[$0] } }

    /// Begins a session and gives its first id.
    mutating func begin(_ caller: WorkbooksCaller) -> String {
        let id = makeID()
        callers[id] = caller
        return id
    }

    /// A token for the writes of a session.
    mutating func makeToken() -> String { makeID() + "0badcafe" }

    /// The id that the response to a request carries: a new one of the same session, or the one it came with.
    mutating func nextID(after request: SandboxRequest, rotates: Bool) -> String {
        guard let current = Self.cookie(of: request) else { return makeID() }
        guard rotates || callers[current] == nil else { return current }
        let next = makeID()
        callers[next] = callers[current]
        return next
    }

    /// Ends the session of a request.
    mutating func forget(_ request: SandboxRequest) {
        if let id = Self.cookie(of: request) { callers[id] = nil }
    }

    /// The session id in a request's cookies.
    static func cookie(of request: SandboxRequest) -> String? {
        for part in request.header("Cookie")?.split(separator: ";") ?? [] {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2, pair[0].drop(while: { $0 == " " }) == "Workbooks-Session" { return String(pair[1]) }
        }
        return nil
    }

    private mutating func makeID() -> String { generator.uuid().filter { $0 != "-" } }
}

extension WorkbooksSandbox {
    /// Whether a call is let in.
    enum Identity {
        case accepted(WorkbooksCaller)
        case refused(SandboxResponse)
    }

    /// Lets a call in by its API key or its session.
    func identify(_ request: SandboxRequest, _ parameters: WorkbooksParameters) -> Identity {
        if let key = parameters.last("api_key") {
            guard key == options.apiKey else {
                return .refused(refusal(status: 401, reason: "unrecognised_name_or_password"))
            }
            let application = Self.leadingWord(request.header("User-Agent") ?? "")
            return .accepted(WorkbooksCaller(application: application, token: nil, loginOptions: nil))
        }
        if let caller = sessions.caller(of: request) { return .accepted(caller) }
        guard WorkbooksSessions.cookie(of: request) != nil else {
            return .refused(refusal(status: 401, reason: "no_session"))
        }
        // An id that is no longer valid is sent to the log-in page (workbooks.md §2.2).
        let location = "http://\(request.header("Host") ?? "127.0.0.1")/login"
        return .refused(.empty(status: 302, headers: [("Location", location)]))
    }

    /// Answers `POST /login.api` (workbooks.md §2.2).
    func logIn(_ request: SandboxRequest) -> SandboxResponse {
        let parameters = WorkbooksParameters(request)
        guard let agent = request.header("User-Agent"), !agent.isEmpty else {
            return refusal(status: 403, reason: "user_agent_required")
        }
        let knowsPassword =
            parameters.last("username") == options.username && parameters.last("password") == options.password
        let reconnects = parameters.last("session_id").map { id in
            let probe = SandboxRequest(
                method: "GET",
                target: "/",
                headers: [("Cookie", "Workbooks-Session=\(id)")],
                body: []
            )
            return sessions.caller(of: probe) != nil && parameters.last("username") == options.username
        }
        guard parameters.last("api_key") == options.apiKey || knowsPassword || reconnects == true else {
            let reason = reconnects == false ? "no_session_found" : "unrecognised_name_or_password"
            return refusal(status: 401, reason: reason)
        }
        let token = sessions.makeToken()
        let application = parameters.last("_application_name") ?? Self.leadingWord(agent)
        let id = sessions.begin(WorkbooksCaller(application: application, token: token, loginOptions: parameters))
        return .json([
            "session_id": .string(id), "authenticity_token": .string(token), "user_id": .int(WorkbooksDatabase.apiUser),
            "login_name": .string(options.username), "person_name": "Causeway API", "timezone": "UTC",
            "version": "sandbox", "api_version": 1, "database_name": .string(options.databaseName),
            "logical_database_id": 48592, "default_database_id": 48592, "database_instance_id": 48592,
            "databases": [
                ["id": 48592, "name": .string(options.databaseName), "created_at": "Mon Jan 01 00:00:00 UTC 2018"]
            ],
            "my_queues": ["Private::Crm::MarketingCampaignQueue": 1],
        ])
    }

    /// The leading run of word characters of a user agent.
    private static func leadingWord(_ agent: String) -> String {
        String(agent.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
}
