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
        case .delivery(let source, let account):
            guard request.method == .post else {
                return withoutBody(Answer.methodNotAllowed(allow: "POST"), request, context)
            }
            return try await receive(request, from: source, account: account, context)
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
        case .complete(let body): return await take(body, headers: request.headers, account: account)
        }
    }

    private func take(_ body: ByteBuffer, headers: HTTPFields, account: WebhookAccount) async -> Response {
        let now = clock.now
        let proof: DeliveryProof
        do throws(RefusedProof) {
            proof = try await prove(body, headers: headers, account: account, now: now)
        } catch {
            refusals.count(account.id, error)
            return Answer.unproved
        }
        let delivery = ProvedDelivery(
            account: account.id,
            source: account.source,
            id: proof.id,
            sentAt: Timestamp(seconds: proof.timestamp),
            receivedAt: now,
            body: Array(body.readableBytesView)
        )
        switch await intake.accept(delivery) {
        case .committed: return Answer.taken
        case .full, .failed: return tryLater
        }
    }

    /// Proves a body's origin; a signature that fits no key is held against the account's newest keys too, since a
    /// rotation may be younger than what is kept here.
    private func prove(
        _ body: ByteBuffer,
        headers: HTTPFields,
        account: WebhookAccount,
        now: Timestamp
    ) async throws(RefusedProof) -> DeliveryProof {
        let proof = try DeliveryProof(headers)
        var refusal = proof.refusal(of: body, keys: account.keys, now: now)
        if refusal == .noMatchingSignature {
            refusal = proof.refusal(of: body, keys: await newestKeys(of: account), now: now)
        }
        if let refusal { throw refusal }
        return proof
    }

    private func newestKeys(of account: WebhookAccount) async -> [SigningKey] {
        do {
            return try await accounts.latest(account.id, source: account.source)?.keys ?? []
        } catch {
            // The store has nothing newer to say; what was tried stands.
            return []
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

extension DeliveryProof {
    fileprivate func refusal(of body: ByteBuffer, keys: [SigningKey], now: Timestamp) -> RefusedProof? {
        body.withUnsafeReadableBytes { refusal(of: $0, keys: keys, now: now) }
    }
}
