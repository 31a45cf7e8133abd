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
            try await submit(
                .remove(claimed.rows.map { ContactReference($0.content, $0.dirty.address) }, from: lists),
                intent: claimed.intent,
                account: round.account,
                provider: provider
            )
        }
        return sent
    }

    /// Creates or updates contacts and puts them on lists: in bulk, or by single calls where an address is too long
    /// for bulk.
    func upsert(
        _ rows: [ProviderRound.DecidedRow<OutgoingRow>],
        onto lists: [ListID],
        round: ProviderRound,
        provider: any EmailProvider
    ) async throws -> Int {
        let longest = provider.capabilities.longestBulkAddress
        var sent = 0
        for row in rows where row.content.email.utf8.count > longest {
            sent += try await upsertOne(row, onto: lists, round: round, provider: provider)
        }
        let bulk = rows.filter { $0.content.email.utf8.count <= longest }
        for group in try await bulkGroups(of: bulk, account: round.account, provider: provider) {
            sent += try await upsert(group, onto: lists, account: round.account, provider: provider)
        }
        return sent
    }

    /// Creates or updates contacts by bulk requests of one kind.
    private func upsert(
        _ group: BulkGroup,
        onto lists: [ListID],
        account: AccountID,
        provider: any EmailProvider
    ) async throws -> Int {
        var sent = 0
        var start = 0
        for count in provider.packing(of: group.rows.map { group.row($0.content) }, onto: lists) {
            let batch = Array(group.rows[start..<start + count])
            start += count
            let claimed = try await claim(
                batch,
                kind: .upsert,
                lane: batch.first?.dirty.lane ?? Lane.bulkLoads.rawValue,
                payload: BulkPayload(lists: lists),
                account: account,
                loosens: true,
                rows: { try upsertRows($0, onto: lists, account: account, in: $1) }
            )
            guard let claimed else { continue }
            sent += try await submitUpsert(
                claimed.rows.map(\.content),
                of: group,
                intent: claimed.intent,
                lane: batch.first?.dirty.lane,
                onto: lists,
                account: account,
                provider: provider
            )
        }
        return sent
    }

    /// Hands an import over.
    ///
    /// One that is refused as a whole is halved until the row that it is refused for is alone: it blocks nobody else.
    private func submitUpsert(
        _ rows: [OutgoingRow],
        of group: BulkGroup,
        intent: Int64,
        lane: Int?,
        onto lists: [ListID],
        account: AccountID,
        provider: any EmailProvider
    ) async throws -> Int {
        defer { callsUnderWay.end(intent) }
        do {
            let submission = try await provider.submit(.upsert(rows.map(group.row), onto: lists))
            try await handedOver(submission, of: intent, account: account)
            return 1
        } catch let error as PortError where error.code == .refused && rows.count > 1 {
            let now = clock.now
            let payload = try IntentPayload.encode(BulkPayload(lists: lists))
            let halves = rows.chunks(of: (rows.count + 1) / 2).map { Array($0) }
            let intents = try await store.database.write { connection -> [Int64] in
                let stored = try Intents.rows(of: intent, in: connection)
                try Intents.end(
                    intent,
                    as: .failed,
                    result: error.description,
                    mayHaveEffect: false,
                    at: now,
                    in: connection
                )
                return try stored.chunks(of: (rows.count + 1) / 2).map { half in
                    let id = try Intents.insert(
                        account: account,
                        kind: IntentKind.upsert.rawValue,
                        lane: lane ?? Lane.bulkLoads.rawValue,
                        payload: payload,
                        rows: Array(half),
                        at: now,
                        in: connection
                    )
                    callsUnderWay.begin(id)
                    return id
                }
            }
            // Also those that are not handed over any more.
            defer { for id in intents { callsUnderWay.end(id) } }
            var sent = 1
            for (index, half) in halves.enumerated() {
                do {
                    sent += try await submitUpsert(
                        half,
                        of: group,
                        intent: intents[index],
                        lane: lane,
                        onto: lists,
                        account: account,
                        provider: provider
                    )
                } catch let error as PortError {
                    // The halves that were not handed over are decided again.
                    let rest = Array(intents[(index + 1)...])
                    let moment = clock.now
                    try await store.database.write { connection in
                        for id in rest {
                            try endAndDecideAgain(
                                id,
                                as: .failed,
                                result: error.description,
                                refusal: nil,
                                mayHaveEffect: false,
                                at: moment,
                                in: connection
                            )
                        }
                    }
                    throw error
                }
            }
            return sent
        } catch let error as PortError {
            try await fail(intent, error, account: account)
            return 1
        }
    }

    private func upsertOne(
        _ row: ProviderRound.DecidedRow<OutgoingRow>,
        onto lists: [ListID],
        round: ProviderRound,
        provider: any EmailProvider
    ) async throws -> Int {
        let claimed = try await claim(
            [row],
            kind: .upsert,
            lane: row.dirty.lane,
            payload: BulkPayload(lists: lists),
            account: round.account,
            loosens: true,
            rows: { try upsertRows($0, onto: lists, account: round.account, in: $1) }
        )
        guard let claimed else { return 0 }
        defer { callsUnderWay.end(claimed.intent) }
        let account = round.account
        let known = try await store.database.read {
            let contact = try Contacts.having([row.dirty.address], account: account, in: $0)[row.dirty.address]?.contact
            // One that was deleted is made anew only when somebody said so (C9), as if it had never been there.
            return contact?.isDeleted == false ? contact?.id : nil
        }
        do {
            let contact = try await provider.upsert(ContactRow(row.content), known: known, onto: lists)
            let recorder = recorder(through: "answer")
            try await store.database.write { connection in
                try recorder.record([contact], account: account, answering: claimed.intent, in: connection)
                let written = try claimedUpsert(claimed.intent, account: account, in: connection)
                try Contacts.markOurs(
                    contact.id,
                    lists: written.added(of: lists),
                    account: account,
                    in: connection
                )
                try Intents.end(claimed.intent, as: .done, result: nil, at: recorder.now, in: connection)
                try Intents.awaitNoEchoOfEarlier(than: claimed.intent, in: connection)
            }
        } catch let error as PortError {
            try await fail(claimed.intent, error, account: account)
        }
        return 1
    }

    /// Hands a bulk change over, and stores what became of that.
    private func submit(
        _ change: BulkChange,
        intent: Int64,
        account: AccountID,
        provider: any EmailProvider
    ) async throws {
        do {
            try await handedOver(try await provider.submit(change), of: intent, account: account)
        } catch let error as PortError {
            try await fail(intent, error, account: account)
        }
    }

    /// Takes over what became of a bulk change when it was handed over.
    private func handedOver(_ submission: Submission, of intent: Int64, account: AccountID) async throws {
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

    /// The rows of an import, each with those of the lists that the contact is on already.
    private func upsertRows(
        _ rows: [ProviderRound.DecidedRow<OutgoingRow>],
        onto lists: [ListID],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [IntentRow] {
        let addresses = rows.map(\.dirty.address)
        let present = try Contacts.lists(lists, of: addresses, account: account, in: connection)
        return try rows.map { row in
            let alreadyOn = present[row.dirty.address] ?? []
            return IntentRow(
                address: row.dirty.address.text,
                subject: IntentSubject.record(row.content.record),
                payload: try IntentPayload.encode(UpsertRow(sent: row.content, alreadyOn: alreadyOn))
            )
        }
    }

    /// What the only row of an import writes.
    private func claimedUpsert(
        _ id: Int64,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> UpsertRow {
        guard let intent = try Intents.find(id, in: connection),
            let row = try Intents.rows(of: id, in: connection).first,
            case .upsert(let written, _) = try IntentContent(of: row, in: intent)
        else {
            throw UnreadableIntent(
                intent: id,
                kind: IntentKind.upsert.rawValue,
                subject: nil,
                reason: "its row is missing"
            )
        }
        return written
    }

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
