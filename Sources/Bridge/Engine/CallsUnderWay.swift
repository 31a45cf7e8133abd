import Synchronization

/// The intents whose calls this process has under way.
///
/// An intent that is open in the store and not among them has nobody who waits for its answer any more: the process
/// that stored it has ended, or its answer could not be stored. It is read back.
///
/// An intent is added inside the transaction that stores it, so that there is no moment at which it looks abandoned.
package final class CallsUnderWay: Sendable {
    private let intents = Mutex<Set<Int64>>([])

    package init() {}

    func begin(_ intent: Int64) {
        _ = intents.withLock { $0.insert(intent) }
    }

    func end(_ intent: Int64) {
        _ = intents.withLock { $0.remove(intent) }
    }

    func contains(_ intent: Int64) -> Bool { intents.withLock { $0.contains(intent) } }
}
