import Logging
import Reconciliation
import Store

/// What became of the mail: read incrementally in lane 5, less often as a mailing gets older.
extension Engine {
    /// How long before the last search a mailing can have been sent and not have shown, in seconds
    /// (mailchimp.md §11b, step 6).
    private static let searchOverlap: Int64 = 3 * 86_400
    /// How long the reports of an account are left that may not be read, in seconds.
    private static let pauseWhenForbidden: Int64 = 6 * 3_600

    /// One pass over the reports of an account: searches for what was sent, looks at the mailings that are due, and
    /// weighs
    /// what their rows say about consent.
    ///
    /// Everything is stored page by page, so that a pass which ends half-way is gone on with.
    ///
    /// - Returns: when to call it again, in milliseconds.
    /// - Throws: `PortError`, but for an account that may not read its reports: that is noted, and shown by the report.
    @discardableResult
    package func readReports(of account: AccountID) async throws -> Int64 {
        guard let reports = providers[account]?.mailingReports else { return 3_600_000 }
        let isReady = try await store.database.read { connection in
            // Who is opted out already is known by then, and nothing of it has to be read one by one.
            try Cursors.position(of: CursorName.baseline, account: account, on: connection) != nil
                && Links.of(account, in: connection).contains { $0.list != nil }
        }
        guard isReady else { return 60_000 }
        // One pass at a time: a full round asks for one, too.
        let lock = try await store.lock("reports-\(account)")
        defer { withExtendedLifetime(lock) {} }
        do {
            try await Lane.$current.withValue(.verification) {
                try await search(account, reports)
                try await look(account, reports)
            }
        } catch let error as PortError where error.code == .forbidden || error.code == .refused {
            let next = clock.now.advanced(bySeconds: Self.pauseWhenForbidden)
            logger.warning("reports cannot be read", metadata: ["account": "\(account)", "error": "\(error)"])
            try await store.database.write { connection in
                try ReportAccounts.failed(account, problem: error.description, next: next, in: connection)
            }
            return 60_000
        }
        // Those of a pass that ended in between.
        for mailing in try await store.database.read({ try MailingPeople.mailingsWaiting(account: account, in: $0) }) {
            try await weigh(mailing, reporting: reports.reporting)
        }
        return try await pauseBeforeReports(of: account)
    }

    /// Reads everything that the mailings which are still looked at report, from its beginning; for `sync --full`.
    ///
    /// What cannot be read now stays due, and the report says why: nothing that a round is about depends on it. A day's
    /// quota that is spent is no error at all (design §7).
    func readAllReports(of account: AccountID) async throws {
        let now = clock.now
        try await store.database.write { connection in
            try MailingReadings.forget(account: account, in: connection)
            try ReportAccounts.makeDue(account, at: now, in: connection)
            try Mailings.makeDue(account: account, at: now, in: connection)
        }
        do { try await readReports(of: account) } catch let error as PortError {
            logger.warning("reports are left for later", metadata: ["account": "\(account)", "error": "\(error)"])
            let next = clock.now.advanced(bySeconds: 60)
            try await store.database.write { connection in
                try ReportAccounts.failed(account, problem: error.description, next: next, in: connection)
            }
        }
    }

    /// Makes the reports of accounts due at once: something was sent there, or stopped.
    func makeReportsDue(of accounts: Set<AccountID>) async throws {
        if accounts.isEmpty { return }
        let now = clock.now
        try await store.database.write { connection in
            for account in accounts.sorted() {
                try ReportAccounts.makeDue(account, at: now, in: connection)
                try Mailings.makeDue(account: account, at: now, in: connection)
            }
        }
    }

    private func pauseBeforeReports(of account: AccountID) async throws -> Int64 {
        let next = try await store.database.read { connection in
            let search = try ReportAccounts.find(account, in: connection)?.nextSearchAt
            return [search, try Mailings.nextLook(of: account, in: connection)].compactMap { $0 }.min()
        }
        guard let next else { return 60_000 }
        return min(60_000, max(1_000, next.milliseconds - clock.now.milliseconds))
    }

    // MARK: Searching

    /// Asks what the account has sent since it was last asked, and what of it went to which lists.
    private func search(_ account: AccountID, _ reports: any MailingReports) async throws {
        let begun = clock.now
        let known = try await store.database.read { try ReportAccounts.find(account, in: $0) }
        if let known, known.nextSearchAt > begun { return }
        let reach = begun.advanced(bySeconds: -ReportSchedule.reach)
        let since = max(reach, known?.searchedAt?.advanced(bySeconds: -Self.searchOverlap) ?? reach)
        var cursor: String?
        repeat {
            let page = try await reports.sentMailings(since: since, cursor: cursor)
            for sent in page.sent { try await take(sent, of: account, reports, at: begun) }
            cursor = page.next
        } while cursor != nil
        let next = begun.advanced(bySeconds: ReportSchedule.searchPause)
        try await store.database.write { connection in
            try ReportAccounts.searched(account, at: begun, next: next, in: connection)
        }
    }

