import Reconciliation
import Store
import Testing

@Suite struct IntentMigrationTests {
    @Test func whatTheFirstVersionLeftOpenIsStillAwaitedAndTheRestIsHistory() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("old.sqlite")
        let database = try await SQLiteDatabase.open(at: path)
        try await Migrator(Array(Migrations.all.prefix { $0.name != "intents" })).run(on: database, path: path)
        try await database.write { connection in
            for (id, kind, state, isOpen) in [
                (1, "upsert", "done", false), (2, "upsert", "running", true), (3, "create-list", "open", true),
            ] {
                try connection.execute(
                    """
                    INSERT INTO intent (id, account, kind, lane, payload, state, created_at)
                    VALUES (\(id), 'cc', \(kind), 4, '{"lists":["l1"]}', \(state), 1)
                    """
                )
                try connection.execute(
                    """
                    INSERT INTO intent_row (intent, position, address, subject, payload, is_open)
                    VALUES (\(id), 0, 'ada@example.org', 'person 1', 'as it was', \(isOpen))
                    """
                )
            }
        }
        try await Migrator().run(on: database, path: path)
        let (awaited, all) = try await database.read { connection in
            (
                try Intents.awaited(subjects: ["person 1"], account: AccountID("cc"), in: connection),
                try Intents.history(of: Address(compared: "ada@example.org"), limit: 10, in: connection)
            )
        }
        #expect(awaited["person 1"]?.map(\.intent) == [2])
        #expect(awaited["person 1"]?.first?.answerVersion == nil)
        #expect(awaited["person 1"]?.first?.row.payload == "as it was")
        #expect(all.map(\.intent.id) == [3, 2, 1])
        await database.closeAndWait()
    }
}
