import Bridge
import Reconciliation

/// A vault in memory that keeps a journal of what was done to it, and a lease that waits in order.
actor MemoryVault: TokenVault {
    enum Entry: Equatable {
        case started
        case stored(refreshToken: String)
    }

    private(set) var journal: [Entry] = []
    private var stored: TokenSet
    private var isLeased = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(refreshToken: String) {
        stored = TokenSet(refreshToken: refreshToken)
    }

    func tokens() -> TokenSet { stored }

    /// Stores tokens as another process would, without a lease.
    func replace(with tokens: TokenSet) { stored = tokens }

    /// Lets the access token look as if it ended now.
    func expire(at moment: Timestamp) { stored.expiresAt = moment }

    func withRefreshLease(
        _ body: @Sendable (TokenSet) async throws -> TokenSet?
    ) async throws -> TokenSet {
        if isLeased { await withCheckedContinuation { waiting.append($0) } }
        isLeased = true
        defer {
            isLeased = false
            if !waiting.isEmpty { waiting.removeFirst().resume() }
        }
        if let renewed = try await body(stored) {
            stored = renewed
            journal.append(.stored(refreshToken: renewed.refreshToken))
        }
        return stored
    }

    func refreshStarted(at moment: Timestamp) {
        stored.refreshStartedAt = moment
        journal.append(.started)
    }
}
