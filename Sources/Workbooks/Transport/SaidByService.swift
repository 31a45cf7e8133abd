import Foundation
import NIOCore
import NIOHTTP1

/// What the service says in the body of a refusal, fit for an error: short, and without the key or addresses.
struct SaidByService {
    var reason = ""
    var message = ""
    /// Everything it says, in one line.
    var text: String

    private static let longest = 300

    init(_ body: ByteBuffer, hiding secret: String) {
        let answer = Answer(status: 0, headers: [:], body: body)
        guard !answer.looksLikePage, body.readableBytes > 0 else {
            text = answer.shape
            return
        }
        do {
            let refusal = try JSONDecoder().decode(Refusal.self, from: Data(body.readableBytesView))
            reason = Self.clean(refusal.reason, hiding: secret)
            message = Self.clean(refusal.message, hiding: secret)
            text = Self.clean(refusal.texts.joined(separator: "; "), hiding: secret)
        } catch {
            // Not JSON: a gateway's or an exception's plain text, which may carry a reference for the support.
            text = Self.clean(String(buffer: body), hiding: secret)
        }
        if text.isEmpty { text = "no reason given" }
    }

    /// Cuts a text to one short line, with the secret and whatever looks like an address hidden.
    static func clean(_ text: String, hiding secret: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).map { $0.contains("@") ? "***" : String($0) }
        let line = words.joined(separator: " ")
        let safe = secret.isEmpty ? line : line.replacing(secret, with: "***")
        return safe.count > longest ? safe.prefix(longest) + "…" : safe
    }
}

/// The body of a refusal.
private struct Refusal: Decodable {
    var reason: String
    var message: String
    var texts: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ColumnKey.self)
        reason = try container.text("failure_reason") ?? ""
        message = try container.text("failure_message") ?? ""
        texts = try container.failureTexts()
    }
}
