import Logging
import Reconciliation
import Store

extension Engine {
    /// Looks after the bulk changes under way at an account: asks how they stand, takes over what they did, and reads
    /// back what their answer does not tell.
    ///
    /// - Returns: how many are still under way.
    @discardableResult
    package func watchActivities(of account: AccountID) async throws -> Int {
        guard let provider = providers[account] else { return 0 }
        try await recoverAbandoned(account)
        let running = try await store.database.read {
            try Intents.underWay(account: account, states: [.running], in: $0)
        }
        if !running.isEmpty {
            let lane = running.compactMap { Lane(rawValue: $0.lane) }.min() ?? .bulkLoads
            try await Lane.$current.withValue(lane) {
                let now = clock.now
                let ids = running.compactMap { $0.activity.map { ActivityID($0) } }
                let progress = try await provider.progress(of: ids)
                for intent in running {
                    guard let activity = intent.activity.map({ ActivityID($0) }) else { continue }
                    switch progress[activity] {
                    case .running:
                        // One that was handed over again has its time from then on.
                        let since = max(intent.createdAt, intent.checkedAt ?? intent.createdAt)
                        guard since.advanced(bySeconds: settings.secondsToEnd) <= clock.now else { continue }
                        // Stuck at the provider: what it did so far is read back, and the rest is decided again.
                        logger.warning(
                            "a bulk change does not end",
                            metadata: ["account": "\(account)", "activity": "\(activity)"]
                        )
                        try await store.database.write { try setUnknown(intent, at: now, in: $0) }
                    case .ended(let result):
                        try await endingUnreadable(intent) { try await take(result, of: intent, account: account) }
                    case nil:
                        // Forgotten by the provider: what it did is read back.
                        try await store.database.write { try setUnknown(intent, at: now, in: $0) }
                    }
                }
            }
        }
        try await readBack(account: account, provider: provider)
        try await lookAgain(account: account, provider: provider)
        return try await store.database.read {
            try Intents.underWay(account: account, states: [.open, .running, .confirming], in: $0).count
        }
    }

    /// Has the bulk changes looked at that are said to have ended, now and not when their pause is over.
    ///
    /// What is said is only a hint: how they stand is asked for. Those of somebody else, and those that were taken over
    /// already, cost nothing; one that is being handed over has no id yet and may be the one that is meant.
    ///
    /// - Returns: the accounts whose bulk changes are looked at.
    @discardableResult
    package func lookAtEnded(_ activities: [AccountID: Set<ActivityID>]) async throws -> Set<AccountID> {
        let known = activities.filter { providers[$0.key] != nil }
        if known.isEmpty { return [] }
        let waited = try await store.database.read { connection in
            try known.filter { account, ids in
                try Intents.mayBeUnderWay(activities: ids.map(\.rawValue).sorted(), account: account, in: connection)
            }
        }
        for account in waited.keys { bells.ring(WorkerName.activities(account)) }
        return Set(waited.keys)
    }

    func take(_ result: ActivityResult, of intent: Intent, account: AccountID) async throws {
        let now = clock.now
        logger.debug(
            "bulk change ended",
            metadata: ["account": "\(account)", "intent": "\(intent.id)", "state": "\(result.state)"]
        )
        switch IntentKind(rawValue: intent.kind) {
        case .remove:
            try await store.database.write { connection in
                if result.completed {
                    for row in try Intents.rows(of: intent.id, in: connection) {
                        guard case .remove(let contact, let lists) = try IntentContent(of: row, in: intent) else {
                            continue
                        }
                        try Contacts.removed(contact, from: lists, account: account, at: now, in: connection)
                    }
                    try Intents.end(intent.id, as: .done, result: result.state, at: now, in: connection)
                    try Intents.awaitNoEchoOfEarlier(than: intent.id, in: connection)
                    try Intents.releaseWaiting(intent.id, at: now, in: connection)
                } else {
                    try endAndDecideAgain(
                        intent.id,
                        as: .failed,
                        result: result.state,
                        refusal: nil,
                        at: now,
                        in: connection
                    )
                }
            }
        case .upsert:
            try await takeUpsert(result, of: intent, account: account)
        case .crmWrite, .memberStatus, .unsubscribe, .resubscribe, .changeAddress, .createList, nil:
            try await confirm(intent, unnamedRefusals: 0)
        }
        bells.ring(WorkerName.urgent(account))
        bells.ring(WorkerName.links(account))
    }

