import Bridge
import NIOConcurrencyHelpers

/// A gate that lets calls through and remembers what it was told.
final class RecordingGate: CallGate {
    private struct State {
        var admitted = 0
        var results: [CallResult] = []
        var refusal: PortError?
        var actions: [Int: @Sendable () async throws -> Void] = [:]
    }

    private let state = NIOLockedValueBox(State())

    var admitted: Int { state.withLockedValue { $0.admitted } }
    var results: [CallResult] { state.withLockedValue { $0.results } }

    /// Refuses every further call.
    func refuse(with error: PortError) { state.withLockedValue { $0.refusal = error } }

    /// Does something right before a call goes out: 0 is the next one.
    func beforeCall(_ number: Int, _ action: @escaping @Sendable () async throws -> Void) {
        state.withLockedValue { $0.actions[$0.admitted + number] = action }
    }

    func admit() async throws {
        let action = try state.withLockedValue { state in
            if let refusal = state.refusal { throw refusal }
            defer { state.admitted += 1 }
            return state.actions.removeValue(forKey: state.admitted)
        }
        try await action?()
    }

    func finished(_ result: CallResult) async {
        state.withLockedValue { $0.results.append(result) }
    }
}
