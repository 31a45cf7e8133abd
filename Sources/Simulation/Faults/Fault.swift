import Bridge

/// The process ends here: nothing of it goes on.
package struct Crash: Error {
    package init() {}
}

/// What goes wrong with a call, and when.
package enum Fault: Sendable, CaseIterable {
    case crashBefore
    case crashAfter
    case unavailable
    case unknownBefore
    case unknownAfter
    case throttled

    /// Those that fail a call and leave the process alive.
    package static let failures: [Fault] = [.unavailable, .unknownBefore, .unknownAfter, .throttled]

    var isAfterTheEffect: Bool { self == .crashAfter || self == .unknownAfter }

    func error(_ operation: String) -> any Error {
        switch self {
        case .crashBefore, .crashAfter: Crash()
        case .unavailable: PortError(.unavailable, operation: operation, detail: "cannot be reached")
        case .unknownBefore, .unknownAfter: PortError(.unknownOutcome, operation: operation, detail: "no answer")
        case .throttled: PortError(.throttled(retryAfterSeconds: 1), operation: operation, detail: "too fast")
        }
    }
}
