import Bridge
import Reconciliation

/// The connected accounts and their webhook keys, kept in memory for about a second.
///
/// The command line connects accounts and rotates secrets beside a running `serve`; what it wrote is seen when the
/// kept reading is a second old, and at once when a delivery would otherwise be refused, though the store is never
/// read more than fifty times a second, whatever is thrown at the listener, but for the seconds in which a hook is
/// being made: then one reading follows another. When the store cannot be read, the last reading serves on.
package final class WebhookAccounts: Sendable {
    private static let maximumAge: Int64 = 1000
    private static let maximumAgeBeforeRefusal: Int64 = 20
    /// Younger than any reading.
    private static let noAge: Int64 = -1

    private let cached: Cached<[AccountID: WebhookAccount]>

    /// Makes the cache; nothing is read before the first delivery.
    package init(clock: any WallClock, load: @escaping @Sendable () async throws -> [WebhookAccount]) {
        cached = Cached(clock: clock, pauseAfterFailure: Self.maximumAgeBeforeRefusal) {
            Dictionary(try await load().map { ($0.id, $0) }) { _, later in later }
        }
    }

    /// The account of a name if it takes deliveries from a source; nil when there is none.
    ///
    /// - Throws: What the store threw, when it has never been read.
    package func account(_ id: AccountID, source: WebhookSource) async throws -> WebhookAccount? {
        if let kept = cached.valueAtHand(maximumAge: Self.maximumAge)?[id], kept.source == source { return kept }
        return try await latest(id, source: source)
    }

    /// The same, from a reading that is as good as new; asked before a delivery is refused.
    ///
    /// - Throws: What the store threw, when it has never been read.
    package func latest(_ id: AccountID, source: WebhookSource) async throws -> WebhookAccount? {
        try await account(id, source: source, readWithin: Self.maximumAgeBeforeRefusal)
    }

    /// The same, read anew; asked while a hook is being made, whose secret may have been stored a moment ago.
    ///
    /// That is for seconds only, and whoever asks during a reading waits for that one.
    ///
    /// - Throws: What the store threw, when it has never been read.
    package func readAnew(_ id: AccountID, source: WebhookSource) async throws -> WebhookAccount? {
        try await account(id, source: source, readWithin: Self.noAge)
    }

    private func account(
        _ id: AccountID,
        source: WebhookSource,
        readWithin age: Int64
    ) async throws -> WebhookAccount? {
        let account = try await cached.value(maximumAge: age)[id]
        return account?.source == source ? account : nil
    }
}
