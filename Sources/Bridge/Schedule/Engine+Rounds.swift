import Logging
import Reconciliation
import Store

extension Engine {
    /// Whether an account's poll interval has passed; notes that it is polled now.
    package func isPollDue(_ timer: inout PollTimer, of account: AccountID) async throws -> Bool {
        let now = clock.now
        let stored = try await store.database.read { try Accounts.find(account, on: $0) }
        let interval = stored?.pollIntervalMilliseconds ?? 60_000
        let asked = try await store.database.read {
            try Settings.text(SettingName.syncRequest, on: $0).flatMap(Int64.init) ?? 0
        }
        if let last = timer.last, last.milliseconds + interval > now.milliseconds, asked < last.milliseconds {
            return false
        }
        timer.last = now
        return true
    }

    /// Runs the links of an account that are due, the one that has waited longest first, and pushes after each.
    ///
    /// - Returns: how many ran.
    @discardableResult
    package func runDueLinks(of account: AccountID) async throws -> Int {
        let now = clock.now
        // Until a first link is confirmed nothing is written to either side (design §8).
        let due = try await store.database.read { try Links.due(of: account, at: now, in: $0) }
        if due.isEmpty { return 0 }
        let isFull = try await store.database.read { try Settings.text(SettingName.fullSync(account), on: $0) != nil }
        let readBack = ReadBack()
        if isFull {
            try await readUnanswered(isFull: true)
            try await readUnsubscribed(of: account, isDue: true, readBack: readBack)
        }
        for link in due {
            do {
                try await run(link.id, isFull: isFull, readBack: isFull ? readBack : nil)
                while try await pushProvider(account, lanes: 4...5).sent > 0 {}
            } catch let problem as LinkProblem {
                try await note(problem, of: link)
            } catch let error as PortError where !error.stopsRound {
                // One answer that could not be read says nothing about the next one.
                try await note(error.description, of: link, retryAfter: 5)
            }
        }
        if isFull {
            do {
                try await verify(account, links: due.map(\.id), readBack: readBack) { try await awaitQuiet(account) }
            } catch {
                // Somebody waits for it: the links are due again as soon as the account can be read.
                let moment = clock.now
                try await store.database.write { connection in
                    for link in due { try Links.makeDue(campaign: link.campaign, at: moment, in: connection) }
                }
                throw error
            }
            try await readAllReports(of: account)
            try await store.database.write { try Settings.set(SettingName.fullSync(account), to: nil, on: $0) }
        }
        return due.count
    }

    /// Notes why a link did not run, and holds it where somebody can decide.
    func note(_ problem: LinkProblem, of link: Link) async throws {
        try await note(problem.text, of: link)
        guard let cause = problem.cause else { return }
        let recorder = recorder(through: "link run")
        try await store.database.write { try recorder.hold(link, cause, detail: problem.detail, in: $0) }
    }

    /// Notes why a link did not run.
    ///
    /// - Parameter retryAfter: when it is tried again, in seconds; nil where somebody has to act first.
    private func note(_ problem: String, of link: Link, retryAfter: Int64? = nil) async throws {
        let dueAt = clock.now.advanced(bySeconds: retryAfter ?? max(60, link.intervalMilliseconds / 1000))
        logger.warning(
            "link does not run",
            metadata: ["campaign": "\(link.campaign)", "problem": "\(problem)"]
        )
        try await store.database.write {
            try Links.failed(link.id, problem: problem, dueAt: dueAt, in: $0)
        }
    }

    /// Notes a failed pass on its account and says how long to wait.
    func failurePause(after error: any Error, failures: Int, account: AccountID?, worker: String) async -> Int64 {
        logger.warning("pass failed", metadata: ["worker": "\(worker)", "error": "\(error)"])
        let backOff = min(60_000, Int64(250) << min(8, failures))
        let jittered = backOff / 2 + Int64.random(in: 0...(backOff / 2))
        guard let account, let error = error as? PortError else { return jittered }
        do {
            switch error.code {
            case .needsAuthorisation, .otherAccount:
                try await setState(.needsAuthorisation, error.description, of: account)
                return 30_000
            case .quotaSpent(let until):
                return min(300_000, max(1_000, until.milliseconds - clock.now.milliseconds))
            case .forbidden, .notFound, .conflict, .refused, .unavailable, .unknownOutcome, .unreadableAnswer:
                try await setState(.failing, error.description, of: account)
                return jittered
            case .throttled, .queueFull:
                return jittered
            }
        } catch {
            logger.error("the account's state cannot be stored", metadata: ["error": "\(error)"])
            return jittered
        }
    }

