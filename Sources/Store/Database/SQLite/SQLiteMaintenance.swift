import Foundation
import GRDB

/// Work on a whole database file that no transaction can do, on a connection of its own.
enum SQLiteMaintenance {
    /// Writes the file anew so that nothing is left in it of what was deleted, and empties its log.
    ///
    /// - Returns: false when somebody read for so long that the log could not be emptied; what was deleted is in it
    ///   until the log is written from its start again.
    static func scrub(_ path: String, busySeconds: Double = 30) async throws -> Bool {
        try await blocking {
            try opening(path) {
                let queue = try SQLiteFile.openWriter(at: path, busySeconds: busySeconds)
                let isEmptied = try queue.writeWithoutTransaction { database in
                    // The new file is made beside the old one first, and may be too large for memory.
                    try database.execute(sql: "PRAGMA temp_store = FILE")
                    try database.execute(sql: "VACUUM")
                    return try emptyLog(of: database, busySeconds: busySeconds)
                }
                try queue.close()
                return isEmptied
            }
        }
    }

    /// Moves everything in a database's log into its file and empties the log.
    ///
    /// - Returns: false when somebody read for so long that the log could not be emptied.
    /// - Throws: `StoreError`.
    static func settleLog(of path: String, busySeconds: Double = 10) async throws -> Bool {
        try await blocking {
            try opening(path) {
                let queue = try SQLiteFile.openWriter(at: path, busySeconds: busySeconds)
                let isEmptied = try queue.writeWithoutTransaction {
                    try emptyLog(of: $0, busySeconds: busySeconds)
                }
                try queue.close()
                return isEmptied
            }
        }
    }

    private static func emptyLog(of database: Database, busySeconds: Double) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(busySeconds)
        while true {
            if try Int64.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0 { return true }
            if ContinuousClock.now >= deadline { return false }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// Copies a database beside its writers, as it is at one moment, with SQLite's online backup.
    ///
    /// - Parameters:
    ///   - path: the database.
    ///   - copy: an empty file.
    ///   - seal: what is written into the copy before it is whole.
    static func copy(
        _ path: String,
        to copy: String,
        seal: @escaping @Sendable (any SQLConnection) throws -> Void
    ) async throws {
        try await blocking {
            try opening(copy) {
                let source = try SQLiteFile.openReader(at: path, busySeconds: 30)
                let target = try DatabaseQueue(path: copy)
                try source.backup(to: target)
                try target.writeWithoutTransaction { database in
                    // One file, with no log beside it.
                    _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
                    let connection = try SQLiteConnection(database, path: copy)
                    try connection.begin(writing: true)
                    try seal(connection)
                    try connection.commit()
                }
                try target.close()
                try source.close()
            }
        }
    }

    /// Reads a file that nobody else uses.
    static func inspect<T: Sendable>(
        _ path: String,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        try await blocking {
            try opening(path) {
                var configuration = Configuration()
                configuration.readonly = true
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                let value = try queue.writeWithoutTransaction { database in
                    try body(try SQLiteConnection(database, path: path))
                }
                try queue.close()
                return value
            }
        }
    }

    private static func opening<T>(_ path: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError(opening: path, error)
        }
    }

    /// Runs a body that waits for files on a thread that may wait.
    private static func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }
}
