import Logging
import Reconciliation
import Store

/// What a round of pushing did.
package struct PushOutcome: Sendable, Hashable {
    /// Addresses that were decided.
    package var decided = 0
    /// Writes that went out.
    package var sent = 0

    /// Whether there was anything to do.
    package var isEmpty: Bool { decided == 0 }
}

extension Engine {
    /// Decides the dirty addresses of a provider account and sends what differs.
    ///
    /// Removing a dirty row and marking its write in flight are one transaction, in which consent is checked once more:
    /// an opt-out that was recorded since the decision has marked the row again, and the write is not sent.
    ///
    /// - Parameter addresses: only these; nil for all that are marked.
    package func pushProvider(
        _ account: AccountID,
        lanes: ClosedRange<Int>,
        only addresses: Set<Address>? = nil
    ) async throws -> PushOutcome {
        guard let provider = providers[account] else { return PushOutcome() }
        let now = clock.now
        try await carryOutHolds(of: account, provider: provider)
        let limit = lanes.upperBound >= Lane.bulkLoads.rawValue ? settings.bulkRound : settings.urgentRound
        let rows = try await store.database.read { connection -> [Dirty.Row] in
            // Until a first link is confirmed nothing is written to either side (design §8).
            guard try FirstLink.wasConfirmed(in: connection) else { return [] }
            return try addresses.map {
                try Dirty.due($0, account: account, lanes: lanes, at: now, limit: limit, in: connection)
            } ?? Dirty.next(account: account, lanes: lanes, at: now, limit: limit, in: connection)
        }
        if rows.isEmpty { return PushOutcome() }
        let (pause, carried) = try await store.database.read { connection in
            (
                try pauseOfAdditions(in: connection),
                try Intents.inFlight(among: rows.map(\.address), account: account, in: connection)
            )
        }
        try await requirePinned(account)
        var (current, plans) = try await plansOfWatched(rows, account: account)
        (current, plans) = try await withoutHalfReadRuns(current, plans, account: account)
        if try await judge(current, plans, account: account) {
            plans = try await self.plans(for: current.map(\.address), accounts: [account])
        }
        var round = ProviderRound(
            account: account,
            mayAdd: pause == nil,
            isCut: rows.count == limit,
            settings: settings
        )
        for (row, plan) in zip(current, plans) { round.add(row, plan) }
        try await settleQuietRows(round, of: account, carried: carried, pause: pause ?? 60, at: now)
        let sent = try await send(round, provider: provider)
        try await settleClocks(among: current.map(\.address))
        return PushOutcome(decided: current.count, sent: sent)
    }

    /// Puts rows off whose removals are to be judged once the reading that marked them has ended: the breaker judges
    /// whole runs, and what is being read may add to this one.
    private func withoutHalfReadRuns(
        _ rows: [Dirty.Row],
        _ plans: [AddressPlan],
        account: AccountID
    ) async throws -> (rows: [Dirty.Row], plans: [AddressPlan]) {
        let isWhole = zip(rows, plans).map { $1.judged.isEmpty || !gate.mayAdd(toRunOf: $0.since) }
        let later = zip(rows, isWhole).filter { !$1 }.map(\.0)
        if later.isEmpty { return (rows, plans) }
        let until = clock.now.advanced(bySeconds: 1)
        try await store.database.write { connection in
            for row in later {
                try Dirty.postponeIfUnchanged(row, account: account, until: until, in: connection)
            }
        }
        return (zip(rows, isWhole).filter(\.1).map(\.0), zip(plans, isWhole).filter(\.1).map(\.0))
    }

    /// The plans of the rows.
    ///
    /// Before anybody is brought to a list, every record with the address has been looked for: one that nobody has read
    /// yet may carry the flag.
    private func plansOfWatched(
        _ rows: [Dirty.Row],
        account: AccountID
    ) async throws -> (rows: [Dirty.Row], plans: [AddressPlan]) {
        let plans = try await plans(for: rows.map(\.address), accounts: [account])
        let brought = zip(rows, plans).filter { $1.bringsSomebody }.map(\.0.address)
        let unwatched = try await store.database.read { try Watched.missing(among: brought, in: $0) }
        if unwatched.isEmpty { return (rows, plans) }
        let lane = rows.first.flatMap { Lane(rawValue: $0.lane) } ?? .bulkLoads
        try await Lane.$current.withValue(lane) { try await watch(unwatched, lane: lane) }
        // The search may have marked the rows again; they are decided on what is there now.
        let current = try await store.database.read {
            try Dirty.current(rows.map(\.address), account: account, in: $0)
        }
        return (current, try await self.plans(for: current.map(\.address), accounts: [account]))
    }

