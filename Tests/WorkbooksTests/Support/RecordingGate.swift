import Bridge
import Synchronization

/// A gate that lets everything through and notes what became of it.
final class RecordingGate: CallGate {
    private let state = Mutex<(admitted: Int, results: [CallResult], refusal: PortError?)>((0, [], nil))

    var admitted: Int { state.withLock(\.admitted) }
    var results: [CallResult] { state.withLock(\.results) }

    /// Forgets what was noted so far.
    func reset() {
        state.withLock { $0 = (0, [], $0.refusal) }
    }

    /// Lets nothing through any more.
    func refuse(with error: PortError) {
        state.withLock { $0.refusal = error }
    }

    func admit() async throws {
        try state.withLock { state in
            if let refusal = state.refusal { throw refusal }
            state.admitted += 1
        }
    }

    func finished(_ result: CallResult) async {
        state.withLock { $0.results.append(result) }
    }
}
