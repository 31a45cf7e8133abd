import Logging
import Reconciliation
import Store

extension Engine {
    /// Walks a link's list when it is time (constant-contact.md §7.3): who is on it, and who left it.
    ///
    /// Walks are a budget line of their own: the larger the list and the more links, the rarer.
    ///
    /// - Parameter readBack: takes over what is read, for the digests; with it, a list that nobody is known to be on is
    ///   walked, too.
    func walkListIfDue(
        of link: Link,
        list: ListID,
        provider: any EmailProvider,
        isFull: Bool,
        readBack: ReadBack? = nil
    ) async throws {
        let account = link.account
        let name = CursorName.listWalk(link.id)
        let started = clock.now
        let (last, onList, links) = try await store.database.read { connection in
            (
                try Cursors.position(of: name, account: account, on: connection).flatMap(Int64.init),
                try Contacts.onList(list, account: account, in: connection),
                try Links.of(account, in: connection).count
            )
        }
        let standing = try await store.database.read { try LinkHolds.standings(in: $0)[link.id] }
        if (onList.isEmpty && readBack == nil) || standing == .listGone { return }
        let believesDepartures = try await believesDepartures(from: list, account: account)
        let pages = Int64(onList.count / max(1, provider.capabilities.pageSize) + 1)
        let pause = max(link.intervalMilliseconds, 86_400_000 * pages * Int64(links) / max(1, settings.walkCallsPerDay))
        guard isFull || (last ?? 0) + pause <= started.milliseconds else { return }
        var seen: Set<ContactID> = []
        let rules = try await rulesForReadingBack(readBack, account: account)
        try await walk(.onLists([list]), of: account, provider: provider, through: "list walk") { page in
            for contact in page where contact.lists.contains(list) { seen.insert(contact.id) }
            if let rules { readBack?.take(page, under: rules) }
        }
        readBack?.walked(list, seen: seen)
        let missing = believesDepartures ? onList.filter { $0.isOurs && !seen.contains($0.contact) } : []
        // Nobody has left a list that is not there any more.
        if !missing.isEmpty { _ = try await existing(list, of: link, provider) }
        let left = missing.map { Recorder.LeftList(contact: $0.contact, address: $0.address, list: list) }
        for row in try await departuresToConsider(left, of: link, seen: seen) {
            try await considerDeparture(row, account: account, provider: provider)
        }
        try await store.database.write {
            try Cursors.set(String(started.milliseconds), of: name, account: account, on: $0)
        }
    }

    /// Whether a membership that is missing can mean that the person left: not at the list's first walk after a restore, a
    /// long gap or a reconnection, which is a baseline (design §3).
    ///
    /// Until the next one the contact is neither marked nor put back. Nobody has left a list that is known to be gone.
    func believesDepartures(from list: ListID, account: AccountID) async throws -> Bool {
        let now = clock.now
        return try await store.database.read { connection in
            guard let link = try Links.of(account, in: connection).first(where: { $0.list == list }) else {
                return true
            }
            if try LinkHolds.standings(in: connection)[link.id] == .listGone { return false }
            guard let baseline = try Coverage.lastBaseline(of: account, at: now, in: connection) else { return true }
            let walked = try Cursors.position(of: CursorName.listWalk(link.id), account: account, on: connection)
                .flatMap(Int64.init)
            // A second walk of the same round is none: it reads what the first one read.
            let earlier = now.advanced(bySeconds: -settings.secondsBeforeDeparture)
            let last = Timestamp(milliseconds: walked ?? 0)
            return last >= baseline && last <= earlier
        }
    }

