import Foundation
import Store

/// Payloads as JSON text.
enum IntentPayload {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// What is common to the rows of a bulk intent.
    ///
    /// - Throws: `UnreadableIntent`, which names the intent.
    static func bulk(of intent: Intent) throws(UnreadableIntent) -> BulkPayload {
        do { return try decode(BulkPayload.self, from: intent.payload) } catch {
            throw UnreadableIntent(
                intent: intent.id,
                kind: intent.kind,
                subject: nil,
                reason: "its lists cannot be read"
            )
        }
    }
}
