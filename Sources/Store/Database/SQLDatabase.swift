/// A database that runs synchronous bodies inside transactions.
///
/// ```swift
/// let waiting = try await database.read { try $0.value("SELECT count(*) FROM inbox WHERE state = \(state)") }
/// ```
///
/// A body may run while other callers' bodies share its transaction, but sees only whole ones. It must not wait for
/// anything but the database.
package protocol SQLDatabase: Sendable {
    /// Runs a body on one snapshot of what is committed.
    ///
    /// - Throws: `StoreError`, and whatever `body` throws.
    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// Runs a body that may write, and returns once what it wrote is on disk.
    ///
    /// Bodies that wait at the same time are committed together. One that throws is rolled back alone. Cancelling
    /// the calling task changes nothing: the body runs and is committed all the same.
    ///
    /// - Throws: `StoreError.cannotCommit` when nothing of the body was stored; whatever `body` throws.
    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// Runs a body that may write, and tells how it ended once what it wrote is on disk.
    ///
    /// As the other `write`, for those who have more to write as soon as they are told: what they write from
    /// `completion` is next, with no thread to be woken in between.
    ///
    /// - Parameter completion: called once, on the database's own thread: it must be short, and wait for nothing.
    func write<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    )
}
