import Crypto
import Foundation
import Reconciliation

/// A backup: one file, the database as it was at one moment with the key in it.
///
/// It is as secret as the key file, since it holds the key in clear: with it, everything that is sealed can be opened.
package enum Backup {
    /// What a backup says of itself.
    package struct Description: Sendable, Hashable {
        package var madeAt: Timestamp
        package var ledger: LedgerVerification.Report
    }

    /// A backup as it was found to be good.
    struct Checked: Sendable {
        var key: [UInt8]
        var description: Description
        /// Addresses that were erased before it was made.
        var erased: Int
    }

    /// Writes a backup beside whatever works on the store.
    ///
    /// The file appears whole or not at all, with mode 0600, and never in place of another.
    ///
    /// - Throws: `BackupError`, `StoreError`.
    static func write(
        of database: String,
        key: [UInt8],
        to path: String,
        at moment: Timestamp
    ) async throws {
        guard access(path, F_OK) != 0 else { throw BackupError.exists(path: path) }
        let draft = "\(path).\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupError.cannotWrite(path: path, reason: systemText) }
        defer {
            close(descriptor)
            unlink(draft)
            unlink(draft + "-journal")
        }
        try await SQLiteMaintenance.copy(database, to: draft) { connection in
            try connection.execute("CREATE TABLE backup (key BLOB NOT NULL, made_at INTEGER NOT NULL) STRICT")
            try connection.execute("INSERT INTO backup (key, made_at) VALUES (\(key), \(moment))")
        }
        guard fsync(descriptor) == 0 else { throw BackupError.cannotWrite(path: path, reason: systemText) }
        guard link(draft, path) == 0 else {
            if errno == EEXIST { throw BackupError.exists(path: path) }
            throw BackupError.cannotWrite(path: path, reason: systemText)
        }
        try KeyFile.syncDirectory(of: path)
    }

    /// Checks that a file is a good backup: whole, of this program, with the key that it was sealed under, and with a
    /// ledger whose chain holds.
    ///
    /// - Parameters:
    ///   - file: the file.
    ///   - path: what it is called in errors.
    /// - Throws: `BackupError`, `StoreError`.
    static func check(_ file: String, calledBy path: String) async throws -> Checked {
        var status = stat()
        guard stat(file, &status) == 0, status.st_size > 0 else { throw StoreError.notADatabase(path: path) }
        try SQLiteFile.refuseTornFile(at: file, calledBy: path)
        do {
            return try await SQLiteMaintenance.inspect(file) { try check(path, on: $0) }
        } catch StoreError.damaged(_, let reason) {
            throw StoreError.damaged(path: path, reason: reason)
        } catch StoreError.notADatabase {
            throw StoreError.notADatabase(path: path)
        }
    }

    private static func check(_ path: String, on connection: any SQLConnection) throws -> Checked {
        func tables(_ name: String) throws -> Bool {
            try connection.value("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = \(name)") != nil
        }
        guard try connection.value("PRAGMA application_id") == SQLiteFile.applicationID else {
            throw StoreError.otherProgram(path: path)
        }
        let lines = try connection.rows("PRAGMA integrity_check(10)") { $0.text(0) }
        guard lines == ["ok"] else { throw StoreError.damaged(path: path, reason: lines.joined(separator: "; ")) }
        guard try tables("backup"),
            let (key, madeAt) = try connection.first("SELECT key, made_at FROM backup", { ($0.bytes(0), $0.int(1)) }),
            key.count == KeyFile.length
        else { throw BackupError.notABackup(path: path) }
        for name in try connection.rows("SELECT name FROM schema_migration", { $0.text(0) })
        where !Migrations.all.contains(where: { $0.name == name }) {
            throw StoreError.newerSchema(path: path, migration: name)
        }
        let sealer = Sealer(key: SymmetricKey(data: key))
        guard try Settings.text(Store.checkSetting, on: connection) == sealer.checkValue else {
            throw BackupError.wrongKey(path: path)
        }
        let report = try LedgerVerification.run(keys: sealer.ledgerKeys, in: connection)
        if let problem = report.problem { throw BackupError.ledgerDoesNotHold(path: path, problem) }
        return Checked(
            key: key,
            description: Description(madeAt: Timestamp(milliseconds: madeAt), ledger: report),
            erased: try ErasedAddresses.all(in: connection).count
        )
    }

    static var systemText: String { String(cString: strerror(errno)) }
}
