/// One event on its way to one webhook.
struct WebhookDelivery: Sendable {
    /// One try.
    struct Attempt: Sendable {
        var at: Double
        /// The status of the answer; nil without one.
        var status: Int?
        var error: String?
    }

    /// Where it stands.
    enum State: String, Sendable {
        /// It is to be sent at `dueAt`, for the first time or again.
        case waiting
        /// It is being sent.
        case sending
        /// The receiver took it.
        case delivered
        /// A fault dropped it.
        case dropped
        /// It was not taken, and is not sent again.
        case givenUp = "given-up"
    }

    var id: Int
    var hook: String
    var url: String
    var secret: String?
    var type: String
    var body: [UInt8]
    var state = State.waiting
    var attempts: [Attempt] = []
    /// When it is sent, by the sandbox's clock.
    var dueAt: Double
    /// A pause in real time that a fault asked for.
    var notBefore: ContinuousClock.Instant?
    /// How many later deliveries go first, as a fault asked for.
    var behind = 0
    /// Until when it waits for them.
    var waitsForOthersUntil: ContinuousClock.Instant?
    /// What a fault does to the signature: `unsigned`, `bad-signature` or `stale`.
    var signatureFault: String?

    /// The delivery as a test sees it.
    var json: SandboxJSON {
        [
            "id": .int(id), "webhook": .string(hook), "url": .string(url), "type": .string(type),
            "state": .string(state.rawValue), "body": .string(String(decoding: body, as: UTF8.self)),
            "due_at": .number(dueAt),
            "attempts": .array(
                attempts.map { attempt in
                    [
                        "at": .number(attempt.at), "status": attempt.status.map(SandboxJSON.int) ?? .null,
                        "error": attempt.error.map(SandboxJSON.string) ?? .null,
                    ]
                }
            ),
        ]
    }
}
