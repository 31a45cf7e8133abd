import Store

/// A database on a real SQLite file that runs every body at once, on the caller's thread.
///
/// What it leaves out is what a process's death does not touch: the disk is never waited for. That is why it lives
/// beside the simulated world, in a module that the product does not link. Each commit is a durable step.
///
/// `@unchecked Sendable`: `interruption` is set by whoever makes the database, before anybody else has it.
package final class InlineDatabase: SQLDatabase, @unchecked Sendable {
    private let file: LifeFile
    private let mortality: Mortality
    private let watcher: (any CommitWatcher)?
    private let patch: StatementPatch?
    private let pass: @Sendable () -> String
    /// What another worker does before a transaction that writes: what was decided on is of an earlier one.
    package var interruption: (@Sendable () async throws -> Void)?

    /// Takes a file that has its schema.
    ///
    /// - Parameters:
    ///   - file: the file.
    ///   - mortality: may end the process before and after each commit.
    ///   - watcher: looks at what was committed.
    ///   - patch: changes statements on their way, for rules that are broken on purpose.
    ///   - pass: the name of the pass that is running now.
    package init(
        on file: LifeFile,
        mortality: Mortality,
        watcher: (any CommitWatcher)? = nil,
        patch: StatementPatch? = nil,
        pass: @escaping @Sendable () -> String
    ) {
        self.file = file
        self.mortality = mortality
        self.watcher = watcher
        self.patch = patch
        self.pass = pass
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try mortality.checkAlive()
        return try file.access { try body(WatchedConnection($0, watcher: nil, patch: patch, isWriting: false)) }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try mortality.checkAlive()
        try await interruption?()
        return try file.access { try commit(body, on: $0) }
    }

    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        completion(
            Result {
                try mortality.checkAlive()
                return try file.access { try commit(body, on: $0) }
            }
        )
    }

    /// Looks into the file, whether the process is alive or not.
    package func look<T>(_ body: (any SQLConnection) throws -> T) throws -> T { try file.access { try body($0) } }

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
}
