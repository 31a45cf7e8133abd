import Bridge
import Reconciliation

extension WorkbooksClient {
    package func members(_ ids: [MemberID]) async throws -> [CampaignMember] {
        var found: [CampaignMember] = []
        for batch in Set(ids.map(\.rawValue)).sorted().chunks(of: capabilities.readBatch) {
            let rows: [MemberRow] = try await allRows(
                of: .members,
                columns: MemberRow.columns,
                filter: .all([.ids(batch), .deletedOrNot]),
                operation: "read members",
                id: \.member.id.rawValue
            )
            found += rows.map(\.member)
        }
        return found
    }

    package func members(of campaign: CampaignID, after: MemberID?) async throws -> MemberPage {
        let query = ListQuery.keyset(
            .members,
            columns: MemberRow.columns,
            filter: .test("marketing_campaign_id", .equal, String(campaign.rawValue)),
            after: after?.rawValue ?? 0
        )
        let page = try await rows(query, as: MemberRow.self, operation: "read a campaign's members")
        return MemberPage(members: page.map(\.member), isLast: page.count < query.limit)
    }
}
