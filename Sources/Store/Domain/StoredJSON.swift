import Foundation

/// Small values that are stored as JSON text.
enum StoredJSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// A dictionary of texts; the empty one costs no decoding.
    static func fields(_ text: String) throws -> [String: String] {
        text == "{}" ? [:] : try value([String: String].self, from: text)
    }

    static func text(fields: [String: String]) throws -> String {
        fields.isEmpty ? "{}" : try text(fields)
    }

    /// A list of texts; the empty one costs no decoding.
    static func list(_ text: String) throws -> [String] {
        text == "[]" ? [] : try value([String].self, from: text)
    }

    static func text(list: [String]) throws -> String {
        list.isEmpty ? "[]" : try text(list)
    }
}
