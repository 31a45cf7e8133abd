import Store
import Testing

@Suite struct MigratorTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let database: SQLiteDatabase

    init() async throws {
        directory = try TemporaryDirectory()
        path = directory.file("test.sqlite")
        database = try await SQLiteDatabase.open(at: path)
    }

    private static func adding(_ table: String) -> Migration {
        Migration(name: table) { try $0.execute("CREATE TABLE \(raw: table) (id INTEGER)") }
    }

    @Test func runsEachStepOnce() async throws {
        try await Migrator([Self.adding("a")]).run(on: database, path: path)
        try await Migrator([Self.adding("a"), Self.adding("b")]).run(on: database, path: path)
        let before = database.commits
        try await Migrator([Self.adding("a"), Self.adding("b")]).run(on: database, path: path)
        #expect(database.commits == before)
        let names = try await database.read {
            try $0.rows("SELECT name FROM schema_migration ORDER BY position") { $0.text(0) }
        }
        #expect(names == ["a", "b"])
    }

    @Test func undoesAStepThatFailsHalfWay() async throws {
        let broken = Migration(name: "broken") { connection in
            try connection.execute("CREATE TABLE half (id INTEGER)")
            try connection.execute("CREATE TABLE half (id INTEGER)")
        }
        await #expect(throws: StoreError.self) { try await Migrator([broken]).run(on: database, path: path) }
        #expect(try await database.read { try $0.value("SELECT count(*) FROM sqlite_master") } == 0)
    }

    @Test func refusesANewerSchema() async throws {
        try await Migrator([Self.adding("a"), Self.adding("future")]).run(on: database, path: path)
        await #expect(throws: StoreError.newerSchema(path: path, migration: "future")) {
            try await Migrator([Self.adding("a")]).run(on: database, path: path)
        }
    }
}
