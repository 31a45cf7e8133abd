import Reconciliation
import Store

extension Engine {
    /// Deliveries whose hints are followed together.
    private static let hintsRound = 32

    /// The accounts whose deliveries' hints are followed apart from each other's.
    package var hintedAccounts: [AccountID] { [crmAccount] + providerAccounts }

    /// Reads what the deliveries of an account point at, those that have been due for longest first.
    ///
    /// What cannot be read now is tried again, later each time. Deliveries of accounts that are not connected any more
    /// go with the CRM's.
    ///
    /// - Returns: how many deliveries were taken.
    package func followHints(of account: AccountID, decoder: any DeliveryDecoder) async throws -> Int {
        let now = clock.now
        let sender: InboxSender = account == crmAccount ? .others(providerAccounts) : .only(account)
        let entries = try await store.database.read {
            try Inbox.claimTold(of: sender, limit: Self.hintsRound, now: now, on: $0)
        }
        var pointing: [HintedDelivery] = []
        for entry in entries {
            do throws(UndecodableDelivery) {
                pointing.append(
                    HintedDelivery(entry: entry, observations: try decoder.observations(in: AcceptedDelivery(entry)))
                )
            } catch {
                // It could be read before; another version reads otherwise.
                let reason = error.reason
                try await store.database.write {
                    _ = try Inbox.markDead(entry.id, reason: reason, now: now, on: $0)
                }
            }
        }
        guard let error = try await follow(pointing) else { return entries.count }
        guard error.isAboutWhatWasAsked, pointing.count > 1 else {
            try await postpone(pointing, after: error)
            return entries.count
        }
        // One of them cannot be read: the others do not wait for it.
        for delivery in pointing {
            if let error = try await follow([delivery]) { try await postpone([delivery], after: error) }
        }
        return entries.count
    }

    /// Follows the hints of deliveries, and marks these done.
    ///
    /// - Returns: what stood in the way; nil when they are done.
    private func follow(_ deliveries: [HintedDelivery]) async throws -> PortError? {
        if deliveries.isEmpty { return nil }
        do { try await follow(deliveries.flatMap(\.observations.hints)) } catch let error as PortError { return error }
        let now = clock.now
        let recorder = recorder(through: "webhook")
        try await store.database.write { connection in
            for delivery in deliveries {
                if try recorder.namesErased(delivery.observations, in: connection) {
                    // Its body is all that would be left of the address.
                    try Inbox.remove(delivery.entry.id, on: connection)
                } else {
                    try Inbox.markDone(delivery.entry.id, now: now, on: connection)
                }
            }
        }
        return nil
    }

    private func postpone(_ deliveries: [HintedDelivery], after error: PortError) async throws {
        let now = clock.now
        try await store.database.write { connection in
            for delivery in deliveries {
                let seconds = HintedDelivery.secondsUntilRetry(after: delivery.entry.attempts)
                _ = try Inbox.retryLater(
                    delivery.entry.id,
                    notBefore: now.advanced(bySeconds: seconds),
                    reason: error.description,
                    on: connection
                )
            }
        }
    }
}

/// A delivery whose facts are recorded, with what it points at.
struct HintedDelivery: Sendable {
    var entry: InboxEntry
    var observations: [Observation]

    /// How long a delivery waits after it could not be followed: 5 s, twice as long each time, at most 320 s.
    ///
    /// - Parameter attempts: how often it was put off before.
    static func secondsUntilRetry(after attempts: Int) -> Int64 { 5 << Int64(min(max(attempts, 0), 6)) }
}

extension PortError {
    /// Whether the answer was about the one thing that was asked for, so that others can still be asked for.
    fileprivate var isAboutWhatWasAsked: Bool {
        switch code {
        case .notFound, .conflict, .refused, .unreadableAnswer: true
        case .needsAuthorisation, .forbidden, .throttled, .quotaSpent, .queueFull, .unavailable, .otherAccount,
            .unknownOutcome:
            false
        }
    }
}
