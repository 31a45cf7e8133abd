import Foundation
import GRDB

/// The embedded database: one SQLite file in WAL mode, one writer that commits in groups, a few readers.
///
/// Transactions run on threads of this class, never on a task: a task that is cancelled cancels no SQL, and the
/// order of work is the order in which it came. Other processes may use the same file meanwhile.
package final class SQLiteDatabase: SQLDatabase {
    private let path: String
    private let busySeconds: Double
    private let writes = WorkQueue<any WaitingWork>()
    private let reads = WorkQueue<any WaitingWork>()
    private let committer: GroupCommitter
    /// Counts the threads of each kind that have not ended.
    private let writerThread = DispatchGroup()
    private let readerThreads = DispatchGroup()

    /// Opens a database file, made with mode 0600 where there is none, and starts its threads.
    ///
    /// The schema is not touched: `Migrator` brings it up to date.
    ///
    /// - Parameters:
    ///   - path: the file; its directory is made with mode 0700 where there is none.
    ///   - readers: reading connections; each is opened when it is first needed.
    ///   - busySeconds: how long a transaction waits for one of another process, before it fails as `busy`.
    /// - Throws: `StoreError` for a file that is no database, is torn, belongs to another program or cannot be written.
    package static func open(
        at path: String,
        readers: Int = 3,
        busySeconds: Double = 10
    ) async throws -> SQLiteDatabase {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try SQLiteDatabase(path: path, readers: readers, busySeconds: busySeconds) }
                )
            }
        }
    }

    private init(path: String, readers: Int, busySeconds: Double) throws {
        try SQLiteFile.prepare(at: path)
        let writer = try SQLiteFile.openWriter(at: path, busySeconds: busySeconds)
        self.path = path
        self.busySeconds = busySeconds
        self.committer = GroupCommitter(work: writes)
        startWriter(on: writer)
        for _ in 0..<max(1, readers) { startReader() }
    }

    deinit {
        close()
    }

    /// Takes no more work; what waits is still done, and the threads then close their connections.
    package func close() {
        writes.close()
        reads.close()
    }

    /// Closes and waits until every connection is closed, which leaves all that is stored in the database file.
    package func closeAndWait() async {
        close()
        await withCheckedContinuation { continuation in
            writerThread.notify(queue: .global()) { continuation.resume() }
        }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            submit(body, to: reads) { continuation.resume(with: $0) }
        }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            write(body) { continuation.resume(with: $0) }
        }
    }

    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        submit(body, to: writes, completion)
    }

    /// Transactions that the writer has committed so far.
    package var commits: Int { committer.commits }

    /// Bodies that wait for the writer now.
    package var waitingWrites: Int { writes.count }

    /// What SQLite's quick check finds wrong with the file; nil when it finds nothing.
    ///
    /// Reads the whole file: for `doctor` and after a crash, not for every start.
    package func integrityProblem() async throws -> String? {
        do {
            let lines = try await read { connection in
                try connection.rows("PRAGMA quick_check(10)") { $0.text(0) }
            }
            return lines == ["ok"] ? nil : lines.joined(separator: "; ")
        } catch StoreError.damaged(_, let reason) {
            // The check itself could not read on.
            return reason
        }
    }

    private func submit<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T,
        to queue: WorkQueue<any WaitingWork>,
        _ completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let waiting = WaitingBody(body, completion: completion)
        if !queue.add(waiting) { waiting.fail(StoreError.closed) }
    }

    /// The writer's thread holds the connection for as long as it lives.
    private func startWriter(on queue: DatabaseQueue) {
        let (path, committer, writes) = (path, committer, writes)
        let (writerThread, readerThreads) = (writerThread, readerThreads)
        writerThread.enter()
        let thread = Thread {
            defer { writerThread.leave() }
            queue.writeWithoutTransaction { database in
                do {
                    committer.run(on: try SQLiteConnection(database, path: path))
                } catch {
                    Self.failEverything(in: writes, with: error)
                }
            }
            // The last connection to close moves the log into the file, which a reading one could not.
            readerThreads.wait()
            Self.close(queue)
        }
        thread.name = "causeway-writer"
        thread.start()
    }

    private func startReader() {
        let (path, busySeconds) = (path, busySeconds)
        let (reads, readerThreads) = (reads, readerThreads)
        readerThreads.enter()
        let thread = Thread {
            defer { readerThreads.leave() }
            // Opened at the first read, so that a start pays for no reader and one that failed is tried again.
            while let first = reads.next() {
                do {
                    let queue = try SQLiteFile.openReader(at: path, busySeconds: busySeconds)
                    defer { Self.close(queue) }
                    try queue.writeWithoutTransaction { database in
                        SnapshotReader(work: reads).run(from: first, on: try SQLiteConnection(database, path: path))
                    }
                } catch {
                    first.fail(error)
                }
            }
        }
        thread.name = "causeway-reader"
        thread.start()
    }

    /// Closes a connection; one that cannot be closed has nothing to say to anybody, and is closed with the process.
    private static func close(_ queue: DatabaseQueue) {
        try? queue.close()
    }

    private static func failEverything(in queue: WorkQueue<any WaitingWork>, with error: any Error) {
        while let waiting = queue.next() { waiting.fail(error) }
    }
}
