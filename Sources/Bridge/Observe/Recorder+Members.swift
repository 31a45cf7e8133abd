import Reconciliation
import Store

extension Recorder {
    /// Records memberships as they were read; those of campaigns that are not linked are left out.
    ///
    /// - Returns: the records of new members that the mirror does not have.
    func record(
        _ members: [CampaignMember],
        linked: Set<CampaignID>,
        in connection: any SQLConnection
    ) throws -> [RecordID] {
        let relevant = members.filter { linked.contains($0.campaign) }
        let before = try MemberMirrors.load(relevant.map(\.id), in: connection)
        var missing: [RecordID] = []
        let records = try RecordMirrors.load(relevant.compactMap(\.record), in: connection)
        let ledgered = try onLedger(Set(records.values.compactMap(\.record.mainAddress)), in: connection)
        for member in relevant {
            let old = before[member.id]
            if let old, old.member.lockVersion > member.lockVersion, !member.isDeleted { continue }
            if old?.member == member { continue }
            try observe(member, before: old, record: member.record.flatMap { records[$0] }, ledgered: ledgered, in: connection)
            if let record = member.record, records[record] == nil, !member.isDeleted { missing.append(record) }
        }
        return missing
    }

    /// Records that members are no longer there.
    func recordGone(_ ids: [MemberID], in connection: any SQLConnection) throws {
        for (_, row) in try MemberMirrors.load(ids, in: connection) where !row.member.isDeleted {
            var member = row.member
            member.isDeleted = true
            let record = try member.record.flatMap { try RecordMirrors.load([$0], in: connection)[$0] }
            let ledgered = try onLedger(record?.record.addresses ?? [], in: connection)
            try observe(member, before: row, record: record, ledgered: ledgered, in: connection)
        }
    }

    private func observe(
        _ member: CampaignMember,
        before: MemberMirrors.Row?,
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
            if let write = try openStatusWrite(member.id, in: connection), write.statusID == member.statusID {
                row.ownStatus = write.ownStatus
                row.lastCause = write.cause ?? row.lastCause
                try Echoes.count(account: crmAccount, in: connection)
            } else {
                row.ownStatus = nil
                if let address { try Departures.end(campaign: member.campaign, address: address, in: connection) }
            }
        } else if isNew, before != nil, let address {
            try Departures.end(campaign: member.campaign, address: address, in: connection)
        }
        try MemberMirrors.save(row, in: connection)
        if let address {
            let mayLeave = before != nil && (member.isDeleted || before?.member.statusID != member.statusID)
            if before != nil { try Parked.forgetRefusals(of: address, in: connection) }
            try mark(
                address, lane: mayLeave ? min(lane, .removals) : lane, reason: "member",
                isOnLedger: before?.lastCause != nil || ledgered.contains(address), in: connection)
        }
    }

    private func openStatusWrite(_ id: MemberID, in connection: any SQLConnection) throws -> StatusWrite? {
        guard
            let row = try Intents.open(
                kind: IntentKind.memberStatus.rawValue, subject: "member \(id)", in: connection
            ).first
        else { return nil }
        return try IntentPayload.decode(StatusWrite.self, from: row.payload)
    }
}
