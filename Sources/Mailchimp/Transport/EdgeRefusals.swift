import Synchronization

/// Counts the refusals of the network in front of the service that come in a row (mailchimp.md §2, §11b).
///
/// One means "slower"; five in a row mean that the address of this machine is blocked.
final class EdgeRefusals: Sendable {
    /// From how many on somebody has to act.
    static let block = 5

    private let count = Mutex(0)

    /// Notes a refusal.
    ///
    /// - Returns: how many there were in a row.
    func refused() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }

    /// Notes that the service itself answered.
    func passed() {
        count.withLock { $0 = 0 }
    }
}
