/// A reader's loop: each body gets a transaction, and so a snapshot, of its own.
struct SnapshotReader {
    let work: WorkQueue<any WaitingWork>

    /// Serves the first body and all that follow, until the queue is closed and empty.
    func run(from first: any WaitingWork, on connection: SQLiteConnection) {
        var next: (any WaitingWork)? = first
        while let waiting = next {
            do {
                try connection.begin(writing: false)
                try waiting.run(on: connection)
                try connection.commit()
                waiting.succeed()
            } catch {
                end(waiting, with: error, on: connection)
            }
            next = work.next()
        }
    }

    private func end(_ waiting: any WaitingWork, with error: any Error, on connection: SQLiteConnection) {
        do {
            try connection.rollBack()
            waiting.fail(error)
        } catch let second {
            // The next begin will fail too and tell its caller; this one learns of the first cause.
            waiting.fail(StoreError.cannotCommit(reason: "\(error); then: \(second)"))
        }
    }
}