    /// Rows with nothing to send: removed, or put off while a bulk change that carries them is under way.
    ///
    /// - Parameters:
    ///   - carried: the addresses that a bulk change carried before they were decided.
    ///   - pause: how long a row that waits is put off, in seconds.
    private func settleQuietRows(
        _ round: ProviderRound,
        of account: AccountID,
        carried: Set<Address>,
        pause: Int64,
        at now: Timestamp
    ) async throws {
        let quiet = round.quiet
        let parked = round.parked
        for chunk in quiet.chunks(of: 2_000) {
            let batch = Array(chunk)
            try await store.database.write { connection in
                // What is under way was decided earlier: once it has ended, the address is decided again.
                let inFlight = try Intents.inFlight(among: batch.map(\.row.address), account: account, in: connection)
                // Also what was handed over and has ended while the round was decided.
                let released = carried.union(
                    try Intents.carried(
                        among: batch.map(\.row.address),
                        endedAfter: now,
                        account: account,
                        in: connection
                    )
                )
                for (row, waits) in batch {
                    // What carried it has ended since it was decided, and let it go: put off now, it would be late.
                    if waits, released.contains(row.address), !inFlight.contains(row.address) { continue }
                    if waits || inFlight.contains(row.address) {
                        // An unsubscribe that was refused is tried again after each pause: it is never parked.
                        if row.attempts > 0 { try Parked.forgetRefusals(of: row.address, in: connection) }
                        try Dirty.postponeIfUnchanged(
                            row,
                            account: account,
                            until: now.advanced(bySeconds: pause),
                            in: connection
                        )
                    } else {
                        try Dirty.removeIfUnchanged(row, account: account, in: connection)
                    }
                }
            }
        }
        for chunk in parked.chunks(of: 2_000) {
            let batch = Array(chunk)
            try await store.database.write { connection in
                for (address, rows) in batch {
                    try Parked.replace(
                        rows.map { ($0.subject.text, $0.reason.code, $0.reason.text) },
                        address: address.text,
                        account: account,
                        at: now,
                        in: connection
                    )
                }
            }
        }
        let recorder = recorder(through: "decision")
        for chunk in round.held.chunks(of: 2_000) {
            let batch = Array(chunk)
            try await store.database.write { try recorder.settleHolds(batch, account: account, in: $0) }
        }
    }

    private func send(_ round: ProviderRound, provider: any EmailProvider) async throws -> Int {
        var sent = 0
        var failure: (any Error)?
        // The person who opted out comes first, and nothing that fails here keeps the rest waiting.
        for (lists, rows) in round.optOutRemovals.groups {
            do {
                sent += try await inLane(of: rows, from: .optOuts) {
                    try await remove(rows, from: lists, round: round, provider: provider)
                }
            } catch { failure = error }
        }
        for row in round.unsubscribes {
            do {
                sent += try await inLane(of: [row], from: .optOuts) {
                    try await unsubscribe(row, round: round, provider: provider)
                }
            } catch {
                if let error = error as? PortError, error.stopsRound { throw error }
                failure = error
            }
        }
        for (lists, rows) in round.removals.groups {
            sent += try await inLane(of: rows, from: .removals) {
                try await remove(rows, from: lists, round: round, provider: provider)
            }
        }
        for row in round.resubscribes {
            sent += try await inLane(of: [row], from: .singleChanges) {
                try await resubscribe(row, round: round, provider: provider)
            }
        }
        for row in round.addressChanges {
            sent += try await inLane(of: [row], from: .singleChanges) {
                try await changeAddress(row, round: round, provider: provider)
            }
        }
        for (lists, rows) in round.upserts.groups {
            sent += try await inLane(of: rows, from: .singleChanges) {
                try await upsert(rows, onto: lists, round: round, provider: provider)
            }
        }
        if let failure { throw failure }
        return sent
    }

    /// Sends in the lane of the most urgent of the rows, but in none that is kept for more urgent work than this.
    private func inLane<Content: Sendable>(
        of rows: [ProviderRound.DecidedRow<Content>],
        from first: Lane,
        _ body: () async throws -> Int
    ) async throws -> Int {
        let lane = rows.compactMap { Lane(rawValue: $0.dirty.lane) }.min() ?? .bulkLoads
        return try await Lane.$current.withValue(max(first, lane), operation: body)
    }
}

extension AddressPlan {
    /// Whether the plan brings mail at a provider to somebody who does not get it now.
    fileprivate var bringsSomebody: Bool {
        operations.contains { operation in
            switch operation {
            case .upsert, .resubscribe, .changeAddress: operation.loosens
            case .flag, .mark, .leavingStatus, .previousStatus, .remove, .unsubscribe: false
            }
        }
    }
}

extension ParkedRow.Subject {
    /// The stored spelling.
    var text: String {
        switch self {
        case .member(let id): IntentSubject.member(id)
        case .record(let id): IntentSubject.record(id)
        case .contact(let account): "contact at \(account)"
        }
    }
}

extension PortError {
    /// Whether the failure says that nothing was done.
    var hadNoEffect: Bool {
        switch code {
        case .needsAuthorisation, .forbidden, .notFound, .conflict, .refused, .throttled, .quotaSpent, .queueFull,
            .unavailable, .otherAccount:
            true
        case .unknownOutcome, .unreadableAnswer: false
        }
    }

    /// Whether the failure is about the account rather than about one row, so that going on is of no use now.
    package var stopsRound: Bool {
        switch code {
        case .needsAuthorisation, .forbidden, .throttled, .quotaSpent, .queueFull, .unavailable, .otherAccount: true
        case .notFound, .conflict, .refused, .unknownOutcome, .unreadableAnswer: false
        }
    }
}
