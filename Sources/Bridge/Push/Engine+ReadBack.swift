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
        case .remove, .unsubscribe, .resubscribe:
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
                intent.id, as: .failed, result: result, refusal: nil, at: now, in: connection)
        }
        bells.ringAll()
    }

    private func readBackContacts(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        let rows = try await store.database.read { try Intents.rows(of: intent.id, in: $0) }
        let prefix = "contact \(account) "
        let ids = rows.filter { $0.subject.hasPrefix(prefix) }.map { ContactID(String($0.subject.dropFirst(prefix.count))) }
        if IntentKind(rawValue: intent.kind) != .remove || ids.count <= 20 {
            for id in ids { try await readContact(id, of: account, provider: provider, through: "read back") }
        }
        // A removal is safe to repeat: its rows are decided again on what the shadow holds.
        try await finish(intent, result: "read back", account: account)
    }

    private func readBackUpsert(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        let rows = try await store.database.read { try Intents.rows(of: intent.id, in: $0) }
        var payload = try IntentPayload.decode(BulkPayload.self, from: intent.payload)
        let wanted = Set(rows.map { Address(compared: $0.address) })
        let unknown = try await store.database.read { connection in
            let shadows = try Contacts.having(Array(wanted), account: account, in: connection)
            return wanted.filter { shadows[$0] == nil }.count
        }
        if payload.unnamedRefusals > 0, payload.readings == 0 {
            // Nobody is named who was not added: whoever opted out meanwhile is found by the poll.
            try await readOptOuts(of: account)
        }
        let query: ContactQuery =
            unknown == wanted.count && unknown > provider.capabilities.pageSize || payload.unnamedRefusals > 0
            ? .onLists(Array(payload.lists.prefix(1)))
            : .created(after: intent.createdAt.advanced(bySeconds: -60))
        try await walk(query, of: account, provider: provider, through: "read back")
        let now = clock.now
        let isLast = intent.createdAt.advanced(bySeconds: settings.secondsToConfirm) <= now || payload.readings >= 5
        payload.readings += 1
        let updated = payload
        let isDone = try await store.database.write { connection -> Bool in
            let missing = try takeSeen(rows, lists: updated.lists, account: account, in: connection)
            if missing.isEmpty || isLast {
                for row in missing {
                    let address = Address(compared: row.address)
                    if isLast {
                        try Parked.refuse(
                            address, account: account,
                            text: "it was not put on the list, and the provider does not say why", at: now,
                            in: connection)
                    }
                    try Dirty.mark(
                        address, account: account, lane: intent.lane, reason: "again", at: now, in: connection)
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
                    if seen.count == lists.count || contact.permission == .unsubscribed || contact.isDeleted { continue }
                }
                if refusals[address] == nil { missing.append(row) }
            }
        }
        return missing
    }

    /// After a start: writes whose call may have gone out are read back before anything is repeated.
    package func recover() async throws {
        let accounts = providerAccounts
        let now = clock.now
        try await store.database.write { connection in
            for account in accounts {
                for intent in try Intents.underWay(account: account, states: [.open], in: connection) {
                    try Intents.setConfirming(intent.id, at: now, in: connection)
                }
            }
        }
        let crmAccount = crmAccount
        let open = try await store.database.read {
            try Intents.underWay(account: crmAccount, states: [.open, .confirming], in: $0)
        }
        for intent in open { try await readBackCRM(intent) }
        if !open.isEmpty { logger.info("writes read back after a start", metadata: ["count": "\(open.count)"]) }
    }
}
