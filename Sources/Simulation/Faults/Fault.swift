import Bridge

/// The process ends here: nothing of it goes on.
package struct Crash: Error {
    package init() {}
}

/// What goes wrong with a call, and when.
package enum Fault: Sendable {
    case crashBefore
    case crashAfter
    case unavailable
    case unknownBefore
    case unknownAfter
    case throttled
    case refused

    /// Those that fail a call and leave the process alive.
    package static let failures: [Fault] = [.unavailable, .unknownBefore, .unknownAfter, .throttled]

    /// Those that can come to any call at any time; a refusal is a word about what was asked.
    package static let interruptions: [Fault] = [.crashBefore, .crashAfter] + failures

    var isAfterTheEffect: Bool { self == .crashAfter || self == .unknownAfter }

    func error(_ operation: String) -> any Error {
        switch self {
        case .crashBefore, .crashAfter: Crash()
        case .unavailable: PortError(.unavailable, operation: operation, detail: "cannot be reached")
        case .unknownBefore, .unknownAfter: PortError(.unknownOutcome, operation: operation, detail: "no answer")
        case .refused: PortError(.refused, operation: operation, detail: "not allowed", status: 400)
        case .throttled: PortError(.throttled(retryAfterSeconds: 1), operation: operation, detail: "too fast")
        }
    }
}
