import Bridge
import Reconciliation
import Synchronization

/// The process ends here: nothing of it goes on.
struct Crash: Error {}

/// What goes wrong with a call, and when.
enum Fault: Sendable, CaseIterable {
    case crashBefore
    case crashAfter
    case unavailable
    case unknownBefore
    case unknownAfter
    case throttled

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

/// Counts the calls of a world and makes some of them fail.
final class Faults: Sendable {
    private struct State {
        var calls: [String] = []
        var planned: [(name: String?, skip: Int, fault: Fault)] = []
        var hook: (@Sendable (String) async throws -> Void)?
    }

    private let state = Mutex(State())

    /// The names of the calls so far.
    var calls: [String] { state.withLock { $0.calls } }

    /// How many calls of a name, or of a port, were made.
    func count(_ prefix: String) -> Int { calls.count { $0.hasPrefix(prefix) } }

    func forgetCalls() { state.withLock { $0.calls = [] } }

    /// Makes a call fail: the next one of that name (or of any) after `skip` others.
    func plan(_ fault: Fault, of name: String? = nil, after skip: Int = 0) {
        state.withLock { $0.planned.append((name, skip, fault)) }
    }

    func clear() { state.withLock { $0.planned = [] } }

    var isArmed: Bool { state.withLock { !$0.planned.isEmpty } }

    /// Runs before each call takes effect.
    func onCall(_ hook: (@Sendable (String) async throws -> Void)?) { state.withLock { $0.hook = hook } }

    /// A call: counted, perhaps failed before or after its effect.
    func call<T: Sendable>(_ name: String, _ effect: () throws -> T) async throws -> T {
        let (fault, hook) = state.withLock { state -> (Fault?, (@Sendable (String) async throws -> Void)?) in
            state.calls.append(name)
            return (Self.take(name, &state), state.hook)
        }
        try await hook?(name)
        guard let fault else { return try effect() }
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
