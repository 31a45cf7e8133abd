import Logging
import Reconciliation
import Store

extension Engine {
    /// Deliveries that one pass takes: few enough that those which come in meanwhile, and wait for the same writer
    /// before they are answered, do not wait for long.
    private static let inboxRound = 32

    /// Decodes the deliveries that wait and records what they say; hints are followed.
    ///
    /// - Returns: how many deliveries were taken.
    package func workInbox(decoder: any DeliveryDecoder) async throws -> Int {
        let now = clock.now
        let entries = try await store.database.read { try Inbox.claimWaiting(limit: Self.inboxRound, now: now, on: $0) }
        if entries.isEmpty { return 0 }
        var hints: [ChangeHint] = []
        var hinting: [Int64] = []
        let recorder = recorder(through: "webhook")
        var decoded: [(entry: InboxEntry, observations: [Observation])] = []
        var dead: [(id: Int64, reason: String)] = []
        for entry in entries {
            let delivery = AcceptedDelivery(
                account: entry.delivery.account,
                source: entry.delivery.source,
                deliveryID: entry.delivery.deliveryID,
                body: entry.delivery.body,
                receivedAt: entry.delivery.receivedAt
            )
            do throws(UndecodableDelivery) {
                let observations = try decoder.observations(in: delivery)
                let pointing = observations.compactMap { observation -> ChangeHint? in
                    if case .changeHinted(let hint) = observation { hint } else { nil }
                }
                // Facts are recorded at once; what a delivery only points at is read afterwards.
                decoded.append((entry, observations))
                if !pointing.isEmpty {
                    hints += pointing
                    hinting.append(entry.id)
                }
            } catch {
                dead.append((entry.id, error.reason))
            }
        }
        let facts = decoded
        let letters = dead
        let pending = Set(hinting)
        try await store.database.write { connection in
            var done: [Int64] = []
            for (entry, observations) in facts {
                let evidence = Evidence.delivery(entry)
                for observation in observations {
                    switch observation {
                    case .optOutReported(let report): try recorder.record(report, evidence: evidence, in: connection)
                    case .bounceReported(let report): try recorder.record(report, evidence: evidence, in: connection)
                    case .contactRead, .recordRead, .memberRead, .changeHinted: break
                    }
                }
                if try recorder.namesErased(observations, in: connection) {
                    // Its body is all that would be left of the address.
                    try Inbox.remove(entry.id, on: connection)
                } else if !pending.contains(entry.id) {
                    done.append(entry.id)
                }
            }
            try Inbox.markDone(done, now: now, on: connection)
            for letter in letters {
                _ = try Inbox.markDead(letter.id, reason: letter.reason, now: now, on: connection)
            }
        }
        if !facts.isEmpty { ringAfterFacts() }
        if !hinting.isEmpty { try await settle(hints, of: hinting) }
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

    /// Follows the hints of deliveries; when the CRM cannot be read now, they are tried again later.
    private func settle(_ hints: [ChangeHint], of deliveries: [Int64]) async throws {
        do {
            try await follow(hints)
            let now = clock.now
            try await store.database.write { connection in
                _ = try Inbox.markDone(deliveries, now: now, on: connection)
            }
        } catch let error as PortError {
            let now = clock.now
            try await store.database.write { connection in
                for id in deliveries {
                    _ = try Inbox.retryLater(
                        id,
                        notBefore: now.advanced(bySeconds: 5),
                        reason: error.description,
                        on: connection
                    )
                }
            }
        }
    }
}
