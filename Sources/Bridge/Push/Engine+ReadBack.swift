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
            try await endingUnreadable(intent) {
                if try pauses(intent, at: clock.now) { return }
                try await Lane.$current.withValue(Lane(rawValue: intent.lane) ?? .bulkLoads) {
                    try await readBack(intent, account: account, provider: provider)
                }
            }
        }
    }

    /// Whether a bulk change was read back so lately that there is no use in doing so now.
    private func pauses(_ intent: Intent, at now: Timestamp) throws -> Bool {
        switch IntentKind(rawValue: intent.kind) {
        case .upsert, .remove:
            let readings = try IntentPayload.bulk(of: intent).readings
            guard readings > 0, let checked = intent.checkedAt else { return false }
            return checked.advanced(bySeconds: Int64(1) << min(5, readings)) > now
        case .crmWrite, .memberStatus, .unsubscribe, .resubscribe, .changeAddress, .createList, nil:
            return false
        }
    }

    private func readBack(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        switch IntentKind(rawValue: intent.kind) {
        case .upsert: try await readBackUpsert(intent, account: account, provider: provider)
        case .remove: try await repeatRemoval(intent, account: account, provider: provider)
        case .unsubscribe, .resubscribe, .changeAddress:
            try await readBackContacts(intent, account: account, provider: provider)
        case .createList:
            // The list is looked for by name when the link runs again.
            try await finish(intent, result: "to be looked for")
        case .crmWrite, .memberStatus, nil:
            try await finish(intent, result: "read back")
        }
    }

    /// Ends an intent of which no more will be known; its addresses are decided again.
    func finish(_ intent: Intent, result: String) async throws {
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
        let payload = try IntentPayload.bulk(of: intent)
        let contacts = try await store.database.read { connection in
            try Intents.rows(of: intent.id, in: connection).compactMap { row in
                try IntentContent(of: row, in: intent).contact.map {
                    ContactReference($0, Address(compared: row.address))
                }
            }
        }
        do {
            switch try await provider.submit(.remove(contacts, from: payload.lists)) {
            case .underWay(let activity):
                let now = clock.now
                try await store.database.write {
                    try Intents.setRunning(intent.id, activity: activity.rawValue, at: now, in: $0)
                }
            case .ended(let result):
                try await take(result, of: intent, account: account)
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
        } catch let error as PortError where error.code == .refused || error.code == .notFound {
            _ = try await missing(of: payload.lists, account: account, provider: provider)
            // The one whose answer was lost may have worked all the same.
            try await readBackContacts(intent, account: account, provider: provider)
        }
    }

    private func readBackContacts(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        let rows = try await store.database.read { try Intents.rows(of: intent.id, in: $0) }
        for contact in Set(rows.compactMap { IntentSubject.contact(in: $0.subject, account: account) }).sorted() {
            try await readContact(contact, of: account, provider: provider, through: "read back")
        }
        try await finish(intent, result: "read back")
    }

    private func readBackUpsert(_ intent: Intent, account: AccountID, provider: any EmailProvider) async throws {
        let rows = try await store.database.read { try Intents.rows(of: intent.id, in: $0) }
        var payload = try IntentPayload.bulk(of: intent)
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
            // What the reading showed as it was sent was taken over then, and is awaited no longer.
            let unseen = try Intents.awaitedRows(of: intent.id, in: connection)
            let missing = try takeSeen(unseen, of: intent, isUnknown: updated.isUnknown, at: now, in: connection)
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
                if updated.isUnknown, !missing.isEmpty {
                    let end = now.advanced(bySeconds: settings.secondsToEnd)
                    try Intents.lookAgain(intent.id, at: end, in: connection)
                } else {
                    // Who is on the lists in another way is somebody else's doing, whatever becomes of the names.
                    try Intents.awaitNoEcho(of: intent.id, in: connection)
                }
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
    /// Of one that is known to have ended, every list that it was to put a contact on is its doing. Of one of unknown
    /// outcome only the echoes are, and those were taken over when they were read; but what it put on lists that are gone
    /// since is an echo without them, and where the contact is on the list of everybody and not on all of the others, it
    /// has left those since.
    ///
    /// - Returns: the rows that are neither seen on the lists nor accounted for.
    private func takeSeen(
        _ rows: [IntentRow],
        of intent: Intent,
        isUnknown: Bool,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> [IntentRow] {
        let account = intent.account
        let master = try Links.master(of: account, in: connection)
        let present = try listsThatAreThere(at: account, in: connection)
        var missing: [IntentRow] = []
        for chunk in rows.chunks(of: 500) {
            let addresses = chunk.map { Address(compared: $0.address) }
            let shadows = try Contacts.having(addresses, account: account, in: connection)
            let refusals = try Parked.refusals(of: addresses, account: account, in: connection)
            // Who opted out after it was handed over, and came back, has left its lists with the opt-out.
            let spoken =
                isUnknown ? [] : try Ledger.heardOf(addresses, since: intent.createdAt, in: connection)
            for row in chunk {
                let address = Address(compared: row.address)
                if let contact = shadows[address]?.contact {
                    guard case .upsert(let written, let lists) = try IntentContent(of: row, in: intent) else {
                        continue
                    }
                    let seen = lists.filter { contact.lists.contains($0) }
                    let there = lists.filter { present.contains($0) }
                    let isWhole = contact.lists.isSuperset(of: there)
                    let isEchoOfTheRest = there.count < lists.count && written.image(on: there).isShown(by: contact)
                    let added = written.added(of: seen)
                    let hasTakenEffect = master.map(added.contains) == true
                    if !added.isEmpty, !isUnknown || isEchoOfTheRest || hasTakenEffect && !isWhole {
                        try Contacts.markOurs(contact.id, lists: added, account: account, at: now, in: connection)
                    }
                    if isWhole || contact.permission == .unsubscribed || contact.isDeleted
                        || spoken.contains(address)
                    {
                        continue
                    }
                    if hasTakenEffect, !isUnknown, refusals[address] == nil {
                        // It has put the contact on the others, too: that they have been left is found by the next walk.
                        let left = written.added(of: there).filter { !seen.contains($0) }
                        try Contacts.put(contact.id, on: left, account: account, at: now, in: connection)
                        continue
                    }
                }
                if refusals[address] == nil { missing.append(row) }
            }
        }
        return missing
    }

    /// The lists of an account that Causeway sends to and of which nobody knows that they are gone.
    private func listsThatAreThere(at account: AccountID, in connection: any SQLConnection) throws -> Set<ListID> {
        let holds = try LinkHolds.standings(in: connection)
        let links = try Links.of(account, in: connection).filter { holds[$0.id] != .listGone }
        return Set(links.compactMap(\.list)).union([try Links.master(of: account, in: connection)].compactMap { $0 })
    }

    /// Looks a last time for imports that were given up: one that was working all the while has put people on lists
    /// whom nobody may have wanted there any more.
    ///
    /// What is seen now is an echo, Causeway's doing, and decided again; afterwards it is nobody's.
    func lookAgain(account: AccountID, provider: any EmailProvider) async throws {
        let due = try await store.database.read { [now = clock.now] in
            try Intents.toLookFor(account: account, at: now, in: $0)
        }
        for intent in due {
            try await endingUnreadable(intent) {
                let rows = try await store.database.read { try Intents.awaitedRows(of: intent.id, in: $0) }
                var payload = try IntentPayload.bulk(of: intent)
                payload.isUnknown = true
                for query in try await queries(for: rows, of: intent, payload: payload, provider: provider) {
                    try await walk(query, of: account, provider: provider, through: "read back")
                }
                let now = clock.now
                try await store.database.write { connection in
                    // Those that have left one of the lists since are no echo, and still on the others.
                    let unseen = try Intents.awaitedRows(of: intent.id, in: connection)
                    _ = try takeSeen(unseen, of: intent, isUnknown: true, at: now, in: connection)
                    for row in unseen {
                        try Dirty.mark(
                            Address(compared: row.address),
                            account: account,
                            lane: intent.lane,
                            reason: "again",
                            at: now,
                            in: connection
                        )
                    }
                }
            }
            try await store.database.write { connection in
                try Intents.lookAgain(intent.id, at: nil, in: connection)
                try Intents.awaitNoEcho(of: intent.id, in: connection)
            }
        }
    }

    /// After a start: writes whose call may have gone out are read back before anything is repeated.
    package func recover() async throws {
        try await pollingStarts()
        try await recoverProviders()
        try await recoverCRM()
    }

    /// The outcome of a provider write is unknown: it is read back.
    func setUnknown(_ intent: Intent, at now: Timestamp, in connection: any SQLConnection) throws {
        switch IntentKind(rawValue: intent.kind) {
        case .upsert, .remove:
            if var payload = bulkIfReadable(intent) {
                payload.isUnknown = true
                try Intents.setPayload(intent.id, payload: try IntentPayload.encode(payload), in: connection)
            }
        case .unsubscribe, .resubscribe, .changeAddress, .createList, .crmWrite, .memberStatus, nil:
            break
        }
        try Intents.setConfirming(intent.id, at: now, in: connection)
    }

    /// What is common to an intent's rows; nil, and told of, where it cannot be read: reading it back ends it.
    private func bulkIfReadable(_ intent: Intent) -> BulkPayload? {
        do throws(UnreadableIntent) { return try IntentPayload.bulk(of: intent) } catch {
            logger.error("an intent cannot be read", metadata: ["intent": "\(intent.id)", "error": "\(error)"])
            return nil
        }
    }

    /// Marks the provider writes that nobody waits for any more to be read back: those of an earlier process, and those
    /// whose answer this one could not store.
    package func recoverProviders() async throws {
        for account in providerAccounts { try await recoverAbandoned(account) }
    }

    /// Marks the open writes of a provider account that nobody waits for any more to be read back.
    func recoverAbandoned(_ account: AccountID) async throws {
        let seemsAbandoned = try await abandoned(account)
        if seemsAbandoned.isEmpty { return }
        let now = clock.now
        let count = try await store.database.write { connection in
            // Looked at again where no answer can be stored meanwhile: one that came just now is no longer open.
            let open = try Intents.underWay(account: account, states: [.open], in: connection)
            let abandoned = open.filter { !callsUnderWay.contains($0.id) }
            for intent in abandoned { try setUnknown(intent, at: now, in: connection) }
            return abandoned.count
        }
        if count == 0 { return }
        logger.warning(
            "writes without an answer are read back",
            metadata: ["account": "\(account)", "count": "\(count)"]
        )
    }

    /// The open writes of an account that nobody waits for.
    func abandoned(_ account: AccountID) async throws -> [Intent] {
        try await store.database.read { try Intents.underWay(account: account, states: [.open], in: $0) }
            .filter { !callsUnderWay.contains($0.id) }
    }

    /// Reads back the CRM writes that an earlier process left open.
    package func recoverCRM() async throws {
        let open = try await readBackUnknownWrites()
        if open > 0 { logger.info("writes read back after a start", metadata: ["count": "\(open)"]) }
    }
}
