import Logging
import Reconciliation
import Store

extension Engine {
    /// Takes contacts off lists, in bulk requests of the provider's size.
    func remove(
        _ rows: [ProviderRound.DecidedRow<ContactID>],
        from lists: [ListID],
        round: ProviderRound,
        provider: any EmailProvider
    ) async throws -> Int {
        var sent = 0
        // A few opt-outs are unsubscribed one by one at once, which takes them off every list by itself.
        let small = round.unsubscribes.count <= settings.unsubscribesWithoutRemoval
        let single = small ? Set(round.unsubscribes.map(\.dirty.address)) : []
        let wanted = rows.filter { !single.contains($0.dirty.address) }
        for chunk in wanted.chunks(of: provider.capabilities.removalBatch) {
            let batch = Array(chunk)
            let lane = batch.first?.dirty.lane ?? Lane.removals.rawValue
            let claimed = try await claim(
                batch,
                kind: .remove,
                lane: lane,
                payload: BulkPayload(lists: lists),
                account: round.account,
                loosens: false
            ) { rows, _ in
                rows.map { row in
                    IntentRow(
                        address: row.dirty.address.text,
                        subject: IntentSubject.contact(row.content, account: round.account),
                        payload: row.content.rawValue
                    )
                }
            }
            guard let claimed else { continue }
            defer { callsUnderWay.end(claimed.intent) }
            sent += 1
            let contacts = claimed.rows.map { ContactReference($0.content, $0.dirty.address) }
            do {
                let submission = try await provider.submit(.remove(contacts, from: lists))
                try await handedOver(submission, of: claimed.intent, account: round.account)
            } catch let error as PortError {
                let (id, account) = (claimed.intent, round.account)
                if try await !isForMissingLists(error, id, onto: lists, account: account, provider: provider) {
                    try await fail(id, error, account: account)
                }
            }
        }
        return sent
    }

    /// Takes over what became of a bulk change when it was handed over.
    func handedOver(_ submission: Submission, of intent: Int64, account: AccountID) async throws {
        let now = clock.now
        switch submission {
        case .underWay(let activity):
            try await store.database.write { connection in
                try Intents.setRunningIfOpen(intent, activity: activity.rawValue, in: connection)
                try Accounts.answered(account, at: now, on: connection)
            }
            bells.ring(WorkerName.activities(account))
        case .ended(let result):
            let stored = try await store.database.write { connection -> Intent? in
                try Accounts.answered(account, at: now, on: connection)
                return try Intents.find(intent, in: connection)
            }
            // One that was taken for abandoned meanwhile is read back.
            guard let stored, stored.state == .open else { return }
            try await endingUnreadable(stored) { try await take(result, of: stored, account: account) }
        }
    }

    /// Takes over that a provider write failed: what may have taken effect is read back, the rest is decided again.
    func fail(_ intent: Int64, _ error: PortError, account: AccountID) async throws {
        logger.warning(
            "write failed",
            metadata: ["account": "\(account)", "intent": "\(intent)", "error": "\(error)"]
        )
        let now = clock.now
        try await store.database.write { connection in
            switch error.code {
            case .unknownOutcome, .unreadableAnswer:
                guard let stored = try Intents.find(intent, in: connection) else { return }
                try setUnknown(stored, at: now, in: connection)
            case .refused, .conflict, .notFound:
                try endAndDecideAgain(
                    intent,
                    as: .failed,
                    result: error.description,
                    refusal: error.detail,
                    mayHaveEffect: false,
                    at: now,
                    in: connection
                )
            case .needsAuthorisation, .forbidden, .throttled, .quotaSpent, .queueFull, .unavailable, .otherAccount:
                try endAndDecideAgain(
                    intent,
                    as: .failed,
                    result: error.description,
                    refusal: nil,
                    mayHaveEffect: false,
                    at: now,
                    in: connection
                )
            }
        }
        if error.stopsRound { throw error }
    }

