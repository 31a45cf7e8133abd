import Synchronization

/// Counts the requests of a user that are in flight (mailchimp.md §2).
///
/// A slot is free again when the service is done with the call, whether or not its client still waits.
final class SlotBook: Sendable {
    private let taken = Mutex(0)

    /// Takes a slot.
    ///
    /// - Returns: whether there was one.
    func take(of limit: Int?) -> Bool {
        taken.withLock { taken in
            if let limit, taken >= limit { return false }
            taken += 1
            return true
        }
    }

    /// Gives a slot back.
    func free() {
        taken.withLock { $0 -= 1 }
    }

    /// The requests in flight now.
    var inFlight: Int { taken.withLock { $0 } }
}
