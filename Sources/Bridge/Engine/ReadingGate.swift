import Synchronization

/// Says whether a reading of changes is under way in this process: what it has told so far is only a part of it.
package final class ReadingGate: Sendable {
    private let count = Mutex(0)

    package init() {}

    /// Whether a reading is under way.
    var isBusy: Bool { count.withLock { $0 > 0 } }

    /// Runs a reading.
    func reading<T>(_ body: () async throws -> T) async rethrows -> T {
        count.withLock { $0 += 1 }
        defer { count.withLock { $0 -= 1 } }
        return try await body()
    }
}
