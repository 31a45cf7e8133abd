import Reconciliation
import Store

/// A membership that stands for the address.
struct WhyMembership: Sendable, Encodable {
    var member: Int64
    var campaign: Int64
    var reference: String?
    var name: String?
    var type: String
    var record: Int64
    var status: String?
    var statusID: Int64
    /// Whether the status keeps the member off the list.
    var leaving: Bool
    /// The accounts that the campaign is linked to.
    var accounts: [String]

    /// Memberships with what their campaigns are, named as they are now.
    static func all(_ members: [CampaignMember], in connection: any SQLConnection) throws -> [WhyMembership] {
        let leaving = try AddressViews.leavingStatuses(in: connection)
        let links = try Links.all(in: connection)
        let campaigns = try Campaigns.all(in: connection)
        return try members.compactMap { member in
            guard let record = member.record else { return nil }
            let campaign = campaigns.first { $0.id == member.campaign }
            let status = try Campaigns.statuses(of: member.campaign, in: connection).first { $0.id == member.statusID }
            return WhyMembership(
                member: member.id.rawValue,
                campaign: member.campaign.rawValue,
                reference: campaign?.reference,
                name: campaign?.name,
                type: record.kind.rawValue,
                record: record.id,
                status: status?.text,
                statusID: member.statusID,
                leaving: leaving.contains(member.statusID),
                accounts: links.filter { $0.campaign == member.campaign }.map(\.account.rawValue)
            )
        }
    }

    private enum CodingKeys: String, CodingKey {
        case member, campaign, reference, name, type, record, status, leaving, accounts
        case statusID = "statusId"
    }
}
