import AsyncHTTPClient
import Bridge
import HTTPCalls
import Logging
import NIOCore
import NIOHTTP1
import Reconciliation

/// Keeps an access token that works, spending the refresh token as rarely and as carefully as can be.
///
/// A rotating refresh token works once, and losing the answer to a refresh loses the grant, which only a person can
/// repair. So one refresh runs at a time: across processes by the vault's lease, within this one by a shared task that
/// no caller's cancellation can cancel. The order is that of constant-contact.md §3.3: note the start, spend, store, use.
actor TokenKeeper {
    /// How long before its end a token is renewed (constant-contact.md §3.1, the guide's own margin).
    private static let margin: Int64 = 300
    /// Refresh tokens die after 180 idle days; a token is renewed after this long whatever life it was given.
    private static let keepAlive: Int64 = 30 * 86_400
    /// The life that is assumed of a token when the answer does not say.
    private static let assumedLife: Int64 = 3600
    /// The endpoint takes one call a second (constant-contact.md §3.2).
    private static let spacing: Int64 = 1000
    private static let operation = "refresh the access token"

    private let vault: any TokenVault
    private let endpoint: String
    private let clientID: String
    private let clientSecret: String
    private let transport: Transport
    private let clock: any WallClock
    private let backoff: Backoff
    private let logger: Logger

    /// The tokens last seen, so that not every call reads the vault.
    private var held: TokenSet?
    private var refresh: Task<TokenSet, any Error>?
    private var lastCall: Timestamp?
    /// A refresh token that the service has denied for good, and its words; not to be tried again.
    private var denied: (refreshToken: String, error: PortError)?

    init(
        vault: any TokenVault,
        authorisation: ServiceAddress,
        clientID: String,
        clientSecret: String,
        transport: Transport,
        clock: any WallClock,
        backoff: Backoff,
        logger: Logger
    ) {
        self.vault = vault
        self.endpoint = authorisation.appending("/token")
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.transport = transport
        self.clock = clock
        self.backoff = backoff
        self.logger = logger
    }

    /// Tokens whose access token can be used now, renewed first where it must be.
    ///
    /// - Throws: `PortError`: `needsAuthorisation` when the grant is gone, `unavailable` when the service does not
    ///   answer; `CancellationError`.
    func current() async throws -> TokenSet {
        if let held, isUsable(held) { return held }
        let stored = try await vault.tokens()
        if isUsable(stored) {
            held = stored
            return stored
        }
        return try await renewed(rejected: nil)
    }

    /// Tokens to use instead of ones that the API has just refused.
    ///
    /// - Throws: as `current()`.
    func replacement(for refused: TokenSet) async throws -> TokenSet {
        if let held, held.generation > refused.generation, isUsable(held) { return held }
        return try await renewed(rejected: refused.generation)
    }

    // MARK: Renewal

    /// - Parameter rejected: a generation that the API refused, and which is not good enough however long it has to live.
    private func renewed(rejected: Int64?) async throws -> TokenSet {
        if let running = refresh { return try await running.value }
        // Unstructured on purpose: a caller that gives up must not take a spent token's answer with it.
        let task = Task { try await self.runRefresh(rejected: rejected) }
        refresh = task
        return try await task.value
    }

    private func runRefresh(rejected: Int64?) async throws -> TokenSet {
        defer { refresh = nil }
        var tokens = try await vault.withRefreshLease { current in
            try await self.answer(to: current, rejected: rejected)
        }
        // Where another worker was quicker, what it stored counts, and not what the lease began with.
        if !isUsable(tokens) { tokens = try await vault.tokens() }
        guard tokens.accessToken != nil else {
            throw PortError(.unavailable, operation: Self.operation, detail: "the vault gave back no access token")
        }
        held = tokens
        return tokens
    }

    /// What the vault is to store; nil when another worker has renewed the tokens already.
    private func answer(to current: TokenSet, rejected: Int64?) async throws -> TokenSet? {
        if isUsable(current), rejected.map({ current.generation > $0 }) ?? true { return nil }
        if let denied, denied.refreshToken == current.refreshToken { throw denied.error }

        var throttlings = 0
        var isSecondTry = false
        while true {
            try await keepDistance(from: current.refreshStartedAt)
            let started = clock.now
            switch try await spend(current.refreshToken) {
            case .granted(let tokens):
                return renewed(current, by: tokens, started: started)
            case .denied(let error, let explanation):
                return try await settle(
                    current,
                    error: error,
                    explanation: explanation,
                    mayBeSpent: isSecondTry || current.refreshStartedAt != nil
                )
            case .refused(let status, let explanation):
                // Something in between, or a wrong address: not the authorisation server's word on the token.
                let detail = "the token endpoint refuses the call (\(explanation)); check the authorisation address"
                throw PortError(.forbidden, operation: Self.operation, detail: detail, status: status)
            case .throttled(let seconds):
                guard throttlings < Backoff.repetitions,
                    let pause = backoff.pauseAfterThrottling(throttlings, retryAfterSeconds: seconds)
                else { throw failure(.throttled(retryAfterSeconds: seconds), "the token endpoint says: too fast") }
                throttlings += 1
                try await clock.sleep(milliseconds: pause)
            case .unreachable(let reason):
                throw failure(.unavailable, "the token endpoint could not be reached: \(reason)")
            case .unknown(let reason):
                guard !isSecondTry else {
                    throw failure(.unavailable, "the token endpoint gave no usable answer, twice: \(reason)")
                }
                // Whether the token was spent is not known: the same one once more, and only that (§3.3, step 5).
                isSecondTry = true
                try await clock.sleep(milliseconds: Self.spacing + backoff.pause(0))
            }
        }
    }

    private func spend(_ refreshToken: String) async throws -> TokenGrant {
        var request = HTTPClientRequest(url: endpoint)
        request.method = .POST
        request.setBasicAuth(username: clientID, password: clientSecret)
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Accept", value: "application/json")
        let form = PercentEncoding.encode([("grant_type", "refresh_token"), ("refresh_token", refreshToken)])
        let (vault, clock) = (vault, clock)
        let outcome = try await transport.send(request, body: ByteBuffer(string: form)) {
            try await vault.refreshStarted(at: clock.now)
        }
        lastCall = clock.now
        return TokenGrant(outcome)
    }

    /// Deals with a denial: tokens that another worker stored meanwhile win, otherwise a person must act.
    ///
    /// - Returns: nil when the vault holds newer tokens.
    private func settle(
        _ current: TokenSet,
        error: String,
        explanation: String,
        mayBeSpent: Bool
    ) async throws -> TokenSet? {
        let stored = try await vault.tokens()
        if stored.generation > current.generation, isUsable(stored) { return nil }

        let said = explanation.isEmpty ? error : "\(error): \(explanation)"
        let detail =
            switch error {
            case "invalid_client", "unauthorized_client":
                "\(said). The client id or secret is wrong or was renewed; connect the account again with the new one."
            case _ where mayBeSpent:
                "\(said). The answer to an earlier refresh was lost, and with it a rotating refresh token;"
                    + " authorise the account again, and set the API key to long-lived refresh tokens."
            default:
                "\(said). Authorise the account again. If it comes back, look for a second installation that uses"
                    + " the same API key."
            }
        let failure = failure(.needsAuthorisation, detail)
        denied = (current.refreshToken, failure)
        throw failure
    }

    private func renewed(_ current: TokenSet, by tokens: TokenGrant.Tokens, started: Timestamp) -> TokenSet {
        let life = min(tokens.expiresIn.map { Int64(max($0, 0)) } ?? Self.assumedLife, Self.keepAlive)
        logger.debug("access token renewed", metadata: ["life": "\(life) s"])
        return TokenSet(
            refreshToken: tokens.refreshToken ?? current.refreshToken,
            accessToken: tokens.accessToken,
            expiresAt: started.advanced(bySeconds: life),
            refreshStartedAt: nil,
            generation: current.generation + 1
        )
    }

    /// Waits until a second has passed since the endpoint was last called, by this process or, as far as the vault
    /// knows, by another.
    private func keepDistance(from started: Timestamp?) async throws {
        guard let last = [started, lastCall].compactMap({ $0 }).max() else { return }
        let passed = clock.now.milliseconds - last.milliseconds
        if (0..<Self.spacing).contains(passed) { try await clock.sleep(milliseconds: Self.spacing - passed) }
    }

    private func isUsable(_ tokens: TokenSet) -> Bool {
        guard tokens.accessToken != nil, let end = tokens.expiresAt else { return false }
        return clock.now < end.advanced(bySeconds: -Self.margin)
    }

    private func failure(_ code: PortError.Code, _ detail: String) -> PortError {
        PortError(code, operation: Self.operation, detail: detail)
    }
}
