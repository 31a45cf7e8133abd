import Logging
import Reconciliation
import Store

extension Engine {
    /// The first walk of a whole account: everybody it knows, so that nobody is added before the opt-outs that stand
    /// there have been read through (design §3, *After a restore*).
    package func readBaseline(of account: AccountID) async throws {
        guard let provider = providers[account] else { return }
        if try await baselineIsDone(of: account) { return }
        // One walk at a time: the CRM's reading asks for it, too, after a restore.
        let lock = try await store.lock("baseline-\(account)")
        defer { withExtendedLifetime(lock) {} }
        if try await baselineIsDone(of: account) { return }
        let reading = try await readingBegins(of: account)
        // Without a server's time: what is said during the walk is read again.
        let began = reading.startedAt
        try await Lane.$current.withValue(.optOuts) {
            let start = try await walk(
                .everybody,
                of: account,
                provider: provider,
                through: "first walk",
                baseline: reading.isRestored ? .restored : .first
            )
            try await lookIntoDeletions(of: account, provider: provider)
            let serverTime = start ?? began
            let now = clock.now
            try await store.database.write { connection in
                if reading.isRestored { try claimMemberships(in: connection) }
                try readingEnds(reading, of: account, by: "first walk", isWalk: true, in: connection)
                try Cursors.set(
                    String(serverTime.milliseconds),
                    of: CursorName.optOuts,
                    account: account,
                    on: connection
                )
                try Cursors.set(
                    String(now.milliseconds),
                    of: CursorName.unsubscribedWalk,
                    account: account,
                    on: connection
                )
                try Cursors.set(String(now.milliseconds), of: CursorName.baseline, account: account, on: connection)
                try Accounts.answered(account, at: now, on: connection)
            }
        }
        bells.ringAll()
    }

    private func baselineIsDone(of account: AccountID) async throws -> Bool {
        try await store.database.read {
            try Cursors.position(of: CursorName.baseline, account: account, on: $0) != nil
        }
    }

    /// One opt-out poll (constant-contact.md §7.1): from the watermark or from the beginning of a gap, less the overlap,
    /// with no upper bound; the watermark moves only when every page was recorded.
    ///
    /// A gap that is older than what the provider keeps is closed by a walk first.
    package func readOptOuts(of account: AccountID) async throws {
        guard let provider = providers[account] else { return }
        try await checkIdentity(of: account)
        try await readBaseline(of: account)
        var begun = try await readingBegins(of: account)
        if begun.needsWalk {
            try await readUnsubscribed(of: account, isDue: true)
            begun = try await readingBegins(of: account)
        }
        let reading = begun
        try await Lane.$current.withValue(.optOuts) {
            let stored = try await store.database.read {
                try Cursors.position(of: CursorName.optOuts, account: account, on: $0)
            }
            let watermark = Timestamp(milliseconds: stored.flatMap(Int64.init) ?? 0)
            let after = min(watermark, reading.earliest ?? watermark).advanced(bySeconds: -Self.overlapSeconds)
            let start = try await walk(
                .optedOut(after: after),
                of: account,
                provider: provider,
                through: "opt-out poll"
            )
            if reading.missedPolls { try await readDeletions(of: account, provider: provider) }
            for contact in try await store.database.read({ try Contacts.displaced(account: account, in: $0) }) {
                try await readContact(contact, of: account, provider: provider, through: "opt-out poll")
            }
            let next = max(watermark, start ?? watermark)
            let now = clock.now
            try await store.database.write { connection in
                try Cursors.set(
                    String(next.milliseconds),
                    of: CursorName.optOuts,
                    account: account,
                    on: connection
                )
                try Accounts.answered(account, at: now, on: connection)
                try readingEnds(reading, of: account, by: "opt-out poll", isWalk: false, in: connection)
            }
            try await readSought(of: account, provider: provider)
        }
    }

    /// The daily full walk (constant-contact.md §7.2): everybody who is unsubscribed; who no longer is, is read by id.
    ///
    /// - Parameters:
    ///   - isDue: whether to walk although the day has not passed; then deleted contacts are walked, too.
    ///   - readBack: takes over what is read, for the digests.
    package func readUnsubscribed(
        of account: AccountID,
        isDue: Bool = false,
        readBack: ReadBack? = nil
    ) async throws {
        guard let provider = providers[account] else { return }
        let stored = try await store.database.read {
            try Cursors.position(of: CursorName.unsubscribedWalk, account: account, on: $0)
        }
        let last = Timestamp(milliseconds: stored.flatMap(Int64.init) ?? 0)
        guard isDue || last.advanced(bySeconds: 86_400) <= clock.now else { return }
        let reading = try await readingBegins(of: account)
        let started = reading.startedAt
        try await Lane.$current.withValue(.optOuts) {
            let known = try await store.database.read { try Contacts.unsubscribed(account: account, in: $0) }
            var seen: Set<ContactID> = []
            let rules = try await rulesForReadingBack(readBack, account: account)
            _ = try await walk(.unsubscribed, of: account, provider: provider, through: "full walk") { page in
                seen.formUnion(page.map(\.id))
                if let rules { readBack?.take(page, under: rules) }
            }
            for vanished in known.subtracting(seen).sorted() {
                let contact = try await readContact(vanished, of: account, provider: provider, through: "full walk")
                if let rules, let contact { readBack?.take([contact], under: rules) }
            }
            if isDue {
                _ = try await walk(
                    .deleted,
                    of: account,
                    provider: provider,
                    through: "full walk",
                    isAfterGap: reading.missedPolls
                ) { page in
                    if let rules { readBack?.take(page, under: rules) }
                }
                try await lookIntoDeletions(of: account, provider: provider)
            }
            readBack?.walkedUnsubscribed()
            try await store.database.write { connection in
                try Cursors.set(
                    String(started.milliseconds),
                    of: CursorName.unsubscribedWalk,
                    account: account,
                    on: connection
                )
                // Who was deleted after opting out shows among the deleted only.
                if isDue { try readingEnds(reading, of: account, by: "full walk", isWalk: true, in: connection) }
            }
        }
    }

