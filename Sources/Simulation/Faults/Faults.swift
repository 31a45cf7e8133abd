import Bridge
import Reconciliation
import Synchronization

/// Counts the calls of a world, makes some of them fail, and lets the process end at any of them.
package final class Faults: Sendable {
    private struct State {
        var calls: [String] = []
        var planned: [(name: String?, skip: Int, fault: Fault)] = []
        var hook: (@Sendable (String) async throws -> Void)?
        var gates: [String: any CallGate] = [:]
    }

    private let state = Mutex(State())
    private let mortality: Mortality?

    /// Makes the faults of one world.
    ///
    /// - Parameter mortality: ends the process at calls; nil where only planned faults do.
    package init(mortality: Mortality? = nil) {
        self.mortality = mortality
    }

    /// The names of the calls so far.
    package var calls: [String] { state.withLock { $0.calls } }

    /// How many calls of a name, or of a port, were made.
    package func count(_ prefix: String) -> Int { calls.count { $0.hasPrefix(prefix) } }

    /// Begins to count anew.
    package func forgetCalls() { state.withLock { $0.calls = [] } }

    /// Makes a call fail: the next one of that name (or of any) after `skip` others.
    package func plan(_ fault: Fault, of name: String? = nil, after skip: Int = 0) {
        state.withLock { $0.planned.append((name, skip, fault)) }
    }

    /// Forgets the faults that did not come.
    package func clear() { state.withLock { $0.planned = [] } }

    /// Whether a fault is still to come.
    package var isArmed: Bool { state.withLock { !$0.planned.isEmpty } }

    /// Runs before each call takes effect.
    package func onCall(_ hook: (@Sendable (String) async throws -> Void)?) { state.withLock { $0.hook = hook } }

    /// Lets calls whose names begin so go through a gate, as the clients of the services do.
    package func pass(_ prefix: String, through gate: any CallGate) { state.withLock { $0.gates[prefix] = gate } }

    /// A call: through its gate where it has one, counted, perhaps failed before or after its effect.
    package func call<T: Sendable>(_ name: String, _ effect: () throws -> T) async throws -> T {
        let gate = state.withLock { $0.gates.first { name.hasPrefix($0.key) }?.value }
        guard let gate else { return try await send(name, effect) }
        try await gate.admit()
        do {
            let value = try await send(name, effect)
            await gate.finished(.answered)
            return value
        } catch {
            await gate.finished(Self.result(of: error))
            throw error
        }
    }

    private static func result(of error: any Error) -> CallResult {
        guard let error = error as? PortError else { return .failed }
        return switch error.code {
        case .throttled(let seconds): .throttled(retryAfterSeconds: seconds)
        case .unavailable, .unknownOutcome: .failed
        default: .answered
        }
    }

    private func send<T: Sendable>(_ name: String, _ effect: () throws -> T) async throws -> T {
        try mortality?.reach(.call(name), .before)
        let (fault, hook) = state.withLock { state -> (Fault?, (@Sendable (String) async throws -> Void)?) in
            state.calls.append(name)
            return (Self.take(name, &state), state.hook)
        }
        try await hook?(name)
        guard let fault else {
            let value = try effect()
            try mortality?.reach(.call(name), .after)
            return value
        }
        if fault.isAfterTheEffect { _ = try effect() }
        throw fault.error(name)
    }

    private static func take(_ name: String, _ state: inout State) -> Fault? {
        for index in state.planned.indices {
            guard state.planned[index].name.map({ name.hasSuffix($0) }) ?? true else { continue }
            if state.planned[index].skip > 0 {
                state.planned[index].skip -= 1
                continue
            }
            return state.planned.remove(at: index).fault
        }
        return nil
    }
}
