import Logging
import Reconciliation
import Store

/// One reading of an account's source from its beginning to its end, with the gaps that it is to close.
struct CoverageReading: Sendable {
    /// When it began: everything up to here is read once it has ended.
    var startedAt: Timestamp
    /// The gaps that were open then; one that is opened later is not closed by it.
    var gaps: [CoverageGap]

    /// Those of the gaps that this reading reads back: a route that is not listened to yet, or whose deliveries were
    /// refused after the reading began, is for a later one, and what was read back once is not read again.
    var readBack: [CoverageGap] {
        gaps.filter { gap in
            switch gap.kind {
            case .poll: true
            case .webhook: gap.readBackAt == nil && gap.endedAt.map { $0 <= startedAt } ?? false
            }
        }
    }

    /// The gaps that were read back earlier, and wait for their senders to come again.
    var waiting: [CoverageGap] { gaps.filter { $0.readBackAt != nil } }

    /// The beginning of the earliest gap that the source can be read back over; nil where there is none.
    var earliest: Timestamp? { readBack.filter { !$0.needsWalk }.map(\.beganAt).min() }

    /// Whether a gap is open that only a walk of everybody closes.
    var needsWalk: Bool { readBack.contains(where: \.needsWalk) }

    /// Whether readings were missed before this one.
    var missedPolls: Bool { gaps.contains { $0.kind == .poll } }

    /// Whether the reading is the first one after the database was restored.
    var isRestored: Bool { gaps.contains { $0.kind == .poll && $0.cause == .restored } }
}

extension Engine {
    /// A process begins to read: what no process has read since the last reading is a gap from here on.
    ///
    /// It comes before anything is pushed, so that nobody is added before the gap has been read back.
    package func pollingStarts() async throws {
        let now = clock.now
        let accounts = [crmAccount] + providerAccounts
        try await store.database.write { connection in
            try takeRestore(at: now, in: connection)
            try Settings.set(SettingName.polling, to: "yes", on: connection)
            for account in accounts {
                guard let source = try Coverage.source(.poll, of: account, in: connection) else { continue }
                // Within one interval no reading was missed.
                let interval = try pollInterval(of: account, in: connection)
                if now.milliseconds - source.tickAt.milliseconds > interval {
                    let cause: CoverageGap.Cause = source.isRunning ? .killed : .stopped
                    try open(cause, since: source, in: connection)
                }
                try Coverage.setRunning(true, .poll, of: account, in: connection)
            }
        }
    }

    /// A process stops reading, in good order.
    package func pollingStops() async throws {
        let accounts = [crmAccount] + providerAccounts
        try await store.database.write { connection in
            try Settings.set(SettingName.polling, to: nil, on: connection)
            for account in accounts { try Coverage.setRunning(false, .poll, of: account, in: connection) }
        }
    }

    /// Opens the gap that a source's silence has become, before it is read back.
    func readingBegins(of account: AccountID) async throws -> CoverageReading {
        let now = clock.now
        let history = providers[account]?.capabilities.optOutHistorySeconds
        return try await store.database.write { connection in
            try takeRestore(at: now, in: connection)
            if let source = try Coverage.source(.poll, of: account, in: connection) {
                let interval = try pollInterval(of: account, in: connection)
                // Three missed readings, as an account is called stale; after a stop in good order the first one.
                let patience = source.isRunning ? max(3 * interval, 10_000) : interval
                let known = try Coverage.openGaps(of: account, in: connection)
                let isKnown = known.contains { $0.kind == .poll && $0.beganAt <= source.tickAt }
                if !isKnown, now.milliseconds - source.tickAt.milliseconds > patience {
                    try open(source.isRunning ? .missed : .stopped, since: source, in: connection)
                }
            }
            try Coverage.makeBaseline(
                .poll,
                of: account,
                beganBefore: now.advanced(bySeconds: -settings.secondsBeforeBaseline),
                in: connection
            )
            if let history {
                try Coverage.demandWalk(
                    of: account,
                    beganBefore: now.advanced(bySeconds: Self.overlapSeconds - Int64(history)),
                    in: connection
                )
            }
            return CoverageReading(startedAt: now, gaps: try Coverage.openGaps(of: account, in: connection))
        }
    }

    /// Takes over that a source was read in whole, and closes what that closes.
    ///
    /// - Parameters:
    ///   - words: what the reading was, for people.
    ///   - isWalk: whether everybody whose opt-out stands was read, however long ago it was said.
    func readingEnds(
        _ reading: CoverageReading,
        of account: AccountID,
        by words: String,
        isWalk: Bool,
        in connection: any SQLConnection
    ) throws {
        // A command that reads once does not go on reading.
        let isPolled = try Settings.text(SettingName.polling, on: connection) != nil
        try Coverage.tick(.poll, of: account, at: reading.startedAt, isRunning: isPolled, in: connection)
        let now = clock.now
        for gap in reading.readBack where isWalk || !gap.needsWalk {
            // A gap that has grown since the reading began is not covered by it.
            guard try !hasGrown(gap, in: connection) else { continue }
            if try awaitsSender(gap, in: connection) {
                try Coverage.readBack(gap.id, at: now, in: connection)
            } else {
                try close(gap, by: words, at: now, in: connection)
            }
        }
        for gap in reading.waiting where try !hasGrown(gap, in: connection) && !awaitsSender(gap, in: connection) {
            try close(gap, by: "\(words), and its senders' time to come again", at: now, in: connection)
        }
    }

    /// Whether what was not taken in a gap of a route may still come.
    ///
    /// Its senders tell what no account holds, and repeat it for a while; it has come once the route was listened to for
    /// as long.
    private func awaitsSender(_ gap: CoverageGap, in connection: any SQLConnection) throws -> Bool {
        guard gap.kind == .webhook, let window = settings.deliveryWindows[gap.account],
            try Coverage.hasSender(gap.account, in: connection)
        else { return false }
        return try Coverage.uptime(since: gap, in: connection).map { $0 < window.milliseconds } ?? true
    }

    private func close(
        _ gap: CoverageGap,
        by words: String,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws {
        guard try Coverage.close(gap.id, by: words, at: now, in: connection) else { return }
        logger.info(
            "gap closed",
            metadata: [
                "account": "\(gap.account)", "source": "\(gap.kind.rawValue)", "cause": "\(gap.cause.rawValue)",
                "by": "\(words)",
            ]
        )
    }

    /// Whether deliveries were refused anew since the reading began.
    private func hasGrown(_ gap: CoverageGap, in connection: any SQLConnection) throws -> Bool {
        guard gap.kind == .webhook else { return false }
        return try Coverage.openGaps(of: gap.account, in: connection).contains {
            $0.id == gap.id && $0.endedAt != gap.endedAt
        }
    }

    /// How far an opt-out poll reaches back beyond what it knows, for what the provider shows late (design §8).
    static var overlapSeconds: Int64 { 15 * 60 }

    private func open(
        _ cause: CoverageGap.Cause,
        since source: CoverageSource,
        in connection: any SQLConnection
    ) throws {
        let gap = CoverageGap(account: source.account, kind: .poll, cause: cause, beganAt: source.tickAt)
        guard try Coverage.open(gap, in: connection) else { return }
        logger.notice("gap opened", metadata: ["account": "\(source.account)", "cause": "\(cause.rawValue)"])
    }

    private func pollInterval(of account: AccountID, in connection: any SQLConnection) throws -> Int64 {
        try Accounts.find(account, on: connection)?.pollIntervalMilliseconds ?? 60_000
    }
}
