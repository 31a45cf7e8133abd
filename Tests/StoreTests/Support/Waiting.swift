import Foundation
import Synchronization
import Testing

/// Waits until something holds, at most ten seconds.
func until(_ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while !condition() {
        try #require(ContinuousClock.now < deadline, "it never came about")
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Holds a database thread until a test opens it.
///
/// `@unchecked Sendable`: a semaphore may be used from every thread, and the flag is a mutex.
final class Gate: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let reached = Mutex(false)

    /// Whether somebody has come to the gate.
    var isWaitedFor: Bool { reached.withLock { $0 } }

    /// Blocks the calling thread until the gate is opened, at most ten seconds.
    func wait() {
        reached.withLock { $0 = true }
        _ = semaphore.wait(timeout: .now() + 10)
    }

    func open() {
        semaphore.signal()
    }
}
