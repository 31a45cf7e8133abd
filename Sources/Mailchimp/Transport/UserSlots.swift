import Bridge
import Reconciliation
import Synchronization

/// The calls that the account's user has in flight, as far as this client knows.
///
/// The service counts a call that its caller gave up until its own end, up to two minutes later (mailchimp.md §2), so a
/// lost call keeps its slot until then; otherwise repetitions would use up all ten.
final class UserSlots: Sendable {
    private struct State {
        var inFlight = 0
        /// When calls that were given up have certainly ended.
        var lingering: [Timestamp] = []
    }

    /// How a call that had a slot ended for its caller.
    enum Ending {
        case answered
        /// It may still be worked on.
        case givenUp
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Waits for a free slot and takes it.
    ///
    /// - Returns: when it was taken.
    /// - Throws: `CancellationError`.
    func take(_ clock: any WallClock) async throws -> Timestamp {
        while true {
            let now = clock.now
            guard let pause = pauseBeforeTaking(at: now) else { return now }
            try await clock.sleep(milliseconds: pause)
        }
    }

    /// Gives a slot back, at once or when the call has certainly ended.
    func giveBack(takenAt moment: Timestamp, _ ending: Ending) {
        state.withLock { state in
            state.inFlight -= 1
            switch ending {
            case .answered: break
            case .givenUp: state.lingering.append(moment.advanced(bySeconds: MailchimpLimits.longestCallSeconds))
            }
        }
    }

    /// Takes a slot, or says in how many milliseconds to ask again.
    private func pauseBeforeTaking(at now: Timestamp) -> Int64? {
        state.withLock { state in
            state.lingering.removeAll { $0 <= now }
            guard state.inFlight + state.lingering.count >= limit else {
                state.inFlight += 1
                return nil
            }
            let next = state.lingering.min().map { $0.milliseconds - now.milliseconds } ?? 50
            return max(1, min(next, 1000))
        }
    }
}
