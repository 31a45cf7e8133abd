import Reconciliation

/// A column of a row, known only when the request was made.
struct ColumnKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Reading columns as the service may write them: numbers as text, booleans as words, null for unset.
///
/// Each tries the usual form first, because a form that fails costs a thrown error.
extension KeyedDecodingContainer where Key == ColumnKey {
    /// The text of a column; nil when it is absent or null.
    func text(_ name: String) throws -> String? {
        let key = ColumnKey(name)
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        do {
            return try decode(String.self, forKey: key)
        } catch DecodingError.typeMismatch {
            return try decode(WireScalar.self, forKey: key).text
        }
    }

    /// The whole number in a column; nil when it is absent, null or empty.
    func integer(_ name: String) throws -> Int64? {
        let key = ColumnKey(name)
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        do {
            return try decode(Int64.self, forKey: key)
        } catch DecodingError.typeMismatch {
            let text = try decode(WireScalar.self, forKey: key).text
            if text.isEmpty { return nil }
            guard let number = Int64(text) else { throw unreadable(key, "no whole number") }
            return number
        }
    }

    /// The truth of a column; nil when it is absent, and false when it is null.
    func flag(_ name: String) throws -> Bool? {
        let key = ColumnKey(name)
        guard contains(key) else { return nil }
        if try decodeNil(forKey: key) { return false }
        do {
            return try decode(Bool.self, forKey: key)
        } catch DecodingError.typeMismatch {
            return try decode(WireScalar.self, forKey: key).truth
        }
    }

    /// The moment in a column; nil when it is absent, null or empty.
    func moment(_ name: String) throws -> Timestamp? {
        guard let text = try text(name), !text.isEmpty else { return nil }
        guard let seconds = WireDate.seconds(from: text) else { throw unreadable(ColumnKey(name), "no date and time") }
        return Timestamp(seconds: seconds)
    }

    /// A value that the row must have, for what could not be told from "unset" if it were missing.
    func required<Value>(_ name: String, _ value: Value?) throws -> Value {
        guard let value else { throw unreadable(ColumnKey(name), "missing or empty") }
        return value
    }

    private func unreadable(_ key: ColumnKey, _ what: String) -> DecodingError {
        .dataCorruptedError(forKey: key, in: self, debugDescription: "\(key.stringValue) is \(what)")
    }
}
