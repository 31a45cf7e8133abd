/// Texts kept by key for the application's own use; not the operator's configuration.
package enum Settings {
    /// The text under a key; nil when there is none.
    package static func text(_ key: String, on connection: any SQLConnection) throws -> String? {
        try connection.first("SELECT value FROM setting WHERE key = \(key)") { $0.text(0) }
    }

    /// Stores a text under a key; nil removes it.
    package static func set(_ key: String, to value: String?, on connection: any SQLConnection) throws {
        guard let value else { return try connection.execute("DELETE FROM setting WHERE key = \(key)") }
        try connection.execute(
            """
            INSERT INTO setting (key, value) VALUES (\(key), \(value))
            ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """
        )
    }

    /// Stores a text under a key unless there is one, and gives what is there then.
    package static func textOrSet(_ key: String, _ value: String, on connection: any SQLConnection) throws -> String {
        try connection.execute(
            "INSERT INTO setting (key, value) VALUES (\(key), \(value)) ON CONFLICT (key) DO NOTHING"
        )
        return try text(key, on: connection) ?? value
    }
}
