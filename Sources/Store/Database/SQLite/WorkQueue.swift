import Foundation

/// Work that waits for a thread, first come, first served.
///
/// `@unchecked Sendable`: every field is read and written with the condition's lock held.
final class WorkQueue<Work: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [Work] = []
    /// Index of the first element of `waiting` that has not been taken.
    private var head = 0
    private var isClosed = false

    /// Adds work at the end; false when the queue is closed and the work was not taken.
    func add(_ work: Work) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed else { return false }
        waiting.append(work)
        condition.signal()
        return true
    }

    /// Takes the next work, waiting for some; nil once the queue is closed and empty.
    func next() -> Work? {
        condition.lock()
        defer { condition.unlock() }
        while head == waiting.count, !isClosed { condition.wait() }
        return takeFirst()
    }

    /// Takes the next work if there is some now.
    func nextIfAny() -> Work? {
        condition.lock()
        defer { condition.unlock() }
        return takeFirst()
    }

    /// How much waits now.
    var count: Int {
        condition.lock()
        defer { condition.unlock() }
        return waiting.count - head
    }

    /// Takes no more work; what waits is still handed out.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        condition.broadcast()
    }

    private func takeFirst() -> Work? {
        guard head < waiting.count else { return nil }
        let work = waiting[head]
        head += 1
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: head <= 1024)
            head = 0
        }
        return work
    }
}
