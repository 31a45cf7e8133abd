import Logging
import Reconciliation
import Store

extension Engine {
    /// Reads back what is not known for certain: bulk changes that ended or whose answer was lost.
    func readBack(account: AccountID, provider: any EmailProvider) async throws {
        let confirming = try await store.database.read {
            try Intents.underWay(account: account, states: [.confirming], in: $0)
        }
        for intent in confirming {
            let now = clock.now
            let payload = try? IntentPayload.decode(BulkPayload.self, from: intent.payload)
            let pause = Int64(1) << min(5, payload?.readings ?? 0)
            if let checked = intent.checkedAt, let readings = payload?.readings, readings > 0,
                checked.advanced(bySeconds: pause) > now
            {
                continue
            }
            try await Lane.$current.withValue(Lane(rawValue: intent.lane) ?? .bulkLoads) {
                try await readBack(intent, account: account, provider: provider)
            }
        }
    }

    private func readBack(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        switch IntentKind(rawValue: intent.kind) {
        case .upsert: try await readBackUpsert(intent, account: account, provider: provider)
        case .remove: try await repeatRemoval(intent, account: account, provider: provider)
        case .unsubscribe, .resubscribe:
            try await readBackContacts(intent, account: account, provider: provider)
        case .createList:
            // The list is looked for by name when the link runs again.
            try await finish(intent, result: "to be looked for", account: account)
        case .crmWrite, .memberStatus, nil:
            try await finish(intent, result: "read back", account: account)
        }
    }

    private func finish(_ intent: Intent, result: String, account: AccountID) async throws {
        let now = clock.now
        try await store.database.write { connection in
            try endAndDecideAgain(
                intent.id,
                as: .failed,
                result: result,
                refusal: nil,
                at: now,
                in: connection
            )
        }
        bells.ringAll()
    }

    /// A removal is safe to repeat (constant-contact.md §6.5), and cheaper to repeat than to read back.
    ///
    /// Its addresses stay in flight meanwhile, so that nothing is added beside an earlier one that may be working.
    private func repeatRemoval(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        let payload = try IntentPayload.decode(BulkPayload.self, from: intent.payload)
        let contacts = try await store.database.read { connection in
            try Intents.rows(of: intent.id, in: connection).map { ContactID($0.payload) }
        }
        do {
            let activity = try await provider.submit(.remove(contacts, from: payload.lists))
            try await store.database.write {
                try Intents.setRunning(intent.id, activity: activity.rawValue, in: $0)
            }
        } catch let error as PortError where error.code == .unknownOutcome || error.code == .unreadableAnswer {
            var counted = payload
            counted.readings += 1
            let text = try IntentPayload.encode(counted)
            let now = clock.now
            try await store.database.write { connection in
                try Intents.setPayload(intent.id, payload: text, in: connection)
                try Intents.setConfirming(intent.id, at: now, in: connection)
            }
        } catch let error as PortError where error.code == .refused {
            try await finish(intent, result: error.description, account: account)
        }
    }

    private func readBackContacts(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        let rows = try await store.database.read { try Intents.rows(of: intent.id, in: $0) }
        let prefix = "contact \(account) "
        for row in rows where row.subject.hasPrefix(prefix) {
            let id = ContactID(String(row.subject.dropFirst(prefix.count)))
            try await readBackContact(id, of: intent, account: account, provider: provider)
        }
        try await finish(intent, result: "read back", account: account)
    }

    private func readBackUpsert(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        let rows = try await store.database.read { try Intents.rows(of: intent.id, in: $0) }
        var payload = try IntentPayload.decode(BulkPayload.self, from: intent.payload)
        if payload.unnamedRefusals > 0, payload.readings == 0 {
            // Nobody is named who was not added: whoever opted out meanwhile is found by the poll.
            try await readOptOuts(of: account)
        }
        let queries = try await queries(for: rows, of: intent, payload: payload, provider: provider)
        for query in queries {
            try await walk(query, of: account, provider: provider, through: "read back")
        }
        let now = clock.now
        let hasWaited = intent.createdAt.advanced(bySeconds: settings.secondsToConfirm) <= now
        // One that may be working still is given its time, however often it was looked for.
        //
        // What was looked for by a time is never given up: the provider's clock may be behind ours, and a contact that
        // is not known is one that an opt-out does not reach.
        let isExact = !queries.contains { if case .created = $0 { true } else { false } }
        let isLast = isExact && (hasWaited || (payload.readings >= 5 && !payload.isUnknown))
        payload.readings += 1
        let updated = payload
        let isDone = try await store.database.write { connection -> Bool in
            let missing = try takeSeen(rows, lists: updated.lists, account: account, in: connection)
            if missing.isEmpty || isLast {
                // What was sent with an unknown outcome is decided again in whole: names may be missing, too.
                for row in updated.isUnknown ? rows : missing {
                    let address = Address(compared: row.address)
                    if isLast, !updated.isUnknown {
                        try Parked.refuse(
                            address,
                            account: account,
                            text: "it was not put on the list, and the provider does not say why",
                            at: now,
                            in: connection
                        )
                    }
                    try Dirty.mark(
                        address,
                        account: account,
                        lane: intent.lane,
                        reason: "again",
                        at: now,
                        in: connection
                    )
                }
                try Intents.end(intent.id, as: .done, result: "read back", at: now, in: connection)
                try Intents.releaseWaiting(intent.id, at: now, in: connection)
                return true
            }
            try Intents.setPayload(intent.id, payload: try IntentPayload.encode(updated), in: connection)
            try Intents.setConfirming(intent.id, at: now, in: connection)
            return false
        }
        if isDone {
            bells.ring(WorkerName.urgent(account))
            bells.ring(WorkerName.links(account))
        }
    }

