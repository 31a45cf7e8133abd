import Reconciliation

/// A campaign membership as a list call shows it.
struct MemberRow: Decodable {
    var member: CampaignMember

    /// The columns that a membership is made of.
    static let columns = [
        "id", "lock_version", "updated_at", "updated_by", "is_deleted", "marketing_campaign_id",
        "campaign_membership_status_id", "party_or_lead_id", "party_or_lead_type",
    ]

    init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: ColumnKey.self)
        member = CampaignMember(
            id: MemberID(try row.required("id", row.integer("id"))),
            campaign: CampaignID(try row.required("marketing_campaign_id", row.integer("marketing_campaign_id"))),
            record: try Self.record(row),
            statusID: try row.integer("campaign_membership_status_id") ?? 0,
            lockVersion: try row.required("lock_version", row.integer("lock_version")),
            updatedAt: try row.required("updated_at", row.moment("updated_at")),
            updatedBy: try row.integer("updated_by"),
            isDeleted: try row.required("is_deleted", row.flag("is_deleted"))
        )
    }

    private static func record(_ row: KeyedDecodingContainer<ColumnKey>) throws -> RecordID? {
        let type = try row.text("party_or_lead_type")
        guard let id = try row.integer("party_or_lead_id") else { return nil }
        switch type {
        case Resource.people.className: return RecordID(.person, id)
        case Resource.leads.className: return RecordID(.lead, id)
        default: return nil
        }
    }
}
