import Reconciliation

/// What campaign memberships were.
package enum MemberHistory {
    /// Keeps what a membership is before it becomes another, if anything that is told changes.
    static func keep(before next: CampaignMember, at moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO member_history (member, until, campaign, kind, record, status_id, is_deleted)
            SELECT id, \(moment), campaign, kind, record, status_id, is_deleted FROM crm_member
            WHERE id = \(next.id.rawValue) AND (known_since IS NULL OR known_since < \(moment))
                AND (campaign <> \(next.campaign.rawValue) OR kind IS NOT \(next.record?.kind.rawValue)
                    OR record IS NOT \(next.record?.id) OR status_id <> \(next.statusID)
                    OR is_deleted <> \(next.isDeleted))
                AND NOT EXISTS (
                    SELECT 1 FROM member_history h WHERE h.member = crm_member.id AND h.until >= \(moment))
            """
        )
    }

    /// The memberships that records had at a moment, deleted ones excluded; in the order of `MemberMirrors.ofRecords`.
    package static func ofRecords(
        _ records: [RecordID],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [Past<CampaignMember>] {
        var found: [Past<CampaignMember>] = []
        for kind in RecordKind.allCases {
            let numbers = records.filter { $0.kind == kind }.map(\.id)
            let ids = try connection.rows(
                """
                SELECT id FROM crm_member WHERE kind = \(kind.rawValue) AND record IN \(list: numbers)
                UNION SELECT member FROM member_history WHERE kind = \(kind.rawValue) AND record IN \(list: numbers)
                ORDER BY 1
                """
            ) { MemberID($0.int(0)) }
            let past = try load(ids, at: moment, in: connection)
            found += ids.compactMap { past[$0] }.filter { row in
                !row.value.isDeleted && row.value.record.map { $0.kind == kind && numbers.contains($0.id) } ?? false
            }
        }
        return found
    }

    /// The memberships as they were at a moment; one that was not known then is absent.
    package static func load(
        _ ids: [MemberID],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [MemberID: Past<CampaignMember>] {
        let start = try History.start(in: connection)
        var found: [MemberID: Past<CampaignMember>] = [:]
        for (id, row) in try MemberMirrors.load(ids, in: connection) {
            let since = try connection.value("SELECT known_since FROM crm_member WHERE id = \(id.rawValue)")
                .map(Timestamp.init(milliseconds:))
            guard let isFromBefore = History.isFromBefore(knownSince: since, at: moment, start: start) else { continue }
            var member = row.member
            try connection.forEach(
                """
                SELECT campaign, kind, record, status_id, is_deleted FROM member_history
                WHERE member = \(id.rawValue) AND until > \(moment) ORDER BY until LIMIT 1
                """
            ) { row in
                member.campaign = CampaignID(row.int(0))
                let kind = row.optionalText(1).flatMap(RecordKind.init(rawValue:))
                member.record = kind.flatMap { kind in row.optionalInt(2).map { RecordID(kind, $0) } }
                member.statusID = row.int(3)
                member.isDeleted = row.bool(4)
            }
            found[id] = Past(member, isFromBefore: isFromBefore)
        }
        return found
    }
}
