import Foundation

/// A secret shared with one sender, written `whsec_` and the base64 of 24 to 64 bytes (Standard Webhooks).
///
/// Its description never shows the bytes.
package struct WebhookSecret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    private static let prefix = "whsec_"
    private static let permittedLengths = 24...64

    /// The key as it enters the HMAC.
    package let bytes: [UInt8]

    /// Takes a key as raw bytes.
    ///
    /// - Throws: `InvalidWebhookSecret` unless there are 24 to 64 of them.
    package init(bytes: [UInt8]) throws(InvalidWebhookSecret) {
        guard Self.permittedLengths.contains(bytes.count) else { throw .length(bytes.count) }
        self.bytes = bytes
    }

    /// Reads a secret in its written form.
    ///
    /// - Throws: `InvalidWebhookSecret`, which does not repeat the text.
    package init(text: String) throws(InvalidWebhookSecret) {
        guard text.hasPrefix(Self.prefix) else { throw .prefix }
        guard let key = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))) else { throw .encoding }
        try self.init(bytes: Array(key))
    }

    /// Makes a secret of 32 random bytes.
    package static func random(using generator: inout some RandomNumberGenerator) -> WebhookSecret {
        WebhookSecret(unchecked: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// The written form, for the one who sets up the sender.
    package var text: String { Self.prefix + Data(bytes).base64EncodedString() }

    package var description: String { "whsec_…" }
    package var debugDescription: String { description }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }
}

/// Why a text is no webhook secret.
package enum InvalidWebhookSecret: Error, Sendable, Hashable, CustomStringConvertible {
    /// It does not begin with `whsec_`.
    case prefix
    /// What follows is not base64.
    case encoding
    /// The key has this many bytes.
    case length(Int)

    package var description: String {
        switch self {
        case .prefix: "the webhook secret does not begin with whsec_; copy it whole, as causeway printed it"
        case .encoding: "the webhook secret is not base64 after whsec_; copy it whole, as causeway printed it"
        case .length(let count): "the webhook secret has \(count) bytes; it must have 24 to 64"
        }
    }
}
