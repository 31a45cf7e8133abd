import Logging
import Reconciliation
import Store

extension Engine {
    /// Starts the clocks of new opt-outs, and stops those of the opt-outs that are carried out.
    ///
    /// What counts as carried out is what the decision leaves nothing to do for: every record with the address was
    /// looked for and carries the flag; at every account the contact is off the managed lists and unsubscribed, or not
    /// known there.
    ///
    /// - Parameter addresses: only the opt-outs of these; nil for all that are open, the oldest first.
    package func settleClocks(among addresses: [Address]? = nil) async throws {
        let now = clock.now
        let (counts, isBehind) = try await store.database.read { connection in
            let counts = try FirstLink.wasConfirmed(in: connection)
            return (counts, try OptOutClocks.isBehind(counts: counts, in: connection))
        }
        if isBehind {
            try await store.database.write { try OptOutClocks.start(counts: counts, at: now, in: $0) }
        }
        let open = try await store.database.read { try OptOutClocks.open(among: addresses, in: $0) }
        for chunk in open.chunks(of: 500) {
            let batch = Array(chunk)
            let settled = try await store.database.read { connection -> [SettledClock] in
                try self.settled(batch, in: connection)
            }
            if settled.isEmpty { continue }
            try await store.database.write { connection in
                for clock in settled {
                    let event = clock.event
                    if clock.isLifted { try OptOutClocks.lifted(event, at: now, in: connection) }
                    if let hadRecord = clock.flagged {
                        try OptOutClocks.flagged(event, hadRecord: hadRecord, at: now, in: connection)
                    }
                    if clock.isOffLists { try OptOutClocks.offLists(event, at: now, in: connection) }
                }
            }
        }
    }

    /// Warns of opt-outs that come near a term or are past it: once for each and each term.
    ///
    /// - Returns: how many were warned of.
    @discardableResult
    package func warnOfLateOptOuts() async throws -> Int {
        let now = clock.now
        let late = try await store.database.read { connection in
            try OptOutClocks.open(in: connection).compactMap { open -> (open: OptOutClocks.Open, OptOutLateness)? in
                let lateness = open.row.lateness(at: now)
                return lateness.rawValue > open.warned ? (open, lateness) : nil
            }
        }
        if late.isEmpty { return 0 }
        for (open, lateness) in late {
            logger.warning(
                "an opt-out is not carried out",
                metadata: [
                    "address": "\(open.address.masked)", "event": "\(open.row.event)", "lateness": "\(lateness.code)",
                    "flagged": "\(open.row.flaggedAt != nil)", "off-lists": "\(open.row.offListsAt != nil)",
                ]
            )
        }
        let warned = late.map { ($0.open.row.event, Int64($0.1.rawValue)) }
        try await store.database.write { connection in
            for (event, lateness) in warned { try OptOutClocks.warned(event, of: lateness, in: connection) }
        }
        return late.count
    }

    private struct SettledClock: Sendable {
        var event: Int64
        var isLifted = false
        /// Set when it is flagged: whether any record has the address.
        var flagged: Bool?
        var isOffLists = false
    }

    private func settled(
        _ open: [OptOutClocks.Open],
        in connection: any SQLConnection
    ) throws -> [SettledClock] {
        let addresses = Array(Set(open.map(\.address)))
        let context = try context(accounts: providerAccounts, in: connection)
        let unwatched = Set(try Watched.missing(among: addresses, in: connection))
        let isReadThrough = try everyBaselineIsDone(in: connection)
        var views: [Address: AddressView] = [:]
        for view in try AddressViews.load(addresses, context: context, in: connection) { views[view.address] = view }
        return try open.compactMap { clock in
            guard let view = views[clock.address] else { return nil }
            var settled = SettledClock(event: clock.row.event)
            if clock.row.flaggedAt == nil, !unwatched.contains(clock.address), Self.isFlagged(view) {
                settled.flagged = view.records.contains { !$0.mirror.record.isDeleted }
            }
            if clock.row.offListsAt == nil, isReadThrough { settled.isOffLists = isOffLists(view) }
            let isDone =
                (clock.row.flaggedAt != nil || settled.flagged != nil)
                && (clock.row.offListsAt != nil || settled.isOffLists)
            if !isDone {
                settled.isLifted = try !Ledger.standing(of: clock.address, in: connection).stands(clock.source)
            }
            return settled.isLifted || settled.flagged != nil || settled.isOffLists ? settled : nil
        }
    }

    private static func isFlagged(_ view: AddressView) -> Bool {
        view.records.allSatisfy { $0.mirror.record.isDeleted || $0.mirror.record.isOptedOut }
    }

    private func isOffLists(_ view: AddressView) -> Bool {
        let plan = AddressDecision.plan(for: view, at: clock.now)
        return view.accounts.allSatisfy { account in
            if account.isInFlight { return false }
            guard let contact = account.shadow?.contact, !contact.isDeleted else { return true }
            if contact.lists.contains(where: { account.rules.manages($0) }) { return false }
            if contact.permission == .unsubscribed { return true }
            // Somebody who came back by their own act is left subscribed, off the lists (C13): nothing is left to do.
            return !plan.waits && !plan.operations.contains(.unsubscribe(account.account, contact.id))
        }
    }
}
