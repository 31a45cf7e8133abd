import Logging
import Reconciliation
import Store

extension Engine {
    /// Walks a link's list when it is time (constant-contact.md §7.3): who is on it, and who left it.
    ///
    /// Walks are a budget line of their own: the larger the list and the more links, the rarer.
    func walkListIfDue(
        of link: Link,
        list: ListID,
        provider: any EmailProvider,
        isFull: Bool
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
        if onList.isEmpty { return }
        let pages = Int64(onList.count / max(1, provider.capabilities.pageSize) + 1)
        let pause = max(link.intervalMilliseconds, 86_400_000 * pages * Int64(links) / max(1, settings.walkCallsPerDay))
        guard isFull || (last ?? 0) + pause <= started.milliseconds else { return }
        var seen: Set<ContactID> = []
        try await walk(.onLists([list]), of: account, provider: provider, through: "list walk") { page in
            for contact in page where contact.lists.contains(list) { seen.insert(contact.id) }
        }
        for row in onList where !seen.contains(row.contact) {
            try await considerDeparture(row, list: list, link: link, provider: provider)
        }
        try await store.database.write {
            try Cursors.set(String(started.milliseconds), of: name, account: account, on: $0)
        }
    }

    /// A contact that is no longer on a list: believed to have left only if nothing else explains it (design §4).
    private func considerDeparture(
        _ row: (contact: ContactID, address: Address, isOurs: Bool),
        list: ListID,
        link: Link,
        provider: any EmailProvider
    ) async throws {
        let account = link.account
        let now = clock.now
        let isExplained = try await store.database.read { connection in
            let recent = try connection.value(
                """
                SELECT 1 FROM intent_row r JOIN intent i ON i.id = r.intent
                WHERE i.account = \(account.rawValue) AND r.address = \(row.address.text)
                    AND (r.is_open = 1 OR i.ended_at > \(now.advanced(bySeconds: -300).milliseconds))
                LIMIT 1
                """)
            return try recent != nil || Ledger.isOptedOut(row.address, in: connection)
        }
        guard row.isOurs, !isExplained else { return }
        guard
            let contact = try await readContact(row.contact, of: account, provider: provider, through: "list walk"),
            !contact.isDeleted, contact.permission.isSendable, contact.listsWereRead, !contact.lists.contains(list)
        else { return }
        let recorder = recorder(through: "list walk")
        try await store.database.write { connection in
            try Departures.insert(account: account, list: list, address: row.address, at: now, in: connection)
            try recorder.markEverywhere(row.address, lane: .removals, reason: "departure", in: connection)
        }
        logger.info(
            "a person left a list",
            metadata: ["account": "\(account)", "list": "\(list)", "address": "\(row.address.masked)"])
    }
}
