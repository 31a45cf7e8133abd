import Reconciliation
import Synchronization

/// Says which readings of changes are under way in this process: what one has told so far is only a part of it.
package final class ReadingGate: Sendable {
    /// When each reading that is under way began.
    private let begun = Mutex<[Timestamp]>([])

    package init() {}

    /// Whether a reading is under way that may be a mark's, so that more of the same run can still come.
    ///
    /// A mark from before every reading that is under way is of one that has ended: readings that follow each other
    /// without a rest keep nobody waiting.
    func mayAdd(toRunOf mark: Timestamp) -> Bool { begun.withLock { $0.contains { $0 <= mark } } }

    /// Runs a reading that begins now.
    func reading<T>(from now: Timestamp, _ body: () async throws -> T) async rethrows -> T {
        begun.withLock { $0.append(now) }
        defer {
            begun.withLock { begun in
                if let index = begun.firstIndex(of: now) { begun.remove(at: index) }
            }
        }
        return try await body()
    }
}
