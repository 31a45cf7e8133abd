import Synchronization

/// The writer's loop: everything that waits is run in one transaction and told its result after the commit.
///
/// It is the body of the writer's thread, apart from the opening of the file, so that the order of begin, bodies,
/// commit and results stands in one place.
final class GroupCommitter: Sendable {
    private let work: WorkQueue<any WaitingWork>
    private let limit: Limit
    private let committed = Atomic<Int>(0)

    /// When a transaction is closed to further bodies, so that the first of them does not wait for long.
    struct Limit: Sendable {
        var bodies = 1_000
        var writtenRows: Int64 = 20_000
        var span: Duration = .milliseconds(20)
    }

    init(work: WorkQueue<any WaitingWork>, limit: Limit = Limit()) {
        self.work = work
        self.limit = limit
    }

    /// Transactions committed so far.
    var commits: Int { committed.load(ordering: .relaxed) }

    /// Serves until the queue is closed and empty.
    func run(on connection: SQLiteConnection) {
        while let first = work.next() { commitTogether(from: first, on: connection) }
    }

    /// Runs the first body and whatever waits behind it in one transaction.
    private func commitTogether(from first: any WaitingWork, on connection: SQLiteConnection) {
        var done: [any WaitingWork] = []
        do {
            try runBodies(from: first, on: connection, done: &done)
            if done.isEmpty { return }
            try connection.commit()
            committed.add(1, ordering: .relaxed)
        } catch {
            for waiting in done { waiting.fail(Self.commitError(error)) }
            return
        }
        for waiting in done { waiting.succeed() }
    }

    /// Runs bodies until the limit; those that threw have been told so, those in `done` wait for the commit.
    ///
    /// The first body has no savepoint: as long as nothing else is in the transaction, rolling all of it back is the
    /// same, and a savepoint would make SQLite copy every page that a large body touches.
    ///
    /// - Throws: when the transaction cannot go on; `done` then holds everybody who must be told.
    private func runBodies(
        from first: any WaitingWork,
        on connection: SQLiteConnection,
        done: inout [any WaitingWork]
    ) throws {
        let started = ContinuousClock.now
        let rowsBefore = connection.writtenRows
        var next: (any WaitingWork)? = first
        var hasBegun = false
        while let waiting = next {
            if !hasBegun {
                guard begin(for: waiting, on: connection) else { return }
                hasBegun = true
            }
            do {
                if done.isEmpty {
                    try waiting.run(on: connection)
                } else {
                    try connection.withSavepoint { try waiting.run(on: connection) }
                }
                // A body may have caught the error that made SQLite roll everything back.
                if let loss = connection.transactionLoss { throw loss }
                done.append(waiting)
            } catch {
                waiting.fail(error)
                if done.isEmpty {
                    hasBegun = false
                    try connection.rollBack()
                } else if let loss = connection.transactionLoss {
                    try connection.rollBack()
                    throw loss
                }
            }
            let isFull =
                done.count >= limit.bodies || connection.writtenRows - rowsBefore >= limit.writtenRows
                || ContinuousClock.now - started >= limit.span
            next = isFull ? nil : work.nextIfAny()
        }
    }

    /// Begins a transaction; where that fails, everybody who waits is told now, or each would wait out the time-out.
    private func begin(for first: any WaitingWork, on connection: SQLiteConnection) -> Bool {
        do {
            try connection.begin(writing: true)
            return true
        } catch {
            first.fail(error)
            for _ in 0..<limit.bodies {
                guard let waiting = work.nextIfAny() else { break }
                waiting.fail(error)
            }
            return false
        }
    }

    /// What a failed commit is to those who waited for it.
    private static func commitError(_ error: any Error) -> any Error {
        switch error as? StoreError {
        case .cannotCommit?, .closed?: error
        default: StoreError.cannotCommit(reason: "\(error)")
        }
    }
}
