import Bridge
import HTTPTypes
import Hummingbird
import NIOCore
import Reconciliation

/// Answers what reaches the TLS listener: deliveries and questions about health (design §6).
///
/// ```swift
/// let app = Application(responder: webhookRouter(accounts: accounts, intake: intake, refusals: refusals,
///     health: health, clock: clock))
/// ```
///
/// The order of work for a delivery is route, account, size, proof over the raw bytes, commit, `204`. Whether a body
/// can be read is nobody's business here: the worker that decodes it makes a dead letter of one that cannot.
package struct WebhookResponder: HTTPResponder {
    package typealias Context = WebhookContext

    private let accounts: WebhookAccounts
    private let intake: DeliveryIntake
    private let refusals: RefusalCounter
    private let health: HealthAnswers
    private let clock: any WallClock
    private let limits: IntakeLimits
    private let assembler: BodyAssembler

    init(
        accounts: WebhookAccounts,
        intake: DeliveryIntake,
        refusals: RefusalCounter,
        health: HealthSource,
        clock: any WallClock,
        limits: IntakeLimits
    ) {
        self.accounts = accounts
        self.intake = intake
        self.refusals = refusals
        self.health = HealthAnswers(health, clock: clock)
        self.clock = clock
        self.limits = limits
        self.assembler = BodyAssembler(limits: limits)
    }

    package func respond(to request: Request, context: WebhookContext) async throws -> Response {
        switch WebhookRoute(target: request.head.path ?? "") {
        case .delivery(let source, let account, let pathSecret):
            if request.method == .post {
                return try await receive(request, from: source, account: account, pathSecret: pathSecret, context)
            }
            guard let pathSecret else {
                return withoutBody(Answer.methodNotAllowed(allow: "POST"), request, context)
            }
            guard request.method == .get || request.method == .head else {
                return withoutBody(Answer.methodNotAllowed(allow: "GET, HEAD, POST"), request, context)
            }
            let answer = await addressCheck(source: source, account: account, pathSecret: pathSecret)
            return withoutBody(answer, request, context)
        case .health:
            return await answerProbe(request, context) { await health.report() }
        case .readiness:
            return await answerProbe(request, context) { await health.readiness() }
        case nil:
            return withoutBody(Answer.notFound, request, context)
        }
    }

    // MARK: - Deliveries

    private func receive(
        _ request: Request,
        from source: WebhookSource,
        account id: AccountID,
        pathSecret: String?,
        _ context: WebhookContext
    ) async throws -> Response {
        let account: WebhookAccount
        do {
            guard let known = try await accounts.account(id, source: source) else {
                return withoutBody(Answer.notFound, request, context)
            }
            account = known
        } catch {
            return withoutBody(tryLater, request, context)
        }
        guard (request.contentLength ?? 0) <= limits.bodyBytes else {
            return Response(status: .contentTooLarge).endingConnection(context.channel)
        }
        switch try await assembler.collect(request.body) {
        case .tooLarge: return Response(status: .contentTooLarge).endingConnection(context.channel)
        case .noAllowance: return tryLater.endingConnection(context.channel)
        case .complete(let body):
            return await take(body, of: OriginClaim(headers: request.headers, pathSecret: pathSecret), account: account)
        }
    }

    private func take(_ body: ByteBuffer, of claim: OriginClaim, account: WebhookAccount) async -> Response {
        let now = clock.now
        let origin: ProvedOrigin
        switch await judge(claim, body, account: account, now: now) {
        case .proved(let proved): origin = proved
        case .undecided: return tryLater
        case .refused(.unknownAudience):
            refusals.count(account.id, .unknownAudience)
            return Answer.notFound
        case .refused(let cause):
            refusals.count(account.id, cause)
            return Answer.unproved
        }
        let delivery = ProvedDelivery(
            account: account.id,
            source: account.source,
            id: origin.id,
            sentAt: origin.sentAt,
            receivedAt: now,
            body: Array(body.readableBytesView)
        )
        switch await intake.accept(delivery) {
        case .committed: return Answer.taken
        case .full, .failed: return tryLater
        }
    }

    /// Proves a body's origin; what fits no secret is held against the account's newest secrets too, since a rotation
    /// or a new hook may be younger than what is kept here.
    private func judge(
        _ claim: OriginClaim,
        _ body: ByteBuffer,
        account: WebhookAccount,
        now: Timestamp
    ) async -> OriginJudgement {
        let judgement = body.withUnsafeReadableBytes { claim.judge($0, of: account, now: now) }
        guard judgement.mayChangeWithNewerSecrets, let newest = await newest(account, judgement) else {
            return judgement
        }
        return body.withUnsafeReadableBytes { claim.judge($0, of: newest, now: now) }
    }

    private func newest(_ account: WebhookAccount, _ judgement: OriginJudgement) async -> WebhookAccount? {
        do {
            if case .undecided = judgement {
                return try await accounts.readAnew(account.id, source: account.source)
            }
            return try await accounts.latest(account.id, source: account.source)
        } catch {
            // The store has nothing newer to say; what was tried stands.
            return nil
        }
    }

    /// Answers a service that looks whether the address of a hook is there before it takes it (mailchimp.md §9).
    private func addressCheck(source: WebhookSource, account id: AccountID, pathSecret: String) async -> Response {
        do {
            guard let known = try await accounts.account(id, source: source) else { return Answer.notFound }
            if known.hook(withPathSecret: pathSecret) != nil { return Answer.present }
            // The hook that is being made is younger than what is kept here.
            let newest = try await accounts.latest(id, source: source)
            return newest?.hook(withPathSecret: pathSecret) != nil ? Answer.present : Answer.unproved
        } catch {
            return tryLater
        }
    }

    private var tryLater: Response { Answer.tryLater(seconds: limits.retryAfterSeconds) }

    // MARK: - Probes

    private func answerProbe(
        _ request: Request,
        _ context: WebhookContext,
        _ answer: () async -> Response
    ) async -> Response {
        switch request.method {
        case .get: withoutBody(await answer(), request, context)
        case .head: withoutBody(await answer().createHeadResponse(), request, context)
        default: withoutBody(Answer.methodNotAllowed(allow: "GET, HEAD"), request, context)
        }
    }

    /// An answer to a request whose body is not read; a body that may be long ends the connection.
    private func withoutBody(_ response: Response, _ request: Request, _ context: WebhookContext) -> Response {
        let isShort = request.contentLength.map { $0 <= limits.bodyBytes } ?? !request.isChunked
        return isShort ? response : response.endingConnection(context.channel)
    }
}

extension Request {
    /// The announced length of the body; nil when it is not announced, or is not a number.
    fileprivate var contentLength: Int? { headers[.contentLength].flatMap { Int($0) } }

    fileprivate var isChunked: Bool { headers.contains(.transferEncoding) }
}