    /// A contact that is no longer on a list: believed to have left only if nothing else explains it (design §4).
    func considerDeparture(
        _ left: Recorder.LeftList,
        account: AccountID,
        provider: any EmailProvider
    ) async throws {
        let now = clock.now
        guard try await store.database.read({ try !isExplained(left, account: account, at: now, in: $0) }) else {
            return
        }
        guard let contact = try await provider.contact(left.contact) else {
            try await readContact(left.contact, of: account, provider: provider, through: "list walk")
            return
        }
        let exists = try await listExists(of: left, account: account, provider: provider)
        let hasLeft =
            exists && !contact.isDeleted && contact.permission.isSendable && contact.listsWereRead
            && !contact.lists.contains(left.list) && contact.address == left.address
        let recorder = recorder(through: "list walk")
        // One transaction: nobody is put back between the reading and the departure.
        let isBelieved = try await store.database.write { connection -> Bool in
            guard hasLeft, try !isExplained(left, account: account, at: now, in: connection) else {
                try recorder.record([contact], account: account, in: connection)
                return false
            }
            guard try mayLeave(left, account: account, at: now, in: connection) else {
                try recorder.record([contact], account: account, in: connection)
                return false
            }
            if provider.capabilities.traits.peopleCanLeaveLists {
                try Departures.insert(
                    account: account,
                    list: left.list,
                    address: left.address,
                    at: now,
                    in: connection
                )
            }
            try recorder.record([contact], account: account, believesMissing: [left.list], in: connection)
            try recorder.markEverywhere(left.address, lane: .removals, reason: "departure", in: connection)
            return true
        }
        guard isBelieved else { return }
        // Where nobody can leave a list, it was taken away by hand: the decision puts it back (design §4).
        logger.log(
            level: provider.capabilities.traits.peopleCanLeaveLists ? .info : .warning,
            provider.capabilities.traits.peopleCanLeaveLists
                ? "a person left a list" : "a membership that was taken away at the provider is put back",
            metadata: [
                "account": "\(account)", "list": "\(left.list)", "address": "\(left.address.masked)",
            ]
        )
    }

    /// Whether a departure passes the breaker, which counts it; one more of a run that is held joins it.
    private func mayLeave(
        _ left: Recorder.LeftList,
        account: AccountID,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> Bool {
        guard let link = try Links.of(account, in: connection).first(where: { $0.list == left.list }) else {
            return false
        }
        let cause = HoldCause.row(.departures, link.id, left.address)
        if let row = try Holds.row(of: cause, in: connection) {
            guard row.state == .approved else { return false }
            try Holds.end(row, as: .done, at: now, in: connection)
            return true
        }
        let passed = try JudgedRows.ofTheDay(before: now, kind: .departures, link: link.id, in: connection)
        let size = try Contacts.addresses(ours: link, in: connection).union(passed).count
        let isHeld = try Holds.isOpen(.departures, of: link.id, in: connection)
        if settings.breaker.allows(total: passed.union([left.address]).count, ofList: size, isHeld: isHeld) {
            try JudgedRows.note(.departures, link: link.id, addresses: [left.address], at: now, in: connection)
            return true
        }
        try recorder(through: "list walk").raise(
            HeldRow(.contact(account, left.contact), cause),
            address: left.address,
            account: account,
            in: connection
        )
        return false
    }

    /// Whether the list is still there: nobody has left one that was deleted, which is held.
    private func listExists(
        of left: Recorder.LeftList,
        account: AccountID,
        provider: any EmailProvider
    ) async throws -> Bool {
        let link = try await store.database.read { connection -> Link? in
            try Links.of(account, in: connection).first { $0.list == left.list }
        }
        guard let link else { return false }
        do {
            _ = try await existing(left.list, of: link, provider)
            return true
        } catch let problem as LinkProblem {
            try await note(problem, of: link)
            return false
        }
    }

    /// Whether something other than the person's leaving may explain that a contact is not on a list: a write of ours
    /// that is in flight or younger than five minutes, or an opt-out.
    private func isExplained(
        _ left: Recorder.LeftList,
        account: AccountID,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> Bool {
        let since = now.advanced(bySeconds: -settings.secondsBeforeDeparture)
        // What took the contact off may have been done under an address that it had for a while.
        let isOurs = try Intents.isRecent(
            left.address,
            subject: IntentSubject.contact(left.contact, account: account),
            account: account,
            since: since,
            in: connection
        )
        if isOurs { return true }
        return try Ledger.isOptedOut(left.address, in: connection)
    }
}
