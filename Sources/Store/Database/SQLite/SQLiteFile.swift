import Foundation
import GRDB
import GRDBSQLite

/// How Causeway's database file is made, checked and opened.
enum SQLiteFile {
    /// Marks the file as Causeway's own ("CWAY", sqlite.org/pragma.html#pragma_application_id).
    static let applicationID: Int64 = 0x4357_4159

    /// Makes the file with mode 0600 where there is none, its directory with mode 0700.
    ///
    /// SQLite gives its `-wal` and `-shm` files the mode of the database file, and would itself make that one
    /// readable to everybody.
    ///
    /// - Throws: `StoreError.cannotOpen`.
    static func prepare(at path: String) throws {
        try DataDirectory.create((path as NSString).deletingLastPathComponent)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw cannotOpen(path) }
        close(descriptor)
        // A read-only directory lets an existing file be opened, but not its -wal file be made.
        let directory = (path as NSString).deletingLastPathComponent
        guard access(directory.isEmpty ? "." : directory, W_OK) == 0 else {
            throw StoreError.cannotOpen(path: path, reason: "its directory cannot be written")
        }
        try refuseTornFile(at: path, calledBy: path)
    }

    /// Opens the writing connection.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - busySeconds: how long it waits for another process's transaction.
    /// - Throws: `StoreError`.
    static func openWriter(at path: String, busySeconds: Double) throws -> DatabaseQueue {
        try opening(path) {
            let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: false, busySeconds))
            try queue.writeWithoutTransaction { database in
                try refuseOtherProgram(database, path: path)
                try switchToWAL(database, path: path, busySeconds: busySeconds)
                // After GRDB has set the connection up: what it sets itself would win over an earlier FULL.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA cache_size = -16000")
                // What a savepoint would put back is worth no file: it is gone with the process anyway.
                try database.execute(sql: "PRAGMA temp_store = MEMORY")
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
                try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
            }
            return queue
        }
    }

    /// Opens one reading connection; the writer must have opened the file before.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - busySeconds: how long it waits for another process's recovery of the file.
    /// - Throws: `StoreError`.
    static func openReader(at path: String, busySeconds: Double) throws -> DatabaseQueue {
        try opening(path) {
            let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: true, busySeconds))
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA cache_size = -4000") }
            return queue
        }
    }

    private static func configuration(readOnly: Bool, _ busySeconds: Double) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(busySeconds)
        configuration.label = readOnly ? "causeway.reader" : "causeway.writer"
        return configuration
    }

    private static func opening<T>(_ path: String, _ open: () throws -> T) throws -> T {
        do {
            return try open()
        } catch let error as DatabaseError {
            throw StoreError(opening: path, error)
        }
    }

    /// Switching the journal mode needs the file for itself and does not use the busy time-out in every case, and
    /// two processes may open a new file at once.
    private static func switchToWAL(_ database: Database, path: String, busySeconds: Double) throws {
        let deadline = ContinuousClock.now + .seconds(busySeconds)
        while true {
            do {
                let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
                guard mode == "wal" else {
                    throw StoreError.cannotOpen(path: path, reason: "its file system cannot hold a WAL")
                }
                return
            } catch let error as DatabaseError
                where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < deadline
            {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    private static func refuseOtherProgram(_ database: Database, path: String) throws {
        let mark = try Int64.fetchOne(database, sql: "PRAGMA application_id")
        let tables = try Int64.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")
        if mark != applicationID, tables != 0 { throw StoreError.otherProgram(path: path) }
    }

    /// The last failed call on a file, in the system's words.
    private static func cannotOpen(_ path: String) -> StoreError {
        .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }

    /// Refuses a file that is shorter than its own header says, as an interrupted copy leaves it.
    ///
    /// The header is that of sqlite.org/fileformat2.html §1.3. With a `-wal` file present it may rightly be ahead of
    /// the file, so nothing is said then.
    static func refuseTornFile(at file: String, calledBy path: String) throws {
        var log = stat()
        if stat(file + "-wal", &log) == 0, log.st_size > 0 { return }
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw cannotOpen(path) }
        defer { close(descriptor) }
        var status = stat()
        var header = [UInt8](repeating: 0, count: 100)
        let count = pread(descriptor, &header, header.count, 0)
        guard fstat(descriptor, &status) == 0, count >= 0 else { throw cannotOpen(path) }
        let length = UInt64(status.st_size)
        guard length > 0 else { return }
        guard header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw StoreError.notADatabase(path: path)
        }
        guard count == header.count else {
            throw StoreError.damaged(path: path, reason: "it ends inside its header")
        }
        func number(at offset: Int, bytes: Int) -> UInt64 {
            header[offset..<offset + bytes].reduce(0) { $0 << 8 | UInt64($1) }
        }
        // The count of pages is only kept when both change counters agree.
        guard number(at: 24, bytes: 4) == number(at: 92, bytes: 4) else { return }
        let storedPageSize = number(at: 16, bytes: 2)
        let pageSize = storedPageSize == 1 ? 65_536 : storedPageSize
        if length < number(at: 28, bytes: 4) * pageSize {
            throw StoreError.damaged(path: path, reason: "it is shorter than its header says")
        }
    }
}
