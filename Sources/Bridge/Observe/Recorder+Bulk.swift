import Reconciliation
import Store

extension Recorder {
    /// Judges flags that went, of a page that is not recorded yet, together with those that went within the hour before.
    ///
    /// Where they are more than `optIn.bulk`, none of them is an operator's act (C12): what was taken for one is disputed,
    /// too. What its clearing lifted stands again, the flag is left, and it joins the one hold.
    ///
    /// - Parameter cleared: the records of the page whose flags went.
    /// - Returns: whether they are more.
    func disputeBulk(with cleared: Set<RecordID>, in connection: any SQLConnection) throws -> Bool {
        if cleared.isEmpty { return false }
        let hourAgo = now.advanced(bySeconds: -3600)
        let before = try ClearedFlags.since(hourAgo, in: connection)
        guard cleared.union(before.map(\.record)).count > settings.bulkClearedFlags else { return false }
        let taken = Set(before.filter { !$0.isDisputed }.map(\.record)).subtracting(cleared)
        try ClearedFlags.dispute(since: hourAgo, in: connection)
        if !taken.isEmpty { try takeBack(taken.sorted(), since: hourAgo, in: connection) }
        return true
    }

    /// Disputes the clearing of flags that were taken for operators' acts, and has stand again what it lifted.
    private func takeBack(
        _ ids: [RecordID],
        since moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let mirrors = try RecordMirrors.load(ids, in: connection).values.sorted { $0.record.id < $1.record.id }
        // What somebody has decided on a hold stays decided.
        let open = try mirrors.filter { try !isDecided($0, in: connection) }
        let lifts = Dictionary(
            uniqueKeysWithValues: try open.map {
                ($0.record.id, try Ledger.lifts(by: $0.record.id, since: moment, in: connection))
            }
        )
        let disputed = try open.filter { mirror in
            if mirror.record.isDeleted || mirror.record.isOptedOut { return false }
            let isLifted = lifts[mirror.record.id]?.isEmpty == false
            // A later opt-out speaks for itself: it sets the flag again.
            guard let after = mirror.disputedAfter else {
                return try isLifted && latestOptOut(of: mirror, in: connection) == 0
            }
            return try latestOptOut(of: mirror, in: connection) <= after
        }
        let others = try disputesSharing(Set(lifts.values.flatMap { $0.map(\.address) }), but: ids, in: connection)
        for mirror in open {
            try append(
                (lifts[mirror.record.id] ?? []).map { standingAgain(mirror.record.id, $0.address, over: $0.position) },
                evidence: try Evidence.record(mirror.record),
                in: connection
            )
        }
        // Only now: an opt-out that stands again is none that arrived after a dispute began.
        let head = try Ledger.head(in: connection)
        for mirror in disputed { try dispute(mirror, after: head, in: connection) }
        for mirror in others {
            var later = mirror
            later.disputedAfter = head
            try RecordMirrors.save(later, at: now, in: connection)
            try Holds.follow(.dispute(mirror), as: .dispute(later), in: connection)
        }
    }

    /// The opt-out that a record's flag stood for, in the place where its clearing lifted it: there it stands.
    private func standingAgain(_ record: RecordID, _ address: Address, over position: Int64) -> ConsentEvent {
        ConsentEvent(
            address: address,
            kind: .optOut,
            by: .crm,
            source: .record(record),
            position: position,
            receivedAt: now,
            through: "flags that went together",
            rule: .c12
        )
    }

    private func dispute(_ mirror: RecordMirror, after head: Int64, in connection: any SQLConnection) throws {
        // It joins the one hold for all.
        if mirror.disputedAfter != nil { try Holds.forget(.dispute(mirror), at: now, in: connection) }
        var disputed = mirror
        disputed.flagIsOurs = false
        disputed.disputedAfter = head
        disputed.disputeRule = .c12
        try RecordMirrors.save(disputed, at: now, in: connection)
        for address in disputed.record.addresses {
            try markEverywhere(address, lane: .optOuts, reason: ConsentRule.c12.rawValue, in: connection)
        }
    }

    private func isDecided(_ mirror: RecordMirror, in connection: any SQLConnection) throws -> Bool {
        guard mirror.disputedAfter != nil, let row = try Holds.row(of: .dispute(mirror), in: connection) else {
            return false
        }
        return row.state != .open
    }

    /// The disputes of other records that have one of the addresses, as far as no opt-out has ended them.
    private func disputesSharing(
        _ addresses: Set<Address>,
        but ids: [RecordID],
        in connection: any SQLConnection
    ) throws -> [RecordMirror] {
        let sharing = try RecordMirrors.having(addresses.sorted(), in: connection).map(\.mirror)
        return try Set(sharing).filter { mirror in
            guard let after = mirror.disputedAfter, !mirror.record.isOptedOut, !ids.contains(mirror.record.id) else {
                return false
            }
            let latest = try latestOptOut(of: mirror, in: connection)
            return latest > 0 && latest <= after
        }.sorted { $0.record.id < $1.record.id }
    }

    /// The ledger's row of the latest opt-out that stands on an address of a record; zero where none does.
    private func latestOptOut(of mirror: RecordMirror, in connection: any SQLConnection) throws -> Int64 {
        let addresses = try withTwins(mirror.record.addresses, in: connection)
        return try Ledger.latestOptOuts(of: addresses, in: connection).values.max() ?? 0
    }
}
