import GRDB
import Store

// GRDB has a name like it.
import class Store.SQLiteConnection

/// A database on a real SQLite file that runs every body at once, on the caller's thread.
///
/// What it leaves out is what a process's death does not touch: the disk is never waited for. That is why it lives
/// beside the simulated world, in a module that the product does not link. Each commit is a durable step.
///
/// `@unchecked Sendable`: GRDB's queue serialises every access, and the connection is touched inside accesses alone;
/// `interruption` is set by whoever opens the file, before anybody else has it.
package final class InlineDatabase: SQLDatabase, @unchecked Sendable {
    private let path: String
    private let queue: DatabaseQueue
    private let mortality: Mortality
    private let watcher: (any CommitWatcher)?
    private let patch: StatementPatch?
    private let pass: @Sendable () -> String
    private var connection: SQLiteConnection?
    /// What another worker does before a transaction that writes: what was decided on is of an earlier one.
    package var interruption: (@Sendable () async throws -> Void)?

    /// Opens a database file that has its schema.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - mortality: may end the process before and after each commit.
    ///   - watcher: looks at what was committed.
    ///   - patch: changes statements on their way, for rules that are broken on purpose.
    ///   - pass: the name of the pass that is running now.
    package init(
        at path: String,
        mortality: Mortality,
        watcher: (any CommitWatcher)? = nil,
        patch: StatementPatch? = nil,
        pass: @escaping @Sendable () -> String
    ) throws {
        self.path = path
        self.mortality = mortality
        self.watcher = watcher
        self.patch = patch
        self.pass = pass
        var configuration = Configuration()
        configuration.label = "causeway-simulate"
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { database in
            // Nobody else opens the file, so its locks and its shared memory are of no use.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = OFF")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 2000")
        }
    }

    /// Lets the file go, as it is.
    package func close() throws {
        connection = nil
        try queue.close()
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try mortality.checkAlive()
        return try access { try body(WatchedConnection($0, watcher: nil, patch: patch, isWriting: false)) }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try mortality.checkAlive()
        try await interruption?()
        return try access { try commit(body, on: $0) }
    }

    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        completion(
            Result {
                try mortality.checkAlive()
                return try access { try commit(body, on: $0) }
            }
        )
    }

    /// Looks into the file, whether the process is alive or not.
    package func look<T>(_ body: (any SQLConnection) throws -> T) throws -> T { try access { try body($0) } }

    private func commit<T>(_ body: (any SQLConnection) throws -> T, on connection: SQLiteConnection) throws -> T {
        let watched = WatchedConnection(connection, watcher: watcher, patch: patch, isWriting: true)
        let step = DurableStep.commit(pass())
        try connection.begin(writing: true)
        let value: T
        do {
            value = try body(watched)
            try mortality.reach(step, .before)
        } catch {
            try connection.rollBack()
            throw error
        }
        try connection.commit()
        if watched.hasSomethingToSee { try watcher?.committed(connection) }
        try mortality.reach(step, .after)
        return value
    }

    private func access<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try queue.writeWithoutTransaction { database in
            let open = try connection ?? SQLiteConnection(database, path: path)
            connection = open
            return try body(open)
        }
    }
}
