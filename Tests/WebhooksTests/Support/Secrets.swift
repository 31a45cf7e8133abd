import Reconciliation
import Webhooks

extension WebhookSecret {
    /// A secret of 32 bytes that are all the same.
    static func of(_ byte: UInt8) throws -> WebhookSecret {
        try WebhookSecret(bytes: Array(repeating: byte, count: 32))
    }
}

/// The headers of one signed delivery.
struct SignedHeaders {
    var id: String
    var timestamp: String
    var signature: String

    init(id: String = "msg_1", seconds: Int64, body: String, secret: WebhookSecret) {
        self.id = id
        self.timestamp = String(seconds)
        self.signature = SigningKey(secret).signature(id: id, timestamp: seconds, body: Array(body.utf8))
    }
}
