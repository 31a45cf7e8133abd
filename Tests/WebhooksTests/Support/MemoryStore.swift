import Reconciliation
import Synchronization
import Webhooks

/// What the listener needs of a store, in memory and with faults.
final class MemoryStore: Sendable {
    struct Refused: Error {}

    private struct State {
        var accounts: [WebhookAccount] = []
        var accountReads = 0
        var deliveries: [ProvedDelivery] = []
        var transactions: [Int] = []
        var refusals: [RefusalCounter.Kind: Int] = [:]
        var isRefusing = false
        var isHeld = false
        var held: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    var deliveries: [ProvedDelivery] { state.withLock { $0.deliveries } }
    /// The sizes of the transactions so far.
    var transactions: [Int] { state.withLock { $0.transactions } }
    var refusals: [RefusalCounter.Kind: Int] { state.withLock { $0.refusals } }
    var accountReads: Int { state.withLock { $0.accountReads } }
    /// Commits that wait for `release`.
    var heldCommits: Int { state.withLock { $0.held.count } }

    func connect(_ accounts: WebhookAccount...) { state.withLock { $0.accounts = accounts } }
    func setRefusing(_ isRefusing: Bool) { state.withLock { $0.isRefusing = isRefusing } }

    /// Keeps commits from ending until `release`.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for commit in held { commit() }
    }

    func accounts() throws -> [WebhookAccount] {
        try state.withLock { state in
            state.accountReads += 1
            if state.isRefusing { throw Refused() }
            return state.accounts
        }
    }

    @Sendable func commit(
        _ deliveries: [ProvedDelivery],
        tell: @escaping @Sendable (Result<Int, any Error>) -> Void
    ) {
        let end: @Sendable () -> Void = { tell(Result { try self.store(deliveries) }) }
        let goesOn = state.withLock { state in
            if state.isHeld { state.held.append(end) }
            return !state.isHeld
        }
        if goesOn { end() }
    }

    private func store(_ deliveries: [ProvedDelivery]) throws -> Int {
        try state.withLock { state in
            if state.isRefusing { throw Refused() }
            state.transactions.append(deliveries.count)
            let before = state.deliveries.count
            for delivery in deliveries
            where !state.deliveries.contains(where: { $0.account == delivery.account && $0.id == delivery.id }) {
                state.deliveries.append(delivery)
            }
            return state.deliveries.count - before
        }
    }

    func add(_ counts: [RefusalCounter.Kind: Int]) throws {
        try state.withLock { state in
            if state.isRefusing { throw Refused() }
            state.refusals.merge(counts, uniquingKeysWith: +)
        }
    }
}
