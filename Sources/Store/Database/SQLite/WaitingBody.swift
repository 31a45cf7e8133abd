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

/// A body and whoever is to be told how it ended.
///
/// `@unchecked Sendable`: after it was queued, only the one thread that took it touches it.
final class WaitingBody<Value: Sendable>: WaitingWork, @unchecked Sendable {
    private let body: @Sendable (any SQLConnection) throws -> Value
    private let completion: @Sendable (Result<Value, any Error>) -> Void
    private var value: Value?

    init(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        self.body = body
        self.completion = completion
    }

    func run(on connection: any SQLConnection) throws {
        value = try body(connection)
    }

    func succeed() {
        guard let value else { preconditionFailure("a body succeeded before it ran") }
        completion(.success(value))
    }

    func fail(_ error: any Error) {
        completion(.failure(error))
    }
}
