/// The fields of a JSON object, each read only when it is asked for.
struct JSONFields: Decodable {
    /// What a field that should be an integer holds.
    enum Integer: Hashable {
        case absent
        case number(Int64)
        /// Something that is no whole number, or one beyond 64 bits.
        case other
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let container: KeyedDecodingContainer<Key>

    init(from decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: Key.self)
    }

    /// The names of all fields, in the order of the alphabet.
    var names: [String] { container.allKeys.map(\.stringValue).sorted() }

    /// The text of a field; nil when it is absent, null or something else.
    func text(_ name: String) -> String? { value(name) }

    /// The object of a field; nil when it is absent, null or something else.
    func object(_ name: String) -> JSONFields? { value(name) }

    /// The integer of a field; an integer written as a text counts, and null is absent.
    func integer(_ name: String) -> Integer {
        let key = Key(stringValue: name)
        guard container.contains(key), !isNull(key) else { return .absent }
        if let number: Int64 = value(name) { return .number(number) }
        return text(name).flatMap { Int64($0) }.map(Integer.number) ?? .other
    }

    private func isNull(_ key: Key) -> Bool {
        do {
            return try container.decodeNil(forKey: key)
        } catch {
            return true
        }
    }

    private func value<Value: Decodable>(_ name: String) -> Value? {
        do {
            return try container.decodeIfPresent(Value.self, forKey: Key(stringValue: name))
        } catch {
            // Of another kind than asked for, which callers treat as absent.
            return nil
        }
    }
}
