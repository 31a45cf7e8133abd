import Reconciliation

/// A membership status of a campaign as a list call shows it.
struct StatusRow: Decodable {
    var status: MembershipStatus
    /// What its creator noted on it; empty for one that was made by hand.
    var reference: String

    static let columns = ["id", "status", "name", "marketing_campaign_id", "created_through_reference"]

    init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: ColumnKey.self)
        let text = try row.text("status") ?? ""
        status = MembershipStatus(
            id: try row.required("id", row.integer("id")),
            campaign: CampaignID(try row.required("marketing_campaign_id", row.integer("marketing_campaign_id"))),
            text: text.isEmpty ? try row.text("name") ?? "" : text
        )
        reference = try row.text("created_through_reference") ?? ""
    }
}