    /// Where the rows of an import are looked for: among what was made since where all of them are new; one by one where
    /// they are few; otherwise on their list.
    private func queries(
        for rows: [IntentRow],
        of intent: Intent,
        payload: BulkPayload,
        provider: any EmailProvider
    ) async throws -> [ContactQuery] {
        let account = intent.account
        let addresses = rows.map { Address(compared: $0.address) }
        let (known, master) = try await store.database.read { connection in
            (
                try Contacts.having(addresses, account: account, in: connection),
                try Links.master(of: account, in: connection)
            )
        }
        let isSurelyNew = known.isEmpty && payload.readings == 0 && !payload.isUnknown && payload.unnamedRefusals == 0
        if isSurelyNew, addresses.count <= provider.capabilities.pageSize {
            return [.created(after: intent.createdAt.advanced(bySeconds: -60))]
        }
        if addresses.count <= 10 { return addresses.map { .having($0) } }
        // The list of everybody is the longest one.
        return [.onLists([payload.lists.first { $0 != master } ?? payload.lists.first].compactMap { $0 })]
    }

    /// Takes over what the shadow now shows of an import's rows.
    ///
    /// - Returns: the rows that are neither seen on the lists nor accounted for.
    private func takeSeen(
        _ rows: [IntentRow],
        lists: [ListID],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [IntentRow] {
        var missing: [IntentRow] = []
        for chunk in rows.chunks(of: 500) {
            let addresses = chunk.map { Address(compared: $0.address) }
            let shadows = try Contacts.having(addresses, account: account, in: connection)
            let refusals = try Parked.refusals(of: addresses, account: account, in: connection)
            for row in chunk {
                let address = Address(compared: row.address)
                if let shadow = shadows[address] {
                    let contact = shadow.contact
                    let seen = lists.filter { contact.lists.contains($0) }
                    if !seen.isEmpty {
                        try Contacts.markOurs(contact.id, lists: seen, account: account, in: connection)
                    }
                    if seen.count == lists.count || contact.permission == .unsubscribed || contact.isDeleted {
                        continue
                    }
                }
                if refusals[address] == nil { missing.append(row) }
            }
        }
        return missing
    }

    /// After a start: writes whose call may have gone out are read back before anything is repeated.
    package func recover() async throws {
        try await recoverProviders()
        try await recoverCRM()
    }

    /// The outcome of a provider write is unknown: it is read back.
    func setUnknown(_ intent: Intent, at now: Timestamp, in connection: any SQLConnection) throws {
        switch IntentKind(rawValue: intent.kind) {
        case .upsert, .remove:
            var payload = try IntentPayload.decode(BulkPayload.self, from: intent.payload)
            payload.isUnknown = true
            try Intents.setPayload(intent.id, payload: try IntentPayload.encode(payload), in: connection)
        case .unsubscribe, .resubscribe, .createList, .crmWrite, .memberStatus, nil:
            break
        }
        try Intents.setConfirming(intent.id, at: now, in: connection)
    }

    /// Marks the provider writes that an earlier process left open to be read back.
    ///
    /// Only before this process writes: later, open ones are calls under way.
    package func recoverProviders() async throws {
        let accounts = providerAccounts
        let now = clock.now
        try await store.database.write { connection in
            for account in accounts {
                for intent in try Intents.underWay(account: account, states: [.open], in: connection) {
                    try setUnknown(intent, at: now, in: connection)
                }
            }
        }
    }

    /// Reads back the CRM writes that an earlier process left open.
    package func recoverCRM() async throws {
        let crmAccount = crmAccount
        let open = try await store.database.read {
            try Intents.underWay(account: crmAccount, states: [.open, .confirming], in: $0)
        }
        for intent in open { try await readBackCRM(intent) }
        if !open.isEmpty { logger.info("writes read back after a start", metadata: ["count": "\(open.count)"]) }
    }
}