    private func take(
        _ sent: SentMailing,
        of account: AccountID,
        _ reports: any MailingReports,
        at now: Timestamp
    ) async throws {
        var mailings = sent.mailings ?? []
        if sent.mailings == nil {
            let isKnown = try await store.database.read {
                try Mailings.isKnown(sent.sending, sentAt: sent.sentAt, account: account, in: $0)
            }
            if isKnown { return }
            mailings = try await reports.mailings(of: sent.sending) ?? []
        }
        let found = mailings
        // What is being sent now says later where it went.
        let isTold = !found.isEmpty || (sent.sentAt ?? now).advanced(bySeconds: 86_400) <= now
        try await store.database.write { connection in
            for mailing in found {
                try Mailings.save(
                    mailing.id,
                    name: mailing.name,
                    sentAt: mailing.sentAt,
                    lists: mailing.lists,
                    account: account,
                    at: now,
                    in: connection
                )
            }
            if isTold { try Mailings.know(sent.sending, sentAt: sent.sentAt, account: account, in: connection) }
        }
    }

    // MARK: Looking

    /// Looks at the mailings that are due: their totals, the people behind those that grew, and what these mean.
    private func look(_ account: AccountID, _ reports: any MailingReports) async throws {
        let now = clock.now
        let due = try await store.database.write { connection in
            // A link may have come to a list that was sent to before.
            try Mailings.join(account: account, in: connection)
            return try Mailings.due(of: account, at: now, in: connection)
        }
        for batch in due.chunks(of: reports.reporting.totalsBatch) {
            let batch = Array(batch)
            let begun = clock.now
            let figures = try await reports.figures(of: batch.map(\.mailing))
            try await store.database.write { connection in
                for mailing in batch {
                    switch figures[mailing.mailing] ?? .uncounted {
                    case .counted(let totals): try Mailings.count(totals, of: mailing.id, at: begun, in: connection)
                    case .uncounted: break
                    case .gone: try Mailings.gone(mailing.id, at: begun, in: connection)
                    }
                }
            }
            for mailing in batch {
                switch figures[mailing.mailing] ?? .uncounted {
                case .counted(let totals): try await look(at: mailing, totals, reports, begun: begun)
                case .uncounted: try await look(at: mailing, mailing.totals ?? MailingTotals(), reports, begun: begun)
                case .gone: continue
                }
            }
        }
        if !due.isEmpty {
            logger.info("reports read", metadata: ["account": "\(account)", "mailings": "\(due.count)"])
        }
    }

    private func look(
        at mailing: StoredMailing,
        _ totals: MailingTotals,
        _ reports: any MailingReports,
        begun: Timestamp
    ) async throws {
        var next = ReportSchedule.nextLook(sentAt: mailing.sentAt ?? mailing.firstSeenAt, lookedAt: begun)
        do {
            for report in PeopleReport.allCases {
                try await readPeople(report, of: mailing, totals, reports)
            }
            try await weigh(mailing, reporting: reports.reporting)
        } catch let error as PortError where !error.stopsRound && error.code != .forbidden {
            // One mailing that cannot be read says nothing about the next one.
            logger.warning(
                "a mailing's report cannot be read",
                metadata: ["account": "\(mailing.account)", "mailing": "\(mailing.mailing)", "error": "\(error)"]
            )
            next = begun.advanced(bySeconds: ReportSchedule.searchPause)
        }
        let planned = next
        try await store.database.write { connection in
            try Mailings.looked(mailing.id, from: begun, next: planned, in: connection)
        }
    }

    // MARK: Weighing

    /// How many rows are weighed in one transaction.
    private static let weighingRound = 100

    /// Weighs the rows of a mailing that concern consent; contacts are read back where nothing is known of the act.
    private func weigh(_ mailing: StoredMailing, reporting: ReportingCapabilities) async throws {
        let recorder = recorder(through: ReportRowReading.through)
        var last: MailingPeople.Row?
        while true {
            let after = last
            let rows = try await store.database.read {
                try MailingPeople.waiting(of: mailing.id, after: after, limit: Self.weighingRound, in: $0)
            }
            guard let final = rows.last else { return }
            let unread = try await store.database.write { connection in
                try rows.filter { row in
                    try recorder.weigh(row, of: mailing, contact: .unread, reporting: reporting, in: connection)
                }
            }
            for row in unread {
                let contact = try await readBack(row.address, of: mailing.account)
                try await store.database.write { connection in
                    _ = try recorder.weigh(row, of: mailing, contact: contact, reporting: reporting, in: connection)
                }
            }
            bells.ringAll()
            last = final
        }
    }

    /// Reads the contact of an address as it is now, and records it.
    private func readBack(_ address: Address, of account: AccountID) async throws -> ReportRowReading.Contact {
        guard let provider = providers[account] else { return .gone }
        do {
            return try await Lane.$current.withValue(.optOuts) {
                var found: ProviderContact?
                try await walk(.having(address), of: account, provider: provider, through: ReportRowReading.through) {
                    found = $0.first { $0.address == address } ?? found
                }
                return found.map { .read($0) } ?? .gone
            }
        } catch let error as PortError where error.code == .refused || error.code == .notFound {
            // Nobody can be asked for such an address any more.
            return .gone
        }
    }
}