    /// Ends a write that came to nothing, for no fault of its addresses: each is decided again.
    func giveUp(_ intent: Int64, _ reason: String) async throws {
        let now = clock.now
        try await store.database.write { connection in
            try endAndDecideAgain(
                intent,
                as: .failed,
                result: reason,
                refusal: nil,
                mayHaveEffect: false,
                at: now,
                in: connection
            )
        }
    }

    /// Ends an intent and marks its addresses so that each is decided again.
    ///
    /// - Parameters:
    ///   - refusal: the provider's words when it refused the rows as they stand; they are not tried again before they
    ///     change.
    ///   - mayHaveEffect: whether what was written can still be read back.
    func endAndDecideAgain(
        _ intent: Int64,
        as state: Intent.State,
        result: String?,
        refusal: String?,
        mayHaveEffect: Bool = true,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws {
        guard let stored = try Intents.find(intent, in: connection) else { return }
        for row in try Intents.rows(of: intent, in: connection) {
            guard !row.address.isEmpty else { continue }
            let address = Address(compared: row.address)
            if let refusal {
                try Parked.refuse(address, account: stored.account, text: refusal, at: now, in: connection)
            }
            try Dirty.mark(
                address,
                account: stored.account,
                lane: stored.lane,
                reason: "again",
                at: now,
                notBefore: state == .failed ? now.advanced(bySeconds: 2) : now,
                in: connection
            )
        }
        try Intents.end(
            intent,
            as: state,
            result: result,
            mayHaveEffect: mayHaveEffect,
            at: now,
            in: connection
        )
    }

    /// How long an address waits before it is decided again, in seconds.
    private static var waitSeconds: Int64 { 60 }

    /// Marks decided rows as in flight, in one transaction with the removal of their dirty rows.
    ///
    /// - Parameters:
    ///   - loosens: whether the write brings mail to somebody; then consent is checked once more.
    ///   - make: makes the intent's rows, in their order.
    /// - Returns: the intent and the rows it carries; nil when none is left.
    func claim<Content: Sendable>(
        _ rows: [ProviderRound.DecidedRow<Content>],
        kind: IntentKind,
        lane: Int,
        payload: BulkPayload,
        account: AccountID,
        loosens: Bool,
        rows make: @escaping @Sendable ([ProviderRound.DecidedRow<Content>], any SQLConnection) throws -> [IntentRow]
    ) async throws -> (intent: Int64, rows: [ProviderRound.DecidedRow<Content>])? {
        let now = clock.now
        return try await store.database.write { connection in
            let optedOut = loosens ? try Ledger.latestOptOuts(of: rows.map(\.dirty.address), in: connection) : [:]
            var kept: [ProviderRound.DecidedRow<Content>] = []
            for row in rows {
                if optedOut[row.dirty.address] != nil { continue }
                let isOptOut = row.hasMore && row.dirty.lane == Lane.optOuts.rawValue
                if isOptOut {
                    // Its unsubscribe, which goes out in the same round, removes the row.
                    kept.append(row)
                    continue
                }
                guard try Dirty.removeIfUnchanged(row.dirty, account: account, in: connection) else { continue }
                kept.append(row)
                if row.hasMore {
                    try Dirty.mark(
                        row.dirty.address,
                        account: account,
                        lane: row.dirty.lane,
                        reason: "more",
                        at: now,
                        in: connection
                    )
                } else if row.waits {
                    // An unsubscribe that was refused, or may not be repeated yet, is tried again: it is never parked.
                    try Dirty.mark(
                        row.dirty.address,
                        account: account,
                        lane: row.dirty.lane,
                        reason: "waits",
                        at: now,
                        notBefore: now.advanced(bySeconds: Self.waitSeconds),
                        attempts: row.dirty.attempts + 1,
                        in: connection
                    )
                }
            }
            if kept.isEmpty { return nil }
            let id = try Intents.insert(
                account: account,
                kind: kind.rawValue,
                lane: lane,
                payload: try IntentPayload.encode(payload),
                rows: try make(kept, connection),
                at: now,
                in: connection
            )
            callsUnderWay.begin(id)
            return (id, kept)
        }
    }
}