    /// Walks a query page by page and records each page.
    ///
    /// - Returns: the server's time of the first page.
    @discardableResult
    func walk(
        _ query: ContactQuery,
        of account: AccountID,
        provider: any EmailProvider,
        through: String,
        baseline: Baseline? = nil,
        isAfterGap: Bool = false,
        each: (([ProviderContact]) throws -> Void)? = nil
    ) async throws -> Timestamp? {
        var cursor: String?
        var start: Timestamp?
        repeat {
            let page = try await provider.contacts(query, cursor: cursor)
            if start == nil { start = page.serverTime }
            let recorder = recorder(
                through: through,
                baseline: baseline,
                isAfterGap: isAfterGap || baseline == .restored
            )
            let findings = try await store.database.write { connection in
                try recorder.record(page.contacts, account: account, in: connection)
            }
            if findings.optOuts > 0 {
                logger.info(
                    "opt-outs recorded",
                    metadata: ["account": "\(account)", "count": "\(findings.optOuts)", "through": "\(through)"]
                )
                bells.ringAll()
            }
            for left in findings.left where try await believesDepartures(from: left.list, account: account) {
                try await considerDeparture(left, account: account, provider: provider)
            }
            try each?(page.contacts)
            cursor = page.next
        } while cursor != nil
        return start
    }

    /// Reads one contact by id and records it; one that is gone is recorded as deleted.
    @discardableResult
    func readContact(
        _ id: ContactID,
        of account: AccountID,
        provider: any EmailProvider,
        through: String
    ) async throws -> ProviderContact? {
        let contact = try await provider.contact(id)
        let recorder = recorder(through: through)
        try await store.database.write { connection in
            if let contact {
                try recorder.record([contact], account: account, in: connection)
            } else if var shadow = try Contacts.load([id], account: account, in: connection)[id] {
                shadow.contact.isDeleted = true
                // Its last state cannot be read: an unsubscribe cannot be ruled out (C9).
                if shadow.contact.permission != .unsubscribed { shadow.contact.permission = .vanished }
                try recorder.record([shadow.contact], account: account, in: connection)
            }
        }
        return contact
    }

    /// Looks for contacts that nobody may have read, by their addresses; the rest of very many waits for the next poll.
    private func readSought(of account: AccountID, provider: any EmailProvider) async throws {
        let sought = try await store.database.read {
            try SoughtAddresses.of(account, limit: 20, in: $0)
        }
        for address in sought {
            do {
                try await walk(.having(address), of: account, provider: provider, through: "opt-out poll")
            } catch let error as PortError where error.code == .refused || error.code == .notFound {
                // What it takes for no address, it has no contact of.
                logger.warning(
                    "an address cannot be looked for",
                    metadata: ["account": "\(account)", "address": "\(address.masked)", "error": "\(error)"]
                )
            }
            try await store.database.write { try SoughtAddresses.end(address, account: account, in: $0) }
        }
    }

    /// Reads the contacts of addresses of which a delivery said something, as they are now.
    ///
    /// An account that is not connected any more has nothing to be read.
    func readContacts(having addresses: [Address], of account: AccountID) async throws {
        guard let provider = providers[account] else { return }
        try await Lane.$current.withValue(.optOuts) {
            for address in addresses {
                try await walk(.having(address), of: account, provider: provider, through: "webhook")
            }
        }
    }

    /// Whether the opt-outs that stand at every connected account have been read through.
    ///
    /// - Parameter patienceSeconds: how long an account may be unread meanwhile; nil where that does not matter.
    func everyBaselineIsDone(patienceSeconds: Int64? = nil, in connection: any SQLConnection) throws -> Bool {
        for account in try Accounts.all(on: connection) where account.role == .provider {
            if try Cursors.position(of: CursorName.baseline, account: account.name, on: connection) == nil {
                return false
            }
        }
        // A gap has to be read back first; the CRM's, too: a flag that was set in it counts.
        return try Coverage.awaitedReadings(at: clock.now, patienceSeconds: patienceSeconds, in: connection).isEmpty
    }

    /// How long an addition waits before it is looked at again, in seconds; nil where anybody may be added now, since
    /// every account was read through, and lately.
    func pauseOfAdditions(in connection: any SQLConnection) throws -> Int64? {
        let patience = settings.secondsUntilAdditionsWait
        if try everyBaselineIsDone(patienceSeconds: patience, in: connection) { return nil }
        // A gap is read back within moments, mostly; what it keeps back is not to wait a minute more. Where an account
        // fails, all that waits for it would be decided again and again.
        return try Accounts.all(on: connection).allSatisfy { $0.state == .active } ? 5 : 60
    }

    /// Reads the accounts that keep additions back because they were not read for long: a round that takes longer than
    /// that has nobody else who does.
    func readAwaited() async throws {
        let now = clock.now
        let patience = settings.secondsUntilAdditionsWait
        let awaited = try await store.database.read {
            try Coverage.awaitedReadings(at: now, patienceSeconds: patience, in: $0).map(\.account)
        }
        for account in awaited {
            if account == crmAccount { try await readCRM() } else { try await readOptOuts(of: account) }
        }
    }
}
