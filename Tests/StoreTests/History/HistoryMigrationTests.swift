import Reconciliation
import Testing

@testable import Store

struct HistoryMigrationTests {
    /// A database of the version before, with a record that was read then or without.
    private func migrated(withRecord: Bool, in directory: TemporaryDirectory) async throws -> SQLiteDatabase {
        let path = directory.file("old.sqlite")
        let database = try await SQLiteDatabase.open(at: path)
        try await Migrator(Array(Migrations.all.prefix { $0.name != "history" })).run(on: database, path: path)
        if withRecord {
            try await database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO crm_record (kind, id, lock_version, updated_at, is_deleted, first_name, last_name,
                        main_email, other_emails, is_opted_out, is_undeliverable, fields)
                    VALUES ('person', 1, 1, 1, 0, 'Ada', '', 'ada@example.org', '[]', 0, 0, '{}')
                    """
                )
                try connection.execute(
                    "INSERT INTO record_address (address, kind, id, is_main) VALUES ('ada@example.org', 'person', 1, 1)"
                )
            }
        }
        try await Migrator().run(on: database, path: path)
        return database
    }

    @Test func aNewStoreKeepsEverythingFromTheFirstDayOn() async throws {
        let directory = try TemporaryDirectory()
        let database = try await migrated(withRecord: false, in: directory)
        #expect(try await database.read { try History.start(in: $0) } == nil)
        await database.closeAndWait()
    }

    @Test func whatAnOlderVersionReadIsKnownFromTheMigrationOn() async throws {
        let directory = try TemporaryDirectory()
        let database = try await migrated(withRecord: true, in: directory)
        let ada = Address(compared: "ada@example.org")
        let start = try #require(try await database.read { try History.start(in: $0) })
        let moments = [(start.advanced(bySeconds: -1), true), (start, false)]
        for (moment, isFromBefore) in moments {
            let found = try await database.read { try RecordHistory.having(ada, at: moment, in: $0) }
            #expect(found.map(\.past.isFromBefore) == [isFromBefore])
        }
        // A change after it is told, and so is what was before.
        let changed = try #require(
            try await database.read { try RecordMirrors.load([RecordID(.person, 1)], in: $0) }.values.first
        )
        let later = start.advanced(bySeconds: 10)
        try await database.write { connection in
            var mirror = changed
            mirror.record.firstName = "Augusta"
            try RecordMirrors.save(mirror, at: later, in: connection)
        }
        for (moment, name) in [(start, "Ada"), (later, "Augusta")] {
            let found = try await database.read { try RecordHistory.having(ada, at: moment, in: $0) }
            #expect(found.map(\.past.value.record.firstName) == [name])
        }
        await database.closeAndWait()
    }
}