    private func setState(_ state: AccountState, _ reason: String, of account: AccountID) async throws {
        try await store.database.write {
            try Accounts.setState(state, reason: reason, of: account, on: $0)
        }
    }

    /// One whole round, waited for: both sides read, flags written, lists pushed, bulk changes ended (design §8, `sync`).
    ///
    /// - Parameters:
    ///   - campaign: the only campaign whose links run; nil for all.
    ///   - isFull: whether to verify what is not due.
    ///   - progress: told after each step.
    package func syncRound(
        campaign: CampaignID?,
        isFull: Bool,
        progress: @Sendable (SyncProgress) -> Void = { _ in }
    ) async throws {
        try await recover()
        if isFull {
            for account in [crmAccount] + providerAccounts { try await checkIdentity(of: account, isDue: true) }
        }
        try await readCRM(isFull: isFull)
        let readBacks = Dictionary(uniqueKeysWithValues: providerAccounts.map { ($0, isFull ? ReadBack() : nil) })
        for account in providerAccounts {
            try await readOptOuts(of: account)
            if isFull { try await readUnsubscribed(of: account, isDue: true, readBack: readBacks[account] ?? nil) }
        }
        while try await pushCRM().sent > 0 {}
        for account in providerAccounts {
            let links = try await store.database.read { try Links.of(account, in: $0) }
            for link in links where campaign == nil || link.campaign == campaign {
                do {
                    try await run(link.id, isFull: isFull, readBack: readBacks[account] ?? nil)
                } catch let problem as LinkProblem {
                    try await note(problem, of: link)
                } catch let error as PortError where !error.stopsRound {
                    try await note(error.description, of: link)
                }
            }
        }
        if isFull {
            for account in providerAccounts { try await readAllReports(of: account) }
        }
        try await settle(progress: progress)
        try await prove(campaign: campaign, readBacks: readBacks.compactMapValues { $0 }, progress: progress)
        try await settleClocks()
        try await pollingStops()
    }

    /// Makes the digests of the links after a round: with a verification pass where it was a full one.
    private func prove(
        campaign: CampaignID?,
        readBacks: [AccountID: ReadBack],
        progress: @Sendable (SyncProgress) -> Void
    ) async throws {
        for (account, readBack) in readBacks.sorted(by: { $0.key < $1.key }) {
            let links = try await store.database.read { try Links.of(account, in: $0) }
            let wanted = links.filter { campaign == nil || $0.campaign == campaign }.map(\.id)
            try await verify(account, links: wanted, readBack: readBack) { try await settle(progress: progress) }
        }
        // Another account's verification may have moved a link: what is kept speaks of one time, the end.
        try await refreshDigests(campaign: campaign, readBacks.isEmpty ? .all : .outOfDate)
    }

    /// Pushes and waits until nothing is left to send and nothing is under way.
    package func settle(progress: @Sendable (SyncProgress) -> Void = { _ in }) async throws {
        // Until a first link is confirmed nothing is written, so nothing would ever come to an end.
        guard try await store.database.read({ try FirstLink.wasConfirmed(in: $0) }) else { return }
        var pause = ActivityPause()
        while true {
            try await readAwaited()
            var moved = try await pushCRM().sent
            var underWay = 0
            for account in providerAccounts {
                moved += try await pushProvider(account, lanes: 1...5).sent
                underWay += try await watchActivities(of: account)
            }
            let left = try await remaining()
            progress(SyncProgress(waiting: left, underWay: underWay))
            if moved > 0 { continue }
            if underWay == 0 && left == 0 { return }
            try await clock.sleep(milliseconds: pause.milliseconds(underWay: max(1, underWay)))
        }
    }

    /// How many addresses can be decided now, or in a moment: what just failed is tried again after a short pause.
    private func remaining() async throws -> Int {
        let now = clock.now.advanced(bySeconds: 5)
        let accounts = [crmAccount] + providerAccounts
        return try await store.database.read { connection in
            // What may not be written yet waits for the first link, and nobody waits for it.
            guard try FirstLink.wasConfirmed(in: connection) else { return 0 }
            var count: Int64 = 0
            for account in accounts {
                count +=
                    try connection.value(
                        """
                        SELECT count(*) FROM dirty
                        WHERE account = \(account.rawValue) AND not_before <= \(now.milliseconds)
                        """
                    ) ?? 0
            }
            return Int(count)
        }
    }
}

/// How far a round is.
package struct SyncProgress: Sendable, Hashable {
    /// Addresses that wait to be decided.
    package var waiting: Int
    /// Bulk changes under way.
    package var underWay: Int

    package init(waiting: Int, underWay: Int) {
        self.waiting = waiting
        self.underWay = underWay
    }
}
