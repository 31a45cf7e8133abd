import Foundation
import Reconciliation
import Store

extension Engine {
    /// The dry run as a plan that can be applied later; nothing is written.
    package func freeze(campaign: CampaignID?) async throws -> FrozenPlan {
        let addresses = try await store.database.read { connection in
            try FirstLink.wasConfirmed(in: connection) ? try DryRun.addresses(of: campaign, in: connection) : []
        }
        let now = clock.now
        var rows: [FrozenPlan.Row] = []
        for chunk in addresses.chunks(of: 2_000) {
            let batch = Array(chunk)
            rows += try await store.database.read { connection in
                try frozenRows(of: batch, at: now, in: connection).filter { !$0.steps.isEmpty }
            }
        }
        return try FrozenPlan(
            madeAt: Date(timeIntervalSince1970: Double(now.milliseconds) / 1000).formatted(.iso8601),
            campaign: campaign,
            rows: rows,
            sealer: store.sealer
        )
    }

    /// The rows of addresses as they are now, also those with nothing to do.
    private func frozenRows(
        of addresses: [Address],
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> [FrozenPlan.Row] {
        let (context, names) = try dryRunContext(in: connection)
        let run = DryRun(crmAccount: crmAccount, listNames: names)
        return try AddressViews.load(addresses, context: context, in: connection).map { view in
            let planned = try run.rows(for: view, plan: AddressDecision.plan(for: view, at: now), in: connection)
            return FrozenPlan.Row(
                address: view.address.text,
                steps: planned.map(FrozenPlan.Step.init),
                base: try PlanBase.of(view, crmAccount: crmAccount, in: connection)
            )
        }
    }

    /// Those of a plan's rows that have moved since it was made.
    package func moved(_ rows: [FrozenPlan.Row]) async throws -> [AppliedPlan.Moved] {
        let now = clock.now
        var moved: [AppliedPlan.Moved] = []
        for chunk in rows.chunks(of: 2_000) {
            let batch = Array(chunk)
            moved += try await store.database.read { try self.moved(batch, at: now, in: $0) }
        }
        return moved
    }

    private func moved(
        _ rows: [FrozenPlan.Row],
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> [AppliedPlan.Moved] {
        let present = try frozenRows(of: rows.map { Address(compared: $0.address) }, at: now, in: connection)
        return zip(rows, present).compactMap { old, new in
            var what = PlanBase.moved(from: old.base, to: new.base)
            if what.isEmpty, old.steps != new.steps { what.append("what is to be done: it follows from the time, too") }
            return what.isEmpty ? nil : AppliedPlan.Moved(address: old.address, what: what)
        }
    }

    /// Applies a plan: exactly its rows, if nothing that any of them was computed from has moved.
    ///
    /// The rows are marked and go through the same pushing as everything else: consent is checked at the instant of
    /// sending, whatever the plan says.
    ///
    /// - Parameters:
    ///   - isAlone: whether this process does the work; otherwise the one that holds the engine does, and is waited for.
    ///   - progress: told after each step.
    package func apply(
        _ plan: FrozenPlan,
        isAlone: Bool,
        progress: @Sendable (SyncProgress) -> Void = { _ in }
    ) async throws -> AppliedPlan {
        var applied = AppliedPlan()
        let rows = plan.rows.filter { $0.steps.contains(where: \.isWritten) }
        applied.moved = try await moved(rows)
        if !applied.moved.isEmpty { return applied }
        applied.overtaken = try await markUnmoved(rows)
        let left = Set(applied.overtaken.map(\.address))
        let addresses = rows.map(\.address).filter { !left.contains($0) }.map { Address(compared: $0) }
        if isAlone { try await ensureLists(for: rows) }
        try await carryOut(addresses, isAlone: isAlone, progress: progress)
        let parked = try await store.database.read { Set(try Parked.all(in: $0).map(\.address)) }
        let waiting = try await store.database.read { try unfinished(addresses, in: $0) }
        applied.done = addresses.map(\.text).filter { !waiting.contains($0) }
        applied.unfinished = waiting.sorted()
        applied.parked = plan.rows.map(\.address).filter { parked.contains($0) }
        return applied
    }

    /// Marks the rows, each only if it has not moved, in the transaction that looks.
    private func markUnmoved(_ rows: [FrozenPlan.Row]) async throws -> [AppliedPlan.Moved] {
        let now = clock.now
        var overtaken: [AppliedPlan.Moved] = []
        for chunk in rows.chunks(of: 500) {
            let batch = Array(chunk)
            overtaken += try await store.database.write { connection in
                let moved = try self.moved(batch, at: now, in: connection)
                let skipped = Set(moved.map(\.address))
                for row in batch where !skipped.contains(row.address) {
                    for account in Set(row.steps.filter(\.isWritten).map(\.account)) {
                        try Dirty.mark(
                            Address(compared: row.address),
                            account: AccountID(account),
                            lane: Lane.singleChanges.rawValue,
                            reason: "plan",
                            at: now,
                            in: connection
                        )
                    }
                }
                return moved
            }
        }
        return overtaken
    }

    /// Makes the lists that the plan says are to be made.
    private func ensureLists(for rows: [FrozenPlan.Row]) async throws {
        var accounts: Set<AccountID> = []
        for row in rows {
            for step in row.steps where step.isWritten && !step.lists.isEmpty {
                accounts.insert(AccountID(step.account))
            }
        }
        for account in accounts.sorted() {
            guard let provider = providers[account] else { continue }
            let links = try await store.database.read { try Links.of(account, in: $0) }
            let named = Set(rows.flatMap(\.steps).filter { $0.account == account.rawValue }.flatMap(\.lists))
            for link in links where link.list == nil && named.contains(link.listName) {
                _ = try await ensureLists(of: link, provider: provider)
            }
        }
    }

    /// Pushes these addresses alone, until nothing can be sent for them and nothing is under way.
    private func carryOut(
        _ addresses: [Address],
        isAlone: Bool,
        progress: @Sendable (SyncProgress) -> Void
    ) async throws {
        if addresses.isEmpty { return }
        let wanted = Set(addresses)
        var pause = ActivityPause()
        let deadline = clock.now.advanced(bySeconds: 3600)
        while clock.now < deadline {
            var moved = 0
            if isAlone {
                moved += try await pushCRM(only: wanted).sent
                for account in providerAccounts {
                    moved += try await pushProvider(account, lanes: 1...5, only: wanted).sent
                    try await watchActivities(of: account)
                }
            }
            let left = try await store.database.read { try unfinished(addresses, in: $0, within: 5).count }
            progress(SyncProgress(waiting: left, underWay: 0))
            if moved > 0 { continue }
            if left == 0 { return }
            try await clock.sleep(milliseconds: pause.milliseconds(underWay: left))
        }
    }

    /// Those of the addresses that are marked, or in flight.
    ///
    /// - Parameter seconds: only marks whose time comes within so many seconds; nil for all.
    private func unfinished(
        _ addresses: [Address],
        in connection: any SQLConnection,
        within seconds: Int64? = nil
    ) throws -> Set<String> {
        var found: Set<String> = []
        let until = seconds.map { clock.now.advanced(bySeconds: $0).milliseconds } ?? Int64.max
        for account in [crmAccount] + providerAccounts {
            found.formUnion(try Intents.inFlight(among: addresses, account: account, in: connection).map(\.text))
            for chunk in addresses.chunks(of: 500) {
                let texts = chunk.map(\.text)
                try connection.forEach(
                    """
                    SELECT address FROM dirty
                    WHERE account = \(account.rawValue) AND address IN \(list: texts) AND not_before <= \(until)
                    """
                ) { found.insert($0.text(0)) }
            }
        }
        return found
    }
}
