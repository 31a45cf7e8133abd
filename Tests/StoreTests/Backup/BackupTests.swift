import Foundation
import Reconciliation
import Testing

@testable import Store

@Suite struct BackupTests {
    private let temporary: TemporaryStore
    private let file: String
    private let now = Timestamp(seconds: 1_772_460_668)

    init() async throws {
        temporary = try await TemporaryStore()
        file = temporary.directory.file("backup")
        for number in 1...5 { try await temporary.append(Events.optOut("a\(number)@example.org", reason: "enough")) }
    }

    private func restore(
        _ file: String? = nil,
        into data: String? = nil
    ) async throws -> Restoration.Outcome {
        try await Restoration.run(
            from: file ?? self.file,
            dataDirectory: data ?? temporary.store.dataDirectory,
            keyFile: nil,
            at: now,
            roles: ["serve"]
        )
    }

    @Test func oneFileIsAllThatARestoreNeeds() async throws {
        try await temporary.store.backUp(to: file, at: now)
        #expect(try permissions(of: file) == 0o600)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: temporary.directory.path).sorted() == [
                "backup", "data",
            ]
        )
        let data = temporary.directory.file("elsewhere")
        let outcome = try await restore(into: data)
        #expect(outcome.backup.ledger.rows == 5)
        #expect(outcome.backup.madeAt == now)
        #expect(outcome.formerDatabase == nil && outcome.formerKey == nil && outcome.erasures == 0)

        let store = try await Store.open(dataDirectory: data)
        let keys = store.sealer.ledgerKeys
        let (report, restoredAt, tables) = try await store.database.read { connection in
            (
                try LedgerVerification.run(keys: keys, in: connection),
                try Settings.text(Restoration.setting, on: connection),
                try connection.value("SELECT count(*) FROM sqlite_master WHERE name = 'backup'")
            )
        }
        #expect(report.problem == nil && report.rows == 5)
        #expect(restoredAt == String(now.milliseconds))
        #expect(tables == 0)
        await store.closeAndWait()
        // The key is nowhere in the database that came of it.
        let key = try #require(FileManager.default.contents(atPath: "\(data)/secret.key"))
        let database = try #require(FileManager.default.contents(atPath: Store.databasePath(in: data)))
        #expect(database.range(of: key) == nil)
        #expect(try permissions(of: "\(data)/secret.key") == 0o600)
        #expect(try permissions(of: Store.databasePath(in: data)) == 0o600)
    }

    @Test func neverReplacesAFile() async throws {
        try Data("mine".utf8).write(to: URL(filePath: file))
        await #expect(throws: BackupError.exists(path: file)) { try await temporary.store.backUp(to: file, at: now) }
        #expect(FileManager.default.contents(atPath: file) == Data("mine".utf8))
    }

    @Test func isWholeBesideWriters() async throws {
        let temporary = temporary
        let file = file
        let now = now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 100..<700 { try await temporary.append(Events.optOut("a\(number)@example.org")) }
            }
            group.addTask {
                for number in 0..<5 { try await temporary.store.backUp(to: "\(file)-\(number)", at: now) }
            }
            try await group.waitForAll()
        }
        for number in 0..<5 {
            let checked = try await Backup.check("\(file)-\(number)", calledBy: "\(file)-\(number)")
            #expect(checked.description.ledger.problem == nil)
            #expect(checked.description.ledger.rows >= 5)
        }
    }

    @Test func keepsWhatWasThereAside() async throws {
        try await temporary.store.backUp(to: file, at: now)
        try await temporary.append(Events.optOut("later@example.org"))
        await temporary.store.closeAndWait()
        let outcome = try await restore()
        let aside = try #require(outcome.formerDatabase)
        #expect(aside.hasSuffix("causeway.sqlite.before-restore-20260302T141108Z"))
        #expect(outcome.formerKey == nil)
        let former = try await SQLiteMaintenance.inspect(aside) { try $0.value("SELECT count(*) FROM consent_event") }
        #expect(former == 6)
        let store = try await Store.open(dataDirectory: temporary.store.dataDirectory)
        #expect(try await store.database.read { try LedgerChain.head(in: $0).sequence } == 5)
        await store.closeAndWait()
    }

    @Test func keepsAnotherKeyAside() async throws {
        try await temporary.store.backUp(to: file, at: now)
        let other = try await TemporaryStore()
        await other.store.closeAndWait()
        let former = FileManager.default.contents(atPath: other.store.keyFile)
        let outcome = try await restore(into: other.store.dataDirectory)
        #expect(FileManager.default.contents(atPath: try #require(outcome.formerKey)) == former)
        let store = try await Store.open(dataDirectory: other.store.dataDirectory)
        #expect(store.sealer.checkValue == temporary.store.sealer.checkValue)
        await store.closeAndWait()
    }

    @Test func appliesTheErasuresSinceTheBackupAgain() async throws {
        try await temporary.store.backUp(to: file, at: now)
        _ = try await temporary.store.erase(Address(compared: "a3@example.org"), at: now)
        await temporary.store.closeAndWait()
        #expect(try await restore().erasures == 1)
        let store = try await Store.open(dataDirectory: temporary.store.dataDirectory)
        let keys = store.sealer.ledgerKeys
        let report = try await store.database.read { try LedgerVerification.run(keys: keys, in: $0) }
        #expect(report.problem == nil)
        #expect(report.erased == 2)
        await store.closeAndWait()
        let database = try #require(FileManager.default.contents(atPath: Store.databasePath(in: store.dataDirectory)))
        #expect(database.range(of: Data("a3@example.org".utf8)) == nil)
    }

    /// A `serve` that was killed leaves its last rows in the log alone; wherever a restore is cut off after that, what is
    /// there is the whole former store, the backup, or nothing that opens.
    @Test(arguments: [false, true])
    func noCrashLeavesADatabaseWithoutItsLog(isDamaged: Bool) async throws {
        try await temporary.store.backUp(to: file, at: now)
        for number in 1...3 { try await temporary.append(Events.optOut("late\(number)@example.org")) }
        // As a killed process leaves it: nothing is closed, nothing is checkpointed.
        let data = temporary.directory.file("killed")
        try FileManager.default.copyItem(atPath: temporary.store.dataDirectory, toPath: data)
        let database = Store.databasePath(in: data)
        let log = try #require(FileManager.default.attributesOfItem(atPath: database + "-wal")[.size] as? Int)
        #expect(log > 0)
        let damage = Data(repeating: 0xAB, count: 8_192)
        if isDamaged {
            try damage.write(to: URL(filePath: database))
            try FileManager.default.removeItem(atPath: database + "-wal")
        }

        let snapshots = temporary.directory
        _ = try await Restoration.run(
            from: file,
            dataDirectory: data,
            keyFile: nil,
            at: now,
            roles: ["serve"],
            reached: { step in try FileManager.default.copyItem(atPath: data, toPath: snapshots.file("at \(step)")) }
        )
        var found: [String] = []
        for step in Restoration.Step.allCases {
            let snapshot = snapshots.file("at \(step)")
            do {
                let store = try await Store.open(dataDirectory: snapshot, makesMissing: false)
                let rows = try await store.database.read { try LedgerChain.head(in: $0).sequence }
                await store.closeAndWait()
                found.append(String(rows))
            } catch let error as StoreError {
                found.append("refused")
                guard case .restoreCutOff = error else {
                    #expect(isDamaged, "\(step): \(error)")
                    continue
                }
                // Restoring again is all that it takes.
                let outcome = try await restore(into: snapshot)
                #expect(outcome.backup.ledger.rows == 5)
            }
        }
        let former = isDamaged ? "refused" : "8"
        #expect(found == [former, former, former, former, former, "refused", "refused", "5"])
        // What was there is kept whole.
        let aside = "\(database).before-restore-20260302T141108Z"
        if isDamaged {
            #expect(FileManager.default.contents(atPath: aside) == damage)
        } else {
            let rows = try await SQLiteMaintenance.inspect(aside) { try $0.value("SELECT count(*) FROM consent_event") }
            #expect(rows == 8)
        }
    }

    @Test func refusesWhileSomebodyWorks() async throws {
        try await temporary.store.backUp(to: file, at: now)
        let role = try #require(try temporary.store.tryLock("serve"))
        await #expect(throws: BackupError.self) { try await restore() }
        withExtendedLifetime(role) {}
    }

    @Test func refusesATruncatedFileAtEveryLength() async throws {
        try await temporary.store.backUp(to: file, at: now)
        await temporary.store.closeAndWait()
        let whole = try #require(FileManager.default.contents(atPath: file))
        let data = temporary.store.dataDirectory
        let before = FileManager.default.contents(atPath: Store.databasePath(in: data))
        for length in [0, 1, 99, 100, 4_095, 4_096, whole.count / 2, whole.count - 4_096, whole.count - 1] {
            let torn = temporary.directory.file("torn")
            try whole.prefix(length).write(to: URL(filePath: torn))
            await #expect(throws: StoreError.self, "\(length) bytes") { try await restore(torn) }
        }
        #expect(FileManager.default.contents(atPath: Store.databasePath(in: data)) == before, "nothing was changed")
        #expect(try FileManager.default.contentsOfDirectory(atPath: data).contains { $0.contains("restor") } == false)
    }

    @Test func refusesFilesThatAreNoGoodBackup() async throws {
        await #expect(throws: BackupError.self) { try await restore(temporary.directory.file("nothing")) }
        let text = temporary.directory.file("text")
        try Data("not a database".utf8).write(to: URL(filePath: text))
        await #expect(throws: StoreError.notADatabase(path: text)) { try await restore(text) }
        // A bare copy has no key in it.
        let bare = temporary.directory.file("bare")
        try await SQLiteMaintenance.copy(Store.databasePath(in: temporary.store.dataDirectory), to: bare) { _ in }
        await #expect(throws: BackupError.notABackup(path: bare)) { try await restore(bare) }
        // Nor is one good with another key.
        let wrong = temporary.directory.file("wrong")
        try await SQLiteMaintenance.copy(Store.databasePath(in: temporary.store.dataDirectory), to: wrong) {
            connection in
            try connection.execute("CREATE TABLE backup (key BLOB, made_at INTEGER)")
            try connection.execute("INSERT INTO backup VALUES (\([UInt8](repeating: 1, count: 32)), 1)")
        }
        await #expect(throws: BackupError.wrongKey(path: wrong)) { try await restore(wrong) }
    }

    @Test func refusesABackupWhoseLedgerWasChanged() async throws {
        let key = try #require(FileManager.default.contents(atPath: temporary.store.keyFile))
        try await SQLiteMaintenance.copy(Store.databasePath(in: temporary.store.dataDirectory), to: file) {
            connection in
            try connection.execute("DROP TRIGGER consent_event_is_never_changed")
            try connection.execute("UPDATE consent_event SET kind = 'opt-in' WHERE sequence = 3")
            try connection.execute("CREATE TABLE backup (key BLOB, made_at INTEGER)")
            try connection.execute("INSERT INTO backup VALUES (\(Array(key)), 1)")
        }
        let error = await #expect(throws: BackupError.self) { try await restore() }
        #expect(error?.description.contains("row 3") == true)
    }
}
