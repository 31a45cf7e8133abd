import Logging
import Reconciliation
import Store

/// Creating and updating contacts, and putting them on lists.
extension Engine {
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
            sent += try await upsert(group, onto: lists, round: round, provider: provider)
        }
        return sent
    }

    /// Creates or updates contacts by bulk requests of one kind.
    ///
    /// Where more addresses wait, the last request of several is left to the next round, which fills it: so a load takes no
    /// more of them than its rows fill (constant-contact.md §6.4).
    private func upsert(
        _ group: BulkGroup,
        onto lists: [ListID],
        round: ProviderRound,
        provider: any EmailProvider
    ) async throws -> Int {
        let account = round.account
        var sent = 0
        var start = 0
        var counts = provider.packing(of: group.rows.map { group.row($0.content) }, onto: lists)
        if round.isCut, counts.count > 1 { counts.removeLast() }
        for count in counts {
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
    /// One that is refused as a whole, though its lists are there, is halved until the row that it is refused for is
    /// alone: it blocks nobody else.
    private func submitUpsert(
        _ rows: [OutgoingRow],
        of group: BulkGroup,
        intent: Int64,
        lane: Int?,
        onto lists: [ListID],
        account: AccountID,
        provider: any EmailProvider,
        isHalf: Bool = false
    ) async throws -> Int {
        defer { callsUnderWay.end(intent) }
        do {
            let submission = try await provider.submit(.upsert(rows.map(group.row), onto: lists))
            try await handedOver(submission, of: intent, account: account)
            return 1
        } catch let error as PortError where error.code == .refused && rows.count > 1 {
            if !isHalf, try await isForMissingLists(error, intent, onto: lists, account: account, provider: provider) {
                return 1
            }
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
                    let checked = try await recheck(half, of: intents[index], lane: lane, payload, account: account)
                    guard let checked else { continue }
                    sent += try await submitUpsert(
                        checked.rows,
                        of: group,
                        intent: checked.intent,
                        lane: lane,
                        onto: lists,
                        account: account,
                        provider: provider,
                        isHalf: true
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
            if !isHalf, try await isForMissingLists(error, intent, onto: lists, account: account, provider: provider) {
                return 1
            }
            try await fail(intent, error, account: account)
            return 1
        }
    }

    /// Checks consent once more before rows are handed over that were marked as in flight earlier: who has opted out
    /// since is let go, and decided again.
    ///
    /// - Returns: the rows that go, and their intent; nil when none is left.
    private func recheck(
        _ rows: [OutgoingRow],
        of intent: Int64,
        lane: Int?,
        _ payload: String,
        account: AccountID
    ) async throws -> (intent: Int64, rows: [OutgoingRow])? {
        let now = clock.now
        return try await store.database.write { connection in
            let stored = try Intents.rows(of: intent, in: connection)
            let addresses = stored.map { Address(compared: $0.address) }
            let optedOut = try Ledger.latestOptOuts(of: addresses, in: connection)
            if optedOut.isEmpty { return (intent, rows) }
            let kept = stored.indices.filter { optedOut[addresses[$0]] == nil }
            try Intents.end(
                intent,
                as: .failed,
                result: "somebody opted out before it was handed over",
                mayHaveEffect: false,
                at: now,
                in: connection
            )
            for address in optedOut.keys.sorted() {
                try Dirty.mark(
                    address,
                    account: account,
                    lane: Lane.optOuts.rawValue,
                    reason: "again",
                    at: now,
                    in: connection
                )
            }
            if kept.isEmpty { return nil }
            let id = try Intents.insert(
                account: account,
                kind: IntentKind.upsert.rawValue,
                lane: lane ?? Lane.bulkLoads.rawValue,
                payload: payload,
                rows: kept.map { stored[$0] },
                at: now,
                in: connection
            )
            callsUnderWay.begin(id)
            return (id, kept.map { rows[$0] })
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
                    at: recorder.now,
                    in: connection
                )
                try Intents.end(claimed.intent, as: .done, result: nil, at: recorder.now, in: connection)
                try Intents.awaitNoEchoOfEarlier(than: claimed.intent, in: connection)
            }
        } catch let error as PortError {
            let id = claimed.intent
            if try await !isForMissingLists(error, id, onto: lists, account: account, provider: provider) {
                try await fail(id, error, account: account)
            }
        }
        return 1
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
}
