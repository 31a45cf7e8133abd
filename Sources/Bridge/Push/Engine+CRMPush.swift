import Logging
import Reconciliation
import Store

extension Engine {
    /// Decides the dirty addresses of the CRM and writes what differs: flags first, then marks and statuses.
    ///
    /// - Parameter addresses: only these; nil for all that are marked.
    package func pushCRM(
        lanes: ClosedRange<Int> = 1...5,
        only addresses: Set<Address>? = nil
    ) async throws -> PushOutcome {
        let account = crmAccount
        let now = clock.now
        try await readBackUnknownWrites()
        let limit = settings.urgentRound
        let rows = try await store.database.read { connection -> [Dirty.Row] in
            // Until a first link is confirmed nothing is written to either side (design §8).
            guard try FirstLink.wasConfirmed(in: connection) else { return [] }
            return try addresses.map {
                try Dirty.due($0, account: account, lanes: lanes, at: now, limit: limit, in: connection)
            } ?? Dirty.next(account: account, lanes: lanes, at: now, limit: limit, in: connection)
        }
        if rows.isEmpty { return PushOutcome() }
        try await requirePinned(account)
        let lane = rows.first.flatMap { Lane(rawValue: $0.lane) } ?? .singleChanges
        return try await Lane.$current.withValue(lane) {
            try await watch(rows.map(\.address), lane: .singleChanges)
            let outcome = try await decideAndWrite(rows, at: now)
            try await settleClocks(among: rows.map(\.address))
            return outcome
        }
    }

    private func decideAndWrite(_ rows: [Dirty.Row], at now: Timestamp) async throws -> PushOutcome {
        let account = crmAccount
        let accounts = providerAccounts
        // The search may have marked the rows again; they are decided on what is there now.
        let (current, plans) = try await store.database.read { connection in
            let current = try Dirty.current(rows.map(\.address), account: account, in: connection)
            let context = try context(accounts: accounts, in: connection)
            let plans = try AddressViews.load(current.map(\.address), context: context, in: connection).map {
                decisions.plan($0, now)
            }
            return (current, plans)
        }
        var outcome = PushOutcome(decided: current.count)
        var writes: [DecidedCRMWrite] = []
        var quiet: [Dirty.Row] = []
        var parked: [(Address, [ParkedRow])] = []
        var held: [DecidedHolds] = []
        for (row, plan) in zip(current, plans) {
            let operations = plan.operations.filter { $0.isForCRM }
            if operations.isEmpty { quiet.append(row) }
            writes += operations.map { DecidedCRMWrite(row: row, operation: $0) }
            parked.append((row.address, plan.parked.filter { !$0.subject.isAboutProvider }))
            held.append(
                DecidedHolds(
                    address: row.address,
                    held: plan.held.filter { !$0.subject.isAboutProvider },
                    isSettled: operations.isEmpty && !plan.waits,
                    waits: plan.waits
                )
            )
        }
        let (quietRows, parkedRows, heldRows) = (quiet, parked, held)
        let recorder = recorder(through: "decision")
        try await store.database.write { connection in
            for row in quietRows { try Dirty.removeIfUnchanged(row, account: account, in: connection) }
            for (address, rows) in parkedRows {
                try Parked.replace(
                    rows.map { ($0.subject.text, $0.reason.code, $0.reason.text) },
                    address: address.text,
                    account: account,
                    at: now,
                    in: connection
                )
            }
            try recorder.settleHolds(heldRows, account: account, in: connection)
        }
        // One write for each record and round: a second one on the same lock version would be stale.
        var taken: Set<String> = []
        var batches: [String: [DecidedCRMWrite]] = [:]
        for write in writes where taken.insert(write.operation.crmSubject).inserted {
            batches[write.operation.crmBatch, default: []].append(write)
        }
        for name in batches.keys.sorted() {
            for chunk in (batches[name] ?? []).chunks(of: crm.capabilities.writeBatch) {
                outcome.sent += try await write(Array(chunk))
            }
        }
        return outcome
    }
}
