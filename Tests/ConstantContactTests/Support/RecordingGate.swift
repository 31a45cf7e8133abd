import Bridge
import NIOConcurrencyHelpers

/// A gate that lets calls through and remembers what it was told.
final class RecordingGate: CallGate {
    private let state = NIOLockedValueBox<(admitted: Int, results: [CallResult], refusal: PortError?)>((0, [], nil))

    var admitted: Int { state.withLockedValue { $0.admitted } }
    var results: [CallResult] { state.withLockedValue { $0.results } }

    /// Refuses every further call.
    func refuse(with error: PortError) { state.withLockedValue { $0.refusal = error } }

    func admit() async throws {
        try state.withLockedValue { state in
            if let refusal = state.refusal { throw refusal }
            state.admitted += 1
        }
    }

    func finished(_ result: CallResult) async {
        state.withLockedValue { $0.results.append(result) }
    }
}
