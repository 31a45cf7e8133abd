import Crypto
import Foundation
import Reconciliation

/// Puts a backup in the place of a data directory's database and key.
package struct Restoration: Sendable {
    /// The setting that tells the engine that the store was restored: the moment, in milliseconds.
    package static let setting = "restored.at"

    /// What was done.
    package struct Outcome: Sendable, Hashable {
        package var backup: Backup.Description
        /// Where the former database is kept; nil where there was none.
        package var formerDatabase: String?
        /// Where the former key is kept; nil where it is the same or there was none.
        package var formerKey: String?
        /// Erasures that were applied again.
        package var erasures: Int
    }

    private let dataDirectory: String
    private let keyFile: String
    private let moment: Timestamp
    private let database: String
    private let draft: String
    /// What is put in the database's place, from the moment at which it is only to be renamed.
    private let replacement: String
    private let reached: @Sendable (Step) throws -> Void

    /// What a restore has done; where it can be cut off.
    enum Step: CaseIterable, Sendable {
        case copied, prepared, settled, keyPlaced, keptAside, committed, logRemoved, replaced
    }

    /// Where the replacement of a data directory's database stands while it is put in place; left by a cut-off restore.
    static func replacement(in dataDirectory: String) -> String { "\(dataDirectory)/restored.sqlite" }

    private init(
        dataDirectory: String,
        keyFile: String?,
        moment: Timestamp,
        reached: @escaping @Sendable (Step) throws -> Void
    ) {
        self.dataDirectory = dataDirectory
        self.keyFile = keyFile ?? Store.defaultKeyFile(in: dataDirectory)
        self.moment = moment
        database = Store.databasePath(in: dataDirectory)
        draft = "\(dataDirectory)/restoring.sqlite"
        replacement = Self.replacement(in: dataDirectory)
        self.reached = reached
    }

    /// Checks a backup, keeps what is there aside under a dated name, and puts the backup in its place.
    ///
    /// Nothing is changed before the backup was found to be good. The store that comes of it is marked, so that the
    /// first reading of each side is a baseline, and erasures since the backup are applied again.
    ///
    /// - Parameters:
    ///   - path: the backup.
    ///   - dataDirectory: the data directory, which nobody may work on.
    ///   - keyFile: the key file; nil for the one in the data directory.
    ///   - moment: now.
    ///   - roles: the names of the locks that whoever works on the data directory holds.
    /// - Throws: `BackupError`, `StoreError`, `KeyError`.
    package static func run(
        from path: String,
        dataDirectory: String,
        keyFile: String?,
        at moment: Timestamp,
        roles: [String]
    ) async throws -> Outcome {
        try await run(from: path, dataDirectory: dataDirectory, keyFile: keyFile, at: moment, roles: roles) { _ in }
    }

    /// The same; tells each step when it is done, and ends there when that throws, as a crash would.
    static func run(
        from path: String,
        dataDirectory: String,
        keyFile: String?,
        at moment: Timestamp,
        roles: [String],
        reached: @escaping @Sendable (Step) throws -> Void
    ) async throws -> Outcome {
        try DataDirectory.create(dataDirectory)
        var locks: [FileLock] = []
        for role in roles {
            guard let lock = try FileLock.tryAcquire(role, in: dataDirectory) else {
                let holder = FileLock.holder(of: role, in: dataDirectory)
                throw BackupError.inUse(dataDirectory: dataDirectory, process: holder)
            }
            locks.append(lock)
        }
        defer { withExtendedLifetime(locks) {} }
        let restoration = Restoration(
            dataDirectory: dataDirectory,
            keyFile: keyFile,
            moment: moment,
            reached: reached
        )
        return try await restoration.run(from: path)
    }

    private func run(from path: String) async throws -> Outcome {
        try copy(path)
        defer { removeDraft() }
        try reached(.copied)
        let checked = try await Backup.check(draft, calledBy: path)
        try await prepareDraft()
        try reached(.prepared)
        try await settleLog()
        try reached(.settled)
        // A crash from here on leaves the former database whole or none that opens: never an empty one in its place,
        // and never one without the end that its log holds.
        let formerKey = try placeKey(checked.key)
        try reached(.keyPlaced)
        let formerDatabase = try keepDatabaseAside()
        try reached(.keptAside)
        try replaceDatabase()
        try reached(.replaced)
        let store = try await Store.open(dataDirectory: dataDirectory, keyFile: keyFile)
        let erasures: Int
        do {
            try await store.applyMissingErasures(isAlone: true)
            erasures = try await store.database.read { try ErasedAddresses.all(in: $0).count } - checked.erased
        } catch {
            await store.closeAndWait()
            throw error
        }
        await store.closeAndWait()
        return Outcome(
            backup: checked.description,
            formerDatabase: formerDatabase,
            formerKey: formerKey,
            erasures: erasures
        )
    }

    /// Copies the file, readable to its owner alone.
    private func copy(_ path: String) throws {
        guard access(path, R_OK) == 0 else { throw BackupError.cannotRead(path: path, reason: Backup.systemText) }
        removeDraft()
        let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw cannotWrite(draft) }
        let target = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            let source = try FileHandle(forReadingFrom: URL(filePath: path))
            while let part = try source.read(upToCount: 1 << 20), !part.isEmpty { try target.write(contentsOf: part) }
            try target.synchronize()
        } catch {
            throw BackupError.cannotWrite(path: draft, reason: error.localizedDescription)
        }
    }

    /// Takes the key out of the copy and marks it as restored.
    private func prepareDraft() async throws {
        let draftDatabase = try await SQLiteDatabase.open(at: draft)
        let moment = moment
        do {
            try await draftDatabase.write { connection in
                try connection.execute("DROP TABLE backup")
                try Settings.set(Restoration.setting, to: String(moment.milliseconds), on: connection)
            }
        } catch {
            await draftDatabase.closeAndWait()
            throw error
        }
        await draftDatabase.closeAndWait()
        guard try await SQLiteMaintenance.scrub(draft) else { throw cannotWrite(draft) }
    }

    /// Moves what the former database's log holds into its file, as a stopped `serve` has done and a killed one has not.
    ///
    /// A database that does not open is kept aside as it is, with its log.
    private func settleLog() async throws {
        guard access(database, F_OK) == 0 else { return }
        do {
            guard try await SQLiteMaintenance.settleLog(of: database) else {
                throw BackupError.cannotWrite(path: database, reason: "somebody reads it; end that and try again")
            }
        } catch let error as StoreError {
            switch error {
            case .damaged, .notADatabase, .otherProgram, .cannotOpen: return
            case .cannotCommit, .busy, .refused, .newerSchema, .noStore, .restoreCutOff, .closed: throw error
            }
        }
    }

    /// Gives the former database, and its log where it has one still, a second name each.
    private func keepDatabaseAside() throws -> String? {
        guard access(database, F_OK) == 0 else { return nil }
        let name = "\(database).before-restore-\(stamp)"
        // A restore that was cut off has kept it aside already, at most a moment ago.
        let aside = access(name, F_OK) == 0 ? "\(name)-again" : name
        for ending in ["", "-wal", "-shm"] where access(database + ending, F_OK) == 0 {
            guard link(database + ending, aside + ending) == 0 else { throw cannotWrite(aside + ending) }
        }
        try KeyFile.syncDirectory(of: database)
        return aside
    }

    /// Puts the backup in the place of the former database, which nobody opens while the replacement stands beside it.
    private func replaceDatabase() throws {
        guard rename(draft, replacement) == 0 else { throw cannotWrite(replacement) }
        try KeyFile.syncDirectory(of: database)
        try reached(.committed)
        // Beside another database its log would be taken for that one's.
        for ending in ["-wal", "-shm"] {
            guard unlink(database + ending) == 0 || errno == ENOENT else { throw cannotWrite(database + ending) }
        }
        try KeyFile.syncDirectory(of: database)
        try reached(.logRemoved)
        guard rename(replacement, database) == 0 else { throw cannotWrite(database) }
        try KeyFile.syncDirectory(of: database)
    }

    private func placeKey(_ key: [UInt8]) throws -> String? {
        var aside: String?
        if access(keyFile, F_OK) == 0 {
            if let present = FileManager.default.contents(atPath: keyFile), Array(present) == key { return nil }
            let place = "\(keyFile).before-restore-\(stamp)"
            guard rename(keyFile, place) == 0 else { throw KeyError.unusable(path: place, reason: Backup.systemText) }
            aside = place
        }
        try KeyFile.write(key, to: keyFile)
        return aside
    }

    private func removeDraft() {
        for ending in ["", "-wal", "-shm", "-journal"] { unlink(draft + ending) }
    }

    private func cannotWrite(_ path: String) -> BackupError {
        .cannotWrite(path: path, reason: Backup.systemText)
    }

    /// The moment as part of a file's name, such as `20260302T143108Z`.
    private var stamp: String {
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)
        let text: String = date.formatted(.iso8601)
        return text.replacing("-", with: "").replacing(":", with: "")
    }
}
