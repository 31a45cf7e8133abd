import Reconciliation

/// The mirror of campaign memberships, with what Causeway did to their status.
package enum MemberMirrors {
    /// A stored membership.
    package struct Row: Sendable, Hashable {
        package var member: CampaignMember
        package var ownStatus: OwnStatus?
        package var lastCause: StatusCause?

        package init(member: CampaignMember, ownStatus: OwnStatus? = nil, lastCause: StatusCause? = nil) {
            self.member = member
            self.ownStatus = ownStatus
            self.lastCause = lastCause
        }
    }

    /// The rows of the given memberships.
    package static func load(_ ids: [MemberID], in connection: any SQLConnection) throws -> [MemberID: Row] {
        var found: [MemberID: Row] = [:]
        for chunk in ids.chunks(of: 500) {
            let numbers = chunk.map(\.rawValue)
            try connection.forEach("SELECT \(raw: columns) FROM crm_member WHERE id IN \(list: numbers)") {
                let row = try row($0)
                found[row.member.id] = row
            }
        }
        return found
    }

    /// The memberships of records, deleted ones excluded.
    package static func ofRecords(
        _ records: [RecordID],
        in connection: any SQLConnection
    ) throws -> [Row] {
        var found: [Row] = []
        for kind in RecordKind.allCases {
            let numbers = records.filter { $0.kind == kind }.map(\.id)
            for chunk in numbers.chunks(of: 500) {
                found += try connection.rows(
                    """
                    SELECT \(raw: columns) FROM crm_member
                    WHERE kind = \(kind.rawValue) AND record IN \(list: chunk) AND is_deleted = 0
                    ORDER BY id
                    """,
                    row
                )
            }
        }
        return found
    }

    /// The ids of a campaign's members, in order; deleted ones excluded.
    package static func ids(of campaign: CampaignID, in connection: any SQLConnection) throws -> [MemberID] {
        try connection.rows(
            "SELECT id FROM crm_member WHERE campaign = \(campaign.rawValue) AND is_deleted = 0 ORDER BY id"
        ) { MemberID($0.int(0)) }
    }

    /// Those of the campaigns of which members are mirrored.
    package static func known(
        among campaigns: Set<CampaignID>,
        in connection: any SQLConnection
    ) throws -> Set<CampaignID> {
        try campaigns.filter { campaign in
            try connection.value("SELECT 1 FROM crm_member WHERE campaign = \(campaign.rawValue) LIMIT 1") != nil
        }
    }

    /// Stores a membership, and keeps what it was.
    package static func save(_ row: Row, at moment: Timestamp, in connection: any SQLConnection) throws {
        let member = row.member
        try MemberHistory.keep(before: member, at: moment, in: connection)
        try connection.execute(
            """
            INSERT INTO crm_member (id, campaign, kind, record, status_id, lock_version, updated_at, updated_by,
                is_deleted, own_status, last_cause, known_since)
            VALUES (\(member.id.rawValue), \(member.campaign.rawValue), \(member.record?.kind.rawValue),
                \(member.record?.id), \(member.statusID), \(member.lockVersion), \(member.updatedAt.milliseconds),
                \(member.updatedBy), \(member.isDeleted), \(try row.ownStatus.map { try StoredJSON.text($0) }),
                \(try row.lastCause.map { try StoredJSON.text($0) }), \(moment))
            ON CONFLICT (id) DO UPDATE SET
                campaign = excluded.campaign, kind = excluded.kind, record = excluded.record,
                status_id = excluded.status_id, lock_version = excluded.lock_version,
                updated_at = excluded.updated_at, updated_by = excluded.updated_by,
                is_deleted = excluded.is_deleted, own_status = excluded.own_status, last_cause = excluded.last_cause
            """
        )
    }

    private static let columns =
        "id, campaign, kind, record, status_id, lock_version, updated_at, updated_by, is_deleted, own_status, last_cause"

    private static func row(_ row: SQLRow) throws -> Row {
        var record: RecordID?
        if let kind = row.optionalText(2).flatMap(RecordKind.init(rawValue:)), let id = row.optionalInt(3) {
            record = RecordID(kind, id)
        }
        return Row(
            member: CampaignMember(
                id: MemberID(row.int(0)),
                campaign: CampaignID(row.int(1)),
                record: record,
                statusID: row.int(4),
                lockVersion: row.int(5),
                updatedAt: Timestamp(milliseconds: row.int(6)),
                updatedBy: row.optionalInt(7),
                isDeleted: row.bool(8)
            ),
            ownStatus: try row.optionalText(9).map { try StoredJSON.value(OwnStatus.self, from: $0) },
            lastCause: try row.optionalText(10).map { try StoredJSON.value(StatusCause.self, from: $0) }
        )
    }
}
