import Logging
import Reconciliation
import Store

extension Engine {
    /// Deliveries that one pass takes: few enough that those which come in meanwhile, and wait for the same writer
    /// before they are answered, do not wait for long.
    static let inboxRound = 32

    /// Records what every delivery that waits says, and then follows the hints of some.
    ///
    /// The one order of both that a single worker can keep; `serve` has a worker for each.
    ///
    /// - Returns: how many deliveries were taken.
    package func workInbox(decoder: any DeliveryDecoder) async throws -> Int {
        var taken = 0
        while true {
            let recorded = try await recordDeliveries(decoder: decoder)
            if recorded == 0 { break }
            taken += recorded
        }
        for account in hintedAccounts { taken += try await followHints(of: account, decoder: decoder) }
        return taken
    }

    /// Decodes the oldest deliveries that nobody has looked at and records the facts that they state.
    ///
    /// Calls no service. What a delivery only points at is left to `followHints`.
    ///
    /// - Returns: how many deliveries were taken.
    package func recordDeliveries(decoder: any DeliveryDecoder) async throws -> Int {
        let now = clock.now
        let entries = try await store.database.read { try Inbox.claimWaiting(limit: Self.inboxRound, now: now, on: $0) }
        if entries.isEmpty { return 0 }
        let recorder = recorder(through: "webhook")
        var decoded: [(entry: InboxEntry, observations: [Observation])] = []
        var dead: [(id: Int64, reason: String)] = []
        for entry in entries {
            do throws(UndecodableDelivery) {
                decoded.append((entry, try decoder.observations(in: AcceptedDelivery(entry))))
            } catch {
                dead.append((entry.id, error.reason))
            }
        }
        let facts = decoded
        let letters = dead
        try await store.database.write { connection in
            var done: [Int64] = []
            var told: [Int64] = []
            for (entry, observations) in facts {
                let evidence = Evidence.delivery(entry)
                for observation in observations {
                    switch observation {
                    case .optOutReported(let report): try recorder.record(report, evidence: evidence, in: connection)
                    case .bounceReported(let report): try recorder.record(report, evidence: evidence, in: connection)
                    case .contactRead, .recordRead, .memberRead, .changeHinted: break
                    }
                }
                if !observations.hints.isEmpty {
                    told.append(entry.id)
                } else if try recorder.namesErased(observations, in: connection) {
                    // Its body is all that would be left of the address.
                    try Inbox.remove(entry.id, on: connection)
                } else {
                    done.append(entry.id)
                }
            }
            try Inbox.markTold(told, on: connection)
            try Inbox.markDone(done, now: now, on: connection)
            for letter in letters {
                _ = try Inbox.markDead(letter.id, reason: letter.reason, now: now, on: connection)
            }
        }
        if !facts.isEmpty { ringAfterFacts() }
        if facts.contains(where: { !$0.observations.hints.isEmpty }) {
            for account in hintedAccounts { bells.ring(WorkerName.hints(account)) }
        }
        return entries.count
    }

    /// Rings those who carry out what somebody said of an address.
    ///
    /// The workers of links and of bulk changes have nothing to do with it, and a stream of deliveries would wake them
    /// a hundred times a second.
    private func ringAfterFacts() {
        bells.ring(WorkerName.crm)
        for account in providerAccounts { bells.ring(WorkerName.urgent(account)) }
    }
}

extension AcceptedDelivery {
    /// A delivery as it stands in the inbox.
    init(_ entry: InboxEntry) {
        self.init(
            account: entry.delivery.account,
            source: entry.delivery.source,
            deliveryID: entry.delivery.deliveryID,
            body: entry.delivery.body,
            receivedAt: entry.delivery.receivedAt
        )
    }
}

extension [Observation] {
    /// What they only point at.
    var hints: [ChangeHint] {
        compactMap { observation in
            if case .changeHinted(let hint) = observation { hint } else { nil }
        }
    }
}
