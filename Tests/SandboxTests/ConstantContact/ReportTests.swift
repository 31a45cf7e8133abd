import Sandbox
import Testing

/// constant-contact.md §9 items 46 and 47.
struct ConstantContactReportTests {
    /// A mail to two members of a list; the first unsubscribes by its link, the second in the product.
    private func withMail(
        _ body: @Sendable (ConstantContactPeer, _ campaign: String, _ activity: String) async throws -> Void
    ) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.importRows(["a@example.org", "b@example.org"], to: [list])
            let mail = try await peer.control("send-email", #"{"name":"News","list_ids":["\#(list)"]}"#).json
            let campaign = try #require(mail?["campaign_id"]?.stringValue)
            let activity = try #require(mail?["campaign_activity_id"]?.stringValue)
            peer.clock.advance(by: 60)
            try await peer.control(
                "unsubscribe",
                #"{"email":"a@example.org","reason":"No","campaign_activity_id":"\#(activity)"}"#
            )
            try await peer.control("unsubscribe", #"{"email":"b@example.org","by":"account"}"#)
            try await body(peer, campaign, activity)
        }
    }

    @Test func listsOnlyTheOptOutsOfThatMail() async throws {
        try await withMail { peer, campaign, activity async throws in
            let report = try await peer.get("/reports/email_reports/\(activity)/tracking/optouts").json
            let rows = report?["tracking_activities"]?.arrayValue
            #expect(rows?.compactMap { $0["email_address"]?.stringValue } == ["a@example.org"])
            #expect(rows?.first?["opt_out_reason"] == "No")
            #expect(report?["_links"] == [:])
            let detail = try await peer.get("/emails/\(campaign)").json
            let primary = detail?["campaign_activities"]?.arrayValue?.first { $0["role"] == "primary_email" }
            #expect(primary?["campaign_activity_id"] == .string(activity))
            let id = try await peer.id("a@example.org")
            let path = "/reports/contact_reports/\(id)/activity_details"
            let details = try await peer.get(path + "?tracking_activities_list=em_optouts").json
            #expect(details?["tracking_activities"]?.arrayValue?.count == 1)
            let bare = try await peer.get(path)
            #expect(bare.status == 400)
        }
    }

    @Test func isEmptyForAMailThatWasNotSent() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let mail = try await peer.control("send-email", #"{"draft":true}"#).json
            let activity = try #require(mail?["campaign_activity_id"]?.stringValue)
            let report = try await peer.get("/reports/email_reports/\(activity)/tracking/optouts")
            #expect(report.status == 200)
            #expect(report.json?["tracking_activities"] == [])
        }
    }

    @Test func letsFiguresTrailBehind() async throws {
        try await withMail { peer, _, _ async throws in
            try await peer.control("options", #"{"reportLagSeconds":600}"#)
            let path = "/reports/summary_reports/email_campaign_summaries"
            func optOuts() async throws -> SandboxJSON? {
                let rows = try await peer.get(path).json?["bulk_email_campaign_summaries"]?.arrayValue
                return rows?.first?["unique_counts"]?["optouts"]
            }
            let early = try await optOuts()
            #expect(early == 0)
            peer.clock.advance(by: 601)
            let late = try await optOuts()
            #expect(late == 1)
        }
    }

    @Test func spoilsTheFiguresByOneMalformedIdButNotByAnUnknownOne() async throws {
        try await withMail { peer, _, activity async throws in
            let unknown = "7d5c1e34-0b7a-4c0e-9a55-3f2d1b6a9e01"
            let mixed = try await peer.get("/reports/stats/email_campaign_activities/\(activity),\(unknown)")
            #expect(mixed.status == 200)
            #expect(mixed.json?["results"]?.arrayValue?.first?["stats"]?["em_optouts"] == 1)
            #expect(mixed.json?["errors"]?.arrayValue?.count == 1)
            let malformed = try await peer.get("/reports/stats/email_campaign_activities/\(activity),nonsense")
            #expect(malformed.status == 404)
        }
    }
}
