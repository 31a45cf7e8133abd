import Foundation
import Store
import Testing

@Suite struct SQLiteFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Leaves a database with some pages behind, closed and without a `-wal` file.
    private func leaveDatabase(at path: String) async throws {
        let database = try await SQLiteDatabase.open(at: path)
        try await Migrator().run(on: database, path: path)
        try await database.write { connection in
            for number in 0..<2_000 { try Settings.set("key \(number)", to: "value", on: connection) }
        }
        #expect(try await database.read { try Settings.text("key 7", on: $0) } == "value")
        await database.closeAndWait()
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    }

    @Test func syncsEveryCommitForReal() async throws {
        let database = try await SQLiteDatabase.open(at: directory.file("test.sqlite"))
        let (synchronous, foreignKeys) = try await database.write { connection in
            (try connection.value("PRAGMA synchronous"), try connection.value("PRAGMA foreign_keys"))
        }
        let mode = try await database.read { try $0.first("PRAGMA journal_mode") { $0.text(0) } }
        #expect(synchronous == 2)
        #expect(foreignKeys == 1)
        #expect(mode == "wal")
    }

    @Test func keepsItsFilesFromOthers() async throws {
        let place = directory.file("made/on/the/way")
        let path = "\(place)/test.sqlite"
        let database = try await SQLiteDatabase.open(at: path)
        try await database.write { try $0.execute("CREATE TABLE item (id INTEGER)") }
        #expect(try permissions(of: place) == 0o700)
        #expect(try permissions(of: path) == 0o600)
        #expect(try permissions(of: path + "-wal") == 0o600)
        #expect(try permissions(of: path + "-shm") == 0o600)
    }

    @Test func keepsWhatWasCommittedWhenTheProcessDies() async throws {
        let path = directory.file("test.sqlite")
        let database = try await SQLiteDatabase.open(at: path)
        try await Migrator().run(on: database, path: path)
        try await database.write { try Settings.set("kept", to: "yes", on: $0) }
        // A killed process leaves both files as they are: nothing is closed, nothing is checkpointed.
        let copy = directory.file("copy.sqlite")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try FileManager.default.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
        let revived = try await SQLiteDatabase.open(at: copy)
        #expect(try await revived.read { try Settings.text("kept", on: $0) } == "yes")
        #expect(try await revived.integrityProblem() == nil)
    }

    @Test func dropsTheTornEndOfAWriteAheadLog() async throws {
        let path = directory.file("test.sqlite")
        let database = try await SQLiteDatabase.open(at: path)
        try await Migrator().run(on: database, path: path)
        try await database.write { try Settings.set("kept", to: "yes", on: $0) }
        let length = try #require(
            try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? UInt64
        )
        try await database.write { try Settings.set("torn", to: "yes", on: $0) }
        let copy = directory.file("copy.sqlite")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try FileManager.default.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
        let log = try #require(FileHandle(forWritingAtPath: copy + "-wal"))
        try log.truncate(atOffset: length + 100)
        try log.close()
        let revived = try await SQLiteDatabase.open(at: copy)
        #expect(try await revived.read { try Settings.text("kept", on: $0) } == "yes")
        #expect(try await revived.read { try Settings.text("torn", on: $0) } == nil)
        #expect(try await revived.integrityProblem() == nil)
    }

    @Test func refusesAFileThatIsNoDatabase() async throws {
        let path = directory.file("test.sqlite")
        try Data("This is a shopping list: bread, butter, and everything else one needs.".utf8)
            .write(to: URL(fileURLWithPath: path))
        await #expect(throws: StoreError.notADatabase(path: path)) { try await SQLiteDatabase.open(at: path) }
    }

    @Test(arguments: [0.3, 0.9])
    func refusesATornFile(share: Double) async throws {
        let path = directory.file("test.sqlite")
        try await leaveDatabase(at: path)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.truncate(atOffset: UInt64(Double(try file.seekToEnd()) * share))
        try file.close()
        let error = await #expect(throws: StoreError.self) { try await SQLiteDatabase.open(at: path) }
        guard case .damaged? = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
    }

    @Test func findsDamageInsideTheFile() async throws {
        let path = directory.file("test.sqlite")
        try await leaveDatabase(at: path)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        let end = try file.seekToEnd()
        // The end holds rows; the beginning holds the schema, without which nothing opens.
        try file.seek(toOffset: end - 5 * 4_096)
        try file.write(contentsOf: Data(repeating: 0xAB, count: 8_192))
        try file.close()
        let database = try await SQLiteDatabase.open(at: path)
        #expect(try await database.integrityProblem() != nil)
    }

    @Test func refusesAnotherProgramsDatabase() async throws {
        let path = directory.file("test.sqlite")
        let other = try await SQLiteDatabase.open(at: path)
        try await other.write { try $0.execute("CREATE TABLE invoice (id INTEGER)") }
        other.close()
        await #expect(throws: StoreError.otherProgram(path: path)) { try await SQLiteDatabase.open(at: path) }
    }

    @Test func refusesADirectoryInThePlaceOfTheFile() async throws {
        await #expect(throws: StoreError.self) { try await SQLiteDatabase.open(at: directory.path) }
    }

    @Test func refusesAReadOnlyDirectory() async throws {
        // Without the right to mount, root has no directory that it cannot write into.
        guard let place = try ReadOnlyDirectory.make(in: directory) else { return }
        defer { #expect(throws: Never.self) { try place.remove() } }
        await #expect(throws: StoreError.self) { try await SQLiteDatabase.open(at: "\(place.path)/test.sqlite") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty)
    }

    @Test func sharesTheFileWithOtherWriters() async throws {
        let path = directory.file("test.sqlite")
        let one = try await SQLiteDatabase.open(at: path)
        try await Migrator().run(on: one, path: path)
        let two = try await SQLiteDatabase.open(at: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                for (name, database) in [("one", one), ("two", two)] {
                    group.addTask {
                        try await database.write { try Settings.set("\(name) \(number)", to: "x", on: $0) }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await one.read { try $0.value("SELECT count(*) FROM setting") } == 200)
    }

    @Test func opensANewFileFromManySidesAtOnce() async throws {
        let path = directory.file("test.sqlite")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let database = try await SQLiteDatabase.open(at: path)
                    try await Migrator().run(on: database, path: path)
                    #expect(try await database.read { try Inbox.counts(on: $0) } == InboxCounts(waiting: 0, dead: 0))
                }
            }
            try await group.waitForAll()
        }
    }
}
