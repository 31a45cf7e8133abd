import Reconciliation
import Store

extension Recorder {
    /// Records memberships as they were read; those of campaigns that nobody ever linked or looked at are left out.
    ///
    /// What was scanned once is kept up to date, so that a link loses nothing between its preview and its confirmation.
    ///
    /// - Parameter isConfirmed: whether the rows were read by id just now. One with an older lock version than the
    ///   mirror's that was not is left alone and answered, to be read by id: pages can be older than an answer, and a
    ///   CRM that was restored has older versions for good.
    /// - Returns: the records of new members that the mirror does not have, and the members that have to be read by id.
    func record(
        _ members: [CampaignMember],
        linked: Set<CampaignID>,
        isConfirmed: Bool,
        in connection: any SQLConnection
    ) throws -> (missing: [RecordID], again: [MemberID]) {
        let known = try MemberMirrors.known(among: Set(members.map(\.campaign)).subtracting(linked), in: connection)
        let relevant = members.filter { linked.contains($0.campaign) || known.contains($0.campaign) }
        let before = try MemberMirrors.load(relevant.map(\.id), in: connection)
        var missing: [RecordID] = []
        var again: [MemberID] = []
        let records = try RecordMirrors.load(relevant.compactMap(\.record), in: connection)
        let ledgered = try onLedger(Set(records.values.compactMap(\.record.mainAddress)), in: connection)
        let awaited = try awaited(
            subjects: relevant.map { IntentSubject.member($0.id) },
            account: crmAccount,
            in: connection
        )
        for member in relevant {
            let old = before[member.id]
            if let old, old.member.lockVersion > member.lockVersion, !member.isDeleted, !isConfirmed {
                again.append(member.id)
                continue
            }
            // Also for a member that is mirrored already: the process may have ended before its record was read.
            if let record = member.record, records[record] == nil, !member.isDeleted { missing.append(record) }
            let record = member.record.flatMap { records[$0] }
            let echo = try awaited[IntentSubject.member(member.id)].flatMap {
                try absorb($0, shownBy: member, in: connection)
            }
            if old?.member == member {
                if echo != nil, let address = record?.record.mainAddress {
                    try markEverywhere(address, lane: lane, reason: "echo", in: connection)
                }
                continue
            }
            try observe(
                member,
                before: old,
                ownWrite: echo,
                record: record,
                ledgered: ledgered,
                in: connection
            )
        }
        return (missing, again)
    }

    /// Records that members are no longer there.
    func recordGone(_ ids: [MemberID], in connection: any SQLConnection) throws {
        for (_, row) in try MemberMirrors.load(ids, in: connection) where !row.member.isDeleted {
            var member = row.member
            member.isDeleted = true
            let record = try member.record.flatMap { try RecordMirrors.load([$0], in: connection)[$0] }
            let ledgered = try onLedger(record?.record.addresses ?? [], in: connection)
            try observe(member, before: row, ownWrite: nil, record: record, ledgered: ledgered, in: connection)
        }
    }

    private func observe(
        _ member: CampaignMember,
        before: MemberMirrors.Row?,
        ownWrite: StatusWrite?,
        record: RecordMirror?,
        ledgered: Set<Address>,
        in connection: any SQLConnection
    ) throws {
        var row = MemberMirrors.Row(member: member, ownStatus: before?.ownStatus, lastCause: before?.lastCause)
        let address = record?.record.mainAddress
        let isNew = before == nil || before?.member.isDeleted == true
        if isNew {
            row.ownStatus = nil
            row.lastCause = nil
        }
        if let before, before.member.statusID != member.statusID {
            if let ownWrite {
                row.ownStatus = ownWrite.ownStatus
                row.lastCause = ownWrite.cause ?? row.lastCause
            } else {
                row.ownStatus = nil
                if let address { try Departures.end(campaign: member.campaign, address: address, in: connection) }
            }
        } else if isNew, let address {
            try Departures.end(campaign: member.campaign, address: address, in: connection)
        }
        try MemberMirrors.save(row, at: now, in: connection)
        if let former = before?.member.record, former != member.record {
            try markAddress(of: former, lane: min(lane, .removals), in: connection)
        }
        if let address {
            let mayLeave = before != nil && (member.isDeleted || before?.member.statusID != member.statusID)
            if before != nil { try Parked.forgetRefusals(of: address, in: connection) }
            // Who left a list gets the status on every member, and on one that is theirs only now, too.
            let isTakenOver =
                try before != nil && before?.member.record != member.record
                && Departures.areKnown(of: address, in: connection)
            try mark(
                address,
                lane: mayLeave ? min(lane, .removals) : lane,
                reason: "member",
                isOnLedger: isTakenOver || before?.lastCause != nil || ledgered.contains(address),
                in: connection
            )
        }
    }

    /// A member that stands for another record now: the one that it stood for may have to leave.
    private func markAddress(of record: RecordID, lane: Lane, in connection: any SQLConnection) throws {
        guard let address = try RecordMirrors.load([record], in: connection)[record]?.record.mainAddress else { return }
        try markEverywhere(address, lane: lane, reason: "member", in: connection)
    }
}
