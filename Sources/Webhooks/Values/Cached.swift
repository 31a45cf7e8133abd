import Bridge
import Reconciliation
import Synchronization

/// A value that is loaded at most once at a time and kept for as long as its reader accepts.
///
/// ```swift
/// let report = Cached(clock: clock) { await engine.report() }
/// let shown = try await report.value(maximumAge: 1000)
/// ```
///
/// Everybody who asks while a load runs waits for that load. When a load fails, the last value is handed out in its
/// place, and no further load starts for `pauseAfterFailure`, so that a store in trouble is not hammered.
final class Cached<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        /// When the load that gave `value` began, so that nothing written later is thought to be in it.
        var asOf: Timestamp?
        var failure: (error: any Error, at: Timestamp)?
        var loading: Task<Value, any Error>?
    }

    private enum Step {
        case use(Value)
        case join(Task<Value, any Error>)
        case fail(any Error)
    }

    private let state = Mutex(State())
    private let clock: any WallClock
    private let pauseAfterFailure: Int64
    private let load: @Sendable () async throws -> Value

    /// Makes an empty cache.
    ///
    /// - Parameters:
    ///   - clock: What ages are measured with.
    ///   - pauseAfterFailure: Milliseconds without a further load after one that failed.
    ///   - load: Reads the value anew.
    init(
        clock: any WallClock,
        pauseAfterFailure: Int64 = 100,
        load: @escaping @Sendable () async throws -> Value
    ) {
        self.clock = clock
        self.pauseAfterFailure = pauseAfterFailure
        self.load = load
    }

    /// The value if it is at hand and no older than an age in milliseconds; never loads.
    func valueAtHand(maximumAge: Int64) -> Value? {
        let now = clock.now
        return state.withLock { state in
            guard let asOf = state.asOf, Self.isWithin(maximumAge, from: asOf, to: now) else { return nil }
            return state.value
        }
    }

    /// The value, loaded anew when it is older than an age in milliseconds.
    ///
    /// - Throws: What the load threw, when there has never been a value.
    func value(maximumAge: Int64) async throws -> Value {
        switch nextStep(maximumAge: maximumAge) {
        case .use(let value): return value
        case .fail(let error): throw error
        case .join(let task): return try await task.value
        }
    }

    private func nextStep(maximumAge: Int64) -> Step {
        let now = clock.now
        return state.withLock { state in
            if let value = state.value, let asOf = state.asOf, Self.isWithin(maximumAge, from: asOf, to: now) {
                return .use(value)
            }
            if let loading = state.loading { return .join(loading) }
            if let failure = state.failure, Self.isWithin(pauseAfterFailure, from: failure.at, to: now) {
                return state.value.map(Step.use) ?? .fail(failure.error)
            }
            // A task of its own: a caller that is cancelled must not fail the others that wait for the same load.
            let task = Task { try await self.reload(asOf: now) }
            state.loading = task
            return .join(task)
        }
    }

    private func reload(asOf start: Timestamp) async throws -> Value {
        do {
            let value = try await load()
            state.withLock { state in
                state.value = value
                state.asOf = start
                state.failure = nil
                state.loading = nil
            }
            return value
        } catch {
            let last = state.withLock { state in
                state.failure = (error, clock.now)
                state.loading = nil
                return state.value
            }
            if let last { return last }
            throw error
        }
    }

    /// Whether a moment is at most a span old; a clock that was set back makes everything old.
    private static func isWithin(_ span: Int64, from moment: Timestamp, to now: Timestamp) -> Bool {
        let age = now.milliseconds - moment.milliseconds
        return age >= 0 && age <= span
    }
}