    /// An import has ended.
    ///
    /// Rows whose contact is known take over what was sent; the others are read back for their id.
    private func takeUpsert(_ result: ActivityResult, of intent: Intent, account: AccountID) async throws {
        let now = clock.now
        let recorder = recorder(through: "answer")
        let needsReading = try await store.database.write { connection -> Bool in
            let rows = try Intents.rows(of: intent.id, in: connection)
            if !result.contacts.isEmpty {
                try recorder.record(result.contacts, account: account, answering: intent.id, in: connection)
            }
            for error in result.rowErrors {
                guard let index = error.index, rows.indices.contains(index) else { continue }
                let address = Address(compared: rows[index].address)
                try Parked.refuse(address, account: account, text: error.text, at: now, in: connection)
                try Dirty.mark(
                    address,
                    account: account,
                    lane: intent.lane,
                    reason: "refused",
                    at: now,
                    in: connection
                )
            }
            let refused = Set(result.rowErrors.compactMap(\.index))
            let isWhole =
                result.completed && result.unnamedRefusals == 0
                && (result.rowsRead ?? rows.count) + refused.count >= rows.count
            var allKnown = isWhole
            if isWhole {
                for chunk in Array(rows.enumerated()).chunks(of: 500) {
                    let addresses = chunk.map { Address(compared: $0.element.address) }
                    let shadows = try Contacts.having(addresses, account: account, in: connection)
                    let spoken = try Ledger.heardOf(addresses, since: intent.createdAt, in: connection)
                    for (index, row) in chunk where !refused.contains(index) {
                        let address = Address(compared: row.address)
                        // Who opted out after it was handed over, and came back, has left its lists with the opt-out.
                        guard var shadow = shadows[address], !shadow.contact.isDeleted,
                            shadow.contact.permission != .unsubscribed, !spoken.contains(address)
                        else {
                            allKnown = false
                            continue
                        }
                        guard case .upsert(let written, let lists) = try IntentContent(of: row, in: intent) else {
                            continue
                        }
                        shadow.contact.take(written.sent, lists: lists)
                        try Contacts.save(shadow, account: account, at: now, in: connection)
                        // A list that the contact was on already was somebody else's doing, and stays so.
                        try Contacts.markOurs(
                            shadow.contact.id,
                            lists: written.added(of: lists),
                            account: account,
                            at: now,
                            in: connection
                        )
                    }
                }
            }
            if allKnown {
                try Intents.end(intent.id, as: .done, result: result.state, at: recorder.now, in: connection)
                try Intents.awaitNoEchoOfEarlier(than: intent.id, in: connection)
                try Intents.releaseWaiting(intent.id, at: now, in: connection)
            }
            return !allKnown
        }
        guard needsReading else { return }
        if result.completed {
            try await confirm(intent, unnamedRefusals: result.unnamedRefusals)
        } else {
            try await store.database.write { try setUnknown(intent, at: now, in: $0) }
        }
    }

    private func confirm(_ intent: Intent, unnamedRefusals: Int) async throws {
        let now = clock.now
        try await store.database.write { connection in
            switch IntentKind(rawValue: intent.kind) {
            case .upsert, .remove, .resubscribe:
                var payload = try IntentPayload.bulk(of: intent)
                payload.unnamedRefusals = unnamedRefusals
                try Intents.setPayload(intent.id, payload: try IntentPayload.encode(payload), in: connection)
            case .crmWrite, .memberStatus, .unsubscribe, .changeAddress, .createList, nil:
                break
            }
            try Intents.setConfirming(intent.id, at: now, in: connection)
        }
    }

    /// Works on an intent; one that cannot be read is told of and ended, so that it blocks nothing else: its addresses
    /// are decided again on what is there.
    func endingUnreadable(_ intent: Intent, _ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as UnreadableIntent {
            logger.error(
                "an intent cannot be read",
                metadata: ["account": "\(intent.account)", "intent": "\(intent.id)", "error": "\(error)"]
            )
            try await finish(intent, result: error.description)
        }
    }
}

extension ProviderContact {
    /// Takes over what an import sent, now that it has ended without an error for the row.
    mutating func take(_ row: OutgoingRow, lists: [ListID]) {
        if !row.firstName.isEmpty { firstName = row.firstName }
        if !row.lastName.isEmpty { lastName = row.lastName }
        for (name, value) in row.fields { fields[name] = value }
        // What the account has no field for, it did not keep.
        for (name, value) in row.recordFields where fields[name] != nil { fields[name] = value }
        self.lists.formUnion(lists)
        listsWereRead = true
    }
}
