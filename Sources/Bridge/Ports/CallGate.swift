import Reconciliation

/// The order in which work may spend an account's calls (design §4, *Lanes*).
package enum Lane: Int, Sendable, Codable, CaseIterable, Comparable {
    case optOuts = 1
    case removals = 2
    case singleChanges = 3
    case bulkLoads = 4
    case verification = 5

    package static func < (left: Lane, right: Lane) -> Bool { left.rawValue < right.rawValue }

    /// The lane in which the current task works; clients hand it to their gate with every call.
    @TaskLocal package static var current: Lane = .bulkLoads
}

/// What became of a call, as far as pace and budget are concerned.
package enum CallResult: Sendable, Hashable {
    case answered
    /// The service said "too fast" (429 `throttled`, a 302 to a delaying URL).
    case throttled(retryAfterSeconds: Int?)
    /// The service said that the day's quota is spent.
    case quotaSpent
    case failed
}

/// The engine's say over a client's calls: pace, concurrency and the durable daily budget.
///
/// A client asks before **every** HTTP request it makes, repeats and redirects included, and reports how it went.
/// The budget is counted before the call, so that a crash over-counts (constant-contact.md §4).
package protocol CallGate: Sendable {
    /// Waits until a call in the task's `Lane.current` may go out, counts it, and holds a place for it.
    ///
    /// - Throws: `PortError` with `quotaSpent` when the lane has no budget left today; `CancellationError`.
    func admit() async throws

    /// Gives the place back and adapts the pace.
    func finished(_ result: CallResult) async
}

/// A gate that lets everything through at once; for `connect`'s trial call, tools and tests.
package struct OpenGate: CallGate {
    package init() {}
    package func admit() async throws {}
    package func finished(_ result: CallResult) async {}
}
