import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Reconciliation
import Synchronization
import Webhooks

/// The responder on a socket of its own, with a store in memory and a clock that stands still.
struct TestListener {
    let store = MemoryStore()
    let clock: ManualClock
    let wakes = Wakes()
    let secret: WebhookSecret
    let refusals: RefusalCounter
    let responder: WebhookResponder

    init(
        clock: ManualClock = ManualClock(),
        limits: IntakeLimits = IntakeLimits(),
        health: HealthSource = HealthSource {
            HealthReport(
                status: .ok,
                accounts: [],
                inbox: .init(waiting: 0, dead: 0),
                optOuts: .init(open: 0, oldestSeconds: nil)
            )
        } readiness: {
            Readiness(isStoreWritable: true, isEngineRunning: true)
        }
    ) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        secret = try .of(1)
        self.clock = clock
        let (store, wakes) = (store, wakes)
        store.connect(
            WebhookAccount(id: AccountID("workbooks"), source: .workbooks, keys: [SigningKey(secret)]),
            WebhookAccount(id: AccountID("constant-contact"), source: .constantContact, keys: [SigningKey(secret)])
        )
        refusals = RefusalCounter(clock: clock, logger: logger) { try store.add($0) }
        responder = webhookRouter(
            accounts: WebhookAccounts(clock: clock, logger: logger) { try store.accounts() },
            intake: DeliveryIntake(limits: limits, logger: logger, commit: store.commit) { wakes.add() },
            refusals: refusals,
            health: health,
            clock: clock,
            limits: limits
        )
    }

    /// Serves on a free loopback port for the time of a test.
    func serve(_ test: @Sendable (Client) async throws -> Void) async throws {
        var quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        quiet.logLevel = .critical
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            logger: quiet
        )
        try await application.test(.live) { client in
            try await test(Client(wire: client, listener: self))
        }
    }

    /// What was answered.
    struct Answered: Sendable {
        var status: HTTPResponse.Status
        var headers: HTTPFields
        var text: String
    }

    /// Sends to a listener.
    struct Client: Sendable {
        let wire: any TestClientProtocol
        let listener: TestListener

        var port: Int { wire.port ?? 0 }

        func send(
            _ method: HTTPRequest.Method,
            _ path: String,
            headers: HTTPFields = [:],
            body: String? = nil
        ) async throws -> Answered {
            try await wire.execute(
                uri: path,
                method: method,
                headers: headers,
                body: body.map { ByteBuffer(string: $0) }
            ) { Answered(status: $0.status, headers: $0.headers, text: String(buffer: $0.body)) }
        }

        /// Posts a body that is signed with the listener's secret at the listener's time.
        func post(
            _ body: String = "{}",
            to path: String = "/webhooks/workbooks/workbooks",
            id: String = "msg_1",
            change: (inout SignedHeaders) -> Void = { _ in }
        ) async throws -> Answered {
            var signed = SignedHeaders(
                id: id,
                seconds: listener.clock.now.seconds,
                body: body,
                secret: listener.secret
            )
            change(&signed)
            return try await send(.post, path, headers: try signed.fields(), body: body)
        }
    }
}

/// Counts how often the worker was woken.
final class Wakes: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}

extension SignedHeaders {
    func fields() throws -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)] {
            guard let name = HTTPField.Name(name) else { continue }
            fields[name] = value
        }
        return fields
    }
}

extension SignedHeaders {
    /// The request as bytes; without a body the head is left open for further fields.
    func request(to path: String, body: String?) -> String {
        let head = """
            POST \(path) HTTP/1.1\r
            Host: test\r
            webhook-id: \(id)\r
            webhook-timestamp: \(timestamp)\r
            webhook-signature: \(signature)\r\n
            """
        guard let body else { return head }
        return head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
    }
}
