import Reconciliation

/// What went wrong at the far side of a port, reduced to what the engine must decide on.
///
/// The clients map every answer, transport failure and unreadable body onto one of these codes; the engine
/// switches over them without a default.
package struct PortError: Error, Sendable, CustomStringConvertible {
    /// The consequence of a failure.
    package enum Code: Sendable, Hashable {
        /// Credentials are wrong, revoked or used up; a person must act. The account *needs authorisation*.
        case needsAuthorisation
        /// The credentials are good, but may not do this; an operator must act.
        case forbidden
        /// The thing addressed does not exist, or is hidden.
        case notFound
        /// The name or address is taken. The id of the thing that has it, where the service says so.
        case conflict(existing: String?)
        /// The service refused the content; repeating it changes nothing.
        case refused
        /// Too fast. Repeat after the pause, where the service gives one in seconds.
        case throttled(retryAfterSeconds: Int?)
        /// The day's quota is spent until the given moment.
        case quotaSpent(until: Timestamp)
        /// The service's queue of bulk activities is full.
        case queueFull
        /// The service could not be reached, or failed before it took effect; safe to repeat.
        case unavailable
        /// The request may or may not have taken effect; read back before anything is repeated.
        case unknownOutcome
        /// An answer that cannot be read (HTML, empty, truncated, wrong type).
        case unreadableAnswer
        /// The credentials lead to another account or database than the one that was pinned.
        case otherAccount(found: String)
    }

    package var code: Code
    /// What was being done, such as `read contacts`; constant text, safe for labels.
    package var operation: String
    /// What the service said and what to do, without secrets or addresses.
    package var detail: String
    /// The HTTP status of the answer, where there was one.
    package var status: Int?

    package init(_ code: Code, operation: String, detail: String, status: Int? = nil) {
        self.code = code
        self.operation = operation
        self.detail = detail
        self.status = status
    }

    package var description: String {
        let answer = status.map { " (HTTP \($0))" } ?? ""
        return "\(operation): \(detail)\(answer)"
    }
}
