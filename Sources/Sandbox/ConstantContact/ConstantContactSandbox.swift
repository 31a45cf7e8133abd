/// A simulated Constant Contact: the V3 API under `/v3` and its sign-in server under `/oauth2/default/v1`.
///
/// It behaves as `constant-contact.md` §9 lists and refuses what the real service would refuse. Bulk activities are
/// carried out when the sandbox's clock has passed their end and the next call comes in, so nothing runs in the
/// background and equal calls at equal times give equal answers.
///
/// ```swift
/// let clock = SandboxClock()
/// let server = try await SandboxServer.start(ConstantContactSandbox(clock: clock, options: options), clock: clock)
/// // API: server.baseURL + "/v3"; sign-in: server.baseURL + "/oauth2/default/v1"
/// ```
package actor ConstantContactSandbox: SandboxService {
    package nonisolated let name = "constant-contact"

    let clock: SandboxClock
    private(set) var options: ConstantContactOptions
    var grants: GrantBook
    private var requests = RequestLimiter()
    private var tokenRequests = RequestLimiter()
    private var accounts: [String: AccountState] = [:]
    private var currentAccountID: String
    private let stamps: Timestamps

    /// Makes a service with one empty account and one grant for it.
    package init(clock: SandboxClock, options: ConstantContactOptions = ConstantContactOptions()) {
        self.clock = clock
        self.options = options
        currentAccountID = options.accountID
        stamps = Timestamps(offsetMinutes: options.timeOffsetMinutes)
        grants = GrantBook(seed: options.seed)
        grants.addGrant(
            account: options.accountID,
            scopes: options.scopes,
            refreshToken: options.refreshToken,
            at: clock.now
        )
    }

    /// The time of the sandbox in whole milliseconds, which is what answers can show.
    var now: Double { (clock.now * 1_000).rounded(.down) / 1_000 }

    package func respond(to request: SandboxRequest) async -> SandboxResponse {
        do {
            let path = request.segments
            if path.starts(with: ["oauth2", "default", "v1"]) {
                return try authorization(request, path: path.dropFirst(3).joined(separator: "/"))
            }
            guard path.first == "v3" else { throw ConstantContactRefusal.gateway(403) }
            return try api(request, path: Array(path.dropFirst()))
        } catch let refusal as ConstantContactRefusal {
            return refusal.response
        } catch {
            return .json("[{\"error_key\":\"internal\",\"error_message\":\"Internal error\"}]", status: 500)
        }
    }

    private func api(_ request: SandboxRequest, path: [String]) throws -> SandboxResponse {
        guard let header = request.header("Authorization"), header.lowercased().hasPrefix("bearer ") else {
            throw ConstantContactRefusal.gateway(401)
        }
        guard let access = grants.access(String(header.dropFirst(7)), at: now) else {
            throw ConstantContactRefusal.unauthorized
        }
        if let refusal = requests.admit(
            at: now,
            perSecond: options.requestsPerSecond,
            perDay: options.requestsPerDay
        ) {
            throw refusal
        }
        guard let operation = ConstantContactOperation(method: request.method, path: path) else {
            throw ConstantContactRefusal.gateway(403)
        }
        if let scope = operation.scope, !access.scopes.contains(scope) {
            throw ConstantContactRefusal.forbidden("The token lacks the scope \(scope)")
        }
        if let privilege = operation.privilege, options.missingPrivileges.contains(privilege) {
            throw ConstantContactRefusal.forbidden("The user lacks the privilege \(privilege)")
        }
        if operation.takesBody, request.mediaType != "application/json" {
            throw ConstantContactRefusal.wrongMediaType
        }
        return try call(in: account(access.account), request).perform(operation)
    }

    /// A call at this moment, after everything that was due before it.
    private func call(in account: AccountState, _ request: SandboxRequest) -> ConstantContactAPI {
        account.settle(at: now, options: options)
        account.forgetFormerStates(at: now)
        return ConstantContactAPI(account: account, options: options, stamps: stamps, request: request, now: now)
    }

    /// The account that controls are about, after everything that was due.
    func currentAccount() -> AccountState {
        let account = account(currentAccountID)
        account.settle(at: now, options: options)
        return account
    }

    /// The account of an id, made when it is first asked for.
    private func account(_ id: String) -> AccountState {
        if let known = accounts[id] { return known }
        let account = AccountState(id: id, seed: options.seed)
        account.replicationLag = options.replicationLagSeconds
        accounts[id] = account
        return account
    }

    /// Lets every grant, existing ones from their next token on, speak for another account (§9 item 54).
    func switchAccount(to id: String) {
        currentAccountID = id
        grants.moveGrants(to: id)
    }

    /// Changes the behaviour from now on.
    func apply(_ changed: ConstantContactOptions) {
        options = changed
        stamps.offsetMinutes = changed.timeOffsetMinutes
        for account in accounts.values { account.replicationLag = changed.replicationLagSeconds }
    }

    // MARK: Limits

    /// Counts a call of the token endpoint.
    func admitTokenRequest() throws {
        let refusal = tokenRequests.admit(at: now, perSecond: options.tokenRequestsPerSecond, perDay: nil)
        if let refusal { throw refusal }
    }

    /// The requests counted today.
    var requestsToday: Int { requests.today }

    /// Makes the day look as if so many requests had been made.
    func setRequestsToday(_ count: Int) {
        requests.setToday(count, at: now)
    }

    /// The refusals that only this service has: `throttled`, `quota` (which lasts until midnight UTC) and `queue-full`.
    package func faultResponse(_ fault: SandboxFault, to request: SandboxRequest) async -> SandboxResponse? {
        switch fault.kind {
        case "throttled": return ConstantContactRefusal.throttled.response
        case "quota":
            setRequestsToday(options.requestsPerDay ?? 0)
            return ConstantContactRefusal.quotaExceeded.response
        case "queue-full": return ConstantContactRefusal.queueFull.response
        case "unauthorized": return ConstantContactRefusal.unauthorized.response
        case "gateway-forbidden": return ConstantContactRefusal.gateway(403).response
        default: return nil
        }
    }
}
