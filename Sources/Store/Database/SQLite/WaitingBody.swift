/// A caller's body on its way through a database thread.
protocol WaitingWork: AnyObject, Sendable {
    /// Runs the body and keeps what it returned.
    ///
    /// - Throws: what the body threw.
    func run(on connection: any SQLConnection) throws

    /// Gives the caller what the body returned.
    func succeed()

    /// Gives the caller an error, whatever the body returned.
    func fail(_ error: any Error)
}

/// A body and the continuation of the task that waits for it.
///
/// `@unchecked Sendable`: after it was queued, only the one thread that took it touches it.
final class WaitingBody<Value: Sendable>: WaitingWork, @unchecked Sendable {
    private let body: @Sendable (any SQLConnection) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private var value: Value?

    init(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value,
        continuation: CheckedContinuation<Value, any Error>
    ) {
        self.body = body
        self.continuation = continuation
    }

    func run(on connection: any SQLConnection) throws {
        value = try body(connection)
    }

    func succeed() {
        guard let value else { preconditionFailure("a body succeeded before it ran") }
        continuation.resume(returning: value)
    }

    func fail(_ error: any Error) {
        continuation.resume(throwing: error)
    }
}
