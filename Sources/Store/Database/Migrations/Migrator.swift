/// Brings a database's schema up to date.
package struct Migrator: Sendable {
    private let migrations: [Migration]

    package init(_ migrations: [Migration] = Migrations.all) {
        self.migrations = migrations
    }

    /// Runs the steps that the database has not had, all in one transaction: it has the whole new schema or the old one.
    ///
    /// Safe beside other processes that do the same: it looks again inside the transaction.
    ///
    /// - Parameter path: the database's place, for the text of errors.
    /// - Throws: `StoreError.newerSchema` when the database has a step that is not in the list.
    package func run(on database: any SQLDatabase, path: String) async throws {
        let applied = try await database.read { try Self.applied(on: $0) }
        if let unknown = applied.first(where: { name in !migrations.contains { $0.name == name } }) {
            throw StoreError.newerSchema(path: path, migration: unknown)
        }
        guard migrations.contains(where: { !applied.contains($0.name) }) else { return }
        try await database.write { connection in
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migration (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"
            )
            let applied = try Self.applied(on: connection)
            for migration in migrations where !applied.contains(migration.name) {
                try migration.body(connection)
                try connection.execute("INSERT INTO schema_migration (name) VALUES (\(migration.name))")
            }
        }
    }

    /// The names of the steps that the database has had, oldest first.
    private static func applied(on connection: any SQLConnection) throws -> [String] {
        let tables = try connection.value("SELECT count(*) FROM sqlite_master WHERE name = 'schema_migration'")
        guard tables == 1 else { return [] }
        return try connection.rows("SELECT name FROM schema_migration ORDER BY position") { $0.text(0) }
    }
}
