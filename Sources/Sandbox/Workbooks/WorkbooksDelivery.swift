/// One event on its way to the receiver of a webhook subscription (workbooks.md §10.1).
///
/// Whether the service repeats what was not taken is documented nowhere; here it does not, so that a receiver which
/// relies on it is found out.
struct WorkbooksDelivery: Sendable {
    /// Where it stands.
    enum State: String, Sendable {
        case waiting, sending, delivered, refused, dropped
    }

    var id: Int
    var subscription: Int
    var trigger: Int
    var url: String
    var secret: String
    var body: [UInt8]
    var state = State.waiting
    /// The status of the answer; nil without one.
    var status: Int?
    /// Why there was no answer.
    var error: String?
    /// What a fault does to the signature: `unsigned` or `bad-signature`.
    var signatureFault: String?

    /// The delivery as `GET /_sandbox/deliveries` shows it.
    var json: SandboxJSON {
        [
            "id": .int(id), "subscription": .int(subscription), "trigger": .int(trigger), "url": .string(url),
            "state": .string(state.rawValue), "status": status.map(SandboxJSON.int) ?? .null,
            "error": error.map(SandboxJSON.string) ?? .null, "body": .string(String(decoding: body, as: UTF8.self)),
        ]
    }
}
