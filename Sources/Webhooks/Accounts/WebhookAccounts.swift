import Bridge
import Logging
import Reconciliation
import Synchronization

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
    ///
    /// - Parameters:
    ///   - clock: What the age of a reading is held against.
    ///   - logger: Told when the accounts cannot be read any more, and when they can be again.
    ///   - load: Reads the accounts.
    package init(
        clock: any WallClock,
        logger: Logger,
        load: @escaping @Sendable () async throws -> [WebhookAccount]
    ) {
        let readings = Readings(logger: logger)
        cached = Cached(clock: clock, pauseAfterFailure: Self.maximumAgeBeforeRefusal) {
            let accounts: [WebhookAccount]
            do {
                accounts = try await load()
                readings.succeeded()
            } catch {
                readings.failed(error)
                throw error
            }
            return Dictionary(accounts.map { ($0.id, $0) }) { _, later in later }
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

/// Tells once that the accounts cannot be read, however often it is tried.
private final class Readings: Sendable {
    private let isFailing = Atomic(false)
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    func succeeded() {
        guard isFailing.exchange(false, ordering: .relaxed) else { return }
        logger.notice("The accounts that send deliveries can be read again")
    }

    func failed(_ error: any Error) {
        guard !isFailing.exchange(true, ordering: .relaxed) else { return }
        logger.error(
            "The accounts that send deliveries cannot be read; the last reading serves on, and without one senders are asked to try again",
            metadata: ["error": "\(error)"]
        )
    }
}
