import Sandbox
import Testing

/// mailchimp.md §13 items 44 to 46: what became of a mailing.
struct MailchimpReportTests {
    private static let list = MailchimpPeer.audience
    private static let people = (0..<20).map { "m\($0)@example.org" }

    /// A mailing to the members of a tag.
    private func withMailing(
        options: @Sendable (inout MailchimpOptions) -> Void = { _ in },
        shares: String = "",
        _ body: @Sendable (MailchimpPeer, _ campaign: String, _ tag: Int) async throws -> Void
    ) async throws {
        try await MailchimpPeer.run(options: options) { peer async throws in
            let rows = Self.people.map { #"{"email":"\#($0)","merge_fields":{"FNAME":"N"}}"# }.joined(separator: ",")
            try await peer.control("create-members", "{\"members\":[\(rows)]}")
            try await peer.control("create-members", #"{"members":[{"email":"other@example.org"}]}"#)
            let tag = try await peer.makeTag("WB:7 Fair", Self.people)
            let sent = try await peer.control(
                "send-campaign",
                #"{"subject":"Spring fair","title":"Fair","segment_id":\#(tag)\#(shares)}"#
            )
            #expect(sent["recipients"] == 20)
            try await body(peer, try #require(sent["campaign_id"]?.stringValue), tag)
        }
    }

    private func rows(_ peer: MailchimpPeer, _ path: String, _ key: String) async throws -> [SandboxJSON] {
        try await peer.get("\(path)?count=1000").json?[key]?.arrayValue ?? []
    }

    @Test func namesTheTagThatAMailingWentTo() async throws {
        try await withMailing { peer, campaign, tag async throws in
            let answer = try await peer.get("/campaigns/\(campaign)")
            #expect(answer.json?["recipients"]?["list_id"] == "a1b2c3d4e5")
            #expect(answer.json?["recipients"]?["segment_opts"]?["saved_segment_id"] == .int(tag))
            #expect(answer.json?["status"] == "sent")
            #expect(answer.json?["emails_sent"] == 20)
            try await peer.control("send-campaign", #"{"subject":"Draft","draft":true}"#)
            #expect(try await peer.get("/campaigns?status=sent").json?["total_items"] == 1)
            #expect(try await peer.get("/campaigns?status=save&list_id=a1b2c3d4e5").json?["total_items"] == 1)
            let since = "since_send_time=2026-01-05T09:00:01%2B00:00"
            #expect(try await peer.get("/reports?\(since)").json?["total_items"] == 0)
            #expect(try await peer.get("/reports?type=regular").json?["total_items"] == 1)
        }
    }

    @Test func sendsToSubscribersOnly() async throws {
        try await MailchimpPeer.run { peer async throws in
            for name in ["s", "u"] { try await peer.add("\(name)@example.org") }
            _ = try await peer.setStatus("u@example.org", "unsubscribed")
            try await peer.add("p@example.org", status: "pending")
            try await peer.add("t@example.org", status: "transactional")
            let sent = try await peer.control("send-campaign", #"{"subject":"S"}"#)
            #expect(sent["recipients"] == 1)
        }
    }

    @Test func notesAFooterClick() async throws {
        try await withMailing { peer, campaign, _ async throws in
            try await peer.control(
                "unsubscribe",
                #"{"email":"m1@example.org","campaign_id":"\#(campaign)","reason":"Too many"}"#
            )
            let rows = try await rows(peer, "/reports/\(campaign)/unsubscribed", "unsubscribes")
            #expect(rows.map { $0["email_address"] } == ["m1@example.org"])
            #expect(rows.first?["reason"] == "Too many")
            #expect(rows.first?["timestamp"] == "2026-01-05T09:00:00+00:00")
            #expect(rows.first?["email_id"]?.stringValue == MailchimpPeer.hash("m1@example.org"))
            let recipients = try await self.rows(peer, "/reports/\(campaign)/sent-to", "sent_to")
            #expect(recipients.allSatisfy { $0["status"] == "sent" })
            let activity = try await peer.get(
                "\(Self.list)/members/\(MailchimpPeer.hash("m1@example.org"))/activity?action=unsub"
            )
            #expect(activity.json?["activity"]?.arrayValue?.map { $0["campaign_id"] } == [.string(campaign)])
            let feed = try await peer.get("\(Self.list)/members/\(MailchimpPeer.hash("m1@example.org"))/activity-feed")
            #expect(feed.json?["activity"]?.arrayValue?.map { $0["activity_type"] }.contains("unsub") == true)
            #expect(try await peer.truth("m1@example.org")?["departure"] == "user")
        }
    }

    @Test func cleansAfterAHardBounceAndAfterSoftOnesAsToldTo() async throws {
        try await withMailing(options: { $0.softBouncesToClean = 2 }) { peer, campaign, _ async throws in
            let soft = #"{"email":"m1@example.org","campaign_id":"\#(campaign)","kind":"soft"}"#
            try await peer.control("bounce", #"{"email":"m0@example.org","campaign_id":"\#(campaign)","kind":"hard"}"#)
            try await peer.control("bounce", soft)
            #expect(try await peer.status("m0@example.org") == "cleaned")
            #expect(try await peer.status("m1@example.org") == "subscribed")
            let recipients = try await rows(peer, "/reports/\(campaign)/sent-to", "sent_to")
            #expect(recipients.prefix(3).map { $0["status"] } == ["hard", "soft", "sent"])
            try await peer.control("bounce", soft)
            #expect(try await peer.status("m1@example.org") == "cleaned")
            let activity = try await rows(peer, "/reports/\(campaign)/email-activity", "emails")
            #expect(activity.count == 20)
            #expect(activity.first?["activity"]?.arrayValue?.first?["type"] == "hard")
            // Of several bounces the first one is shown.
            #expect(activity[1]["activity"]?.arrayValue?.count == 1)
        }
    }

    @Test func totalsEqualTheRowsBehindThem() async throws {
        let shares =
            #","machine_opens":0.5,"opens":0.4,"clicks":0.25,"hard":0.1,"soft":0.05,"unsubscribes":0.1,"complaints":0.05"#
        try await withMailing(shares: shares) { peer, campaign, _ async throws in
            try await peer.control("open", #"{"email":"m5@example.org","campaign_id":"\#(campaign)","times":3}"#)
            let report = try #require(try await peer.get("/reports/\(campaign)").json)
            let recipients = try await rows(peer, "/reports/\(campaign)/sent-to", "sent_to")
            func count(_ status: String) -> Int { recipients.count { $0["status"]?.stringValue == status } }
            #expect(report["emails_sent"]?.intValue == recipients.count)
            #expect(report["bounces"]?["hard_bounces"]?.intValue == count("hard"))
            #expect(report["bounces"]?["soft_bounces"]?.intValue == count("soft"))
            #expect(count("hard") == 2)
            #expect(count("soft") == 1)
            let opens = try await peer.get(
                "/reports/\(campaign)/open-details?count=1000&sort_field=opens_count&sort_dir=DESC"
            )
            let openers = opens.json?["members"]?.arrayValue ?? []
            #expect(report["opens"]?["unique_opens"]?.intValue == openers.count)
            #expect(report["opens"]?["opens_total"] == opens.json?["total_opens"])
            #expect(
                report["opens"]?["opens_total"]?.intValue
                    == openers.reduce(0) { $0 + ($1["opens"]?.arrayValue?.count ?? 0) }
            )
            #expect(
                report["opens"]?["opens_total"]?.intValue
                    == recipients.reduce(0) { $0 + ($1["open_count"]?.intValue ?? 0) }
            )
            let unsubscribes = try await rows(peer, "/reports/\(campaign)/unsubscribed", "unsubscribes")
            #expect(report["unsubscribed"]?.intValue == unsubscribes.count)
            #expect(unsubscribes.count == 2)
            let complaints = try await peer.get("/reports/\(campaign)/abuse-reports")
            #expect(report["abuse_reports"] == complaints.json?["total_items"])
            #expect(report["abuse_reports"] == 1)
            let links = try await rows(peer, "/reports/\(campaign)/click-details", "urls_clicked")
            #expect(
                report["clicks"]?["clicks_total"]?.intValue
                    == links.reduce(0) { $0 + ($1["total_clicks"]?.intValue ?? 0) }
            )
            let link = try #require(links.first?["id"]?.stringValue)
            let clickers = try await rows(peer, "/reports/\(campaign)/click-details/\(link)/members", "members")
            #expect(report["clicks"]?["unique_subscriber_clicks"]?.intValue == clickers.count)
            #expect(
                try await peer.get("\(Self.list)/activity").json?["activity"]?.arrayValue?.first?["emails_sent"] == 20
            )
        }
    }

    @Test func showsOpensSinceATimeAndLagsBehindWhenToldTo() async throws {
        try await withMailing(options: { $0.reportLagSeconds = 600 }) { peer, campaign, _ async throws in
            let path = "/reports/\(campaign)/open-details"
            try await peer.control("open", #"{"email":"m1@example.org","campaign_id":"\#(campaign)","machine":true}"#)
            #expect(try await peer.get(path).json?["total_items"] == 0)
            peer.clock.advance(by: 1_200)
            try await peer.control("open", #"{"email":"m2@example.org","campaign_id":"\#(campaign)"}"#)
            #expect(try await peer.get(path).json?["total_items"] == 1)
            peer.clock.advance(by: 1_200)
            let since = try await peer.get("\(path)?since=2026-01-05T09:10:00%2B00:00")
            #expect(since.members == ["m2@example.org"])
            #expect(since.json?["members"]?.arrayValue?.first?["contact_status"] == "subscribed")
        }
    }

    @Test func keepsTheRowsOfPeopleWhoAreGoneAndNoneOfADeletedMailing() async throws {
        try await withMailing { peer, campaign, _ async throws in
            let member = "\(Self.list)/members/\(MailchimpPeer.hash("m0@example.org"))"
            _ = try await peer.api("POST", member + "/actions/delete-permanent")
            #expect(try await peer.get("/reports/\(campaign)").json?["emails_sent"] == 20)
            let recipients = try await rows(peer, "/reports/\(campaign)/sent-to", "sent_to")
            #expect(recipients.first?["email_address"] == "m0@example.org")
            #expect(recipients.first?["merge_fields"] == [:])
            #expect(recipients.last?["merge_fields"]?["FNAME"] == "N")
            try await peer.control("delete-campaign", #"{"campaign_id":"\#(campaign)"}"#)
            for path in ["/campaigns/\(campaign)", "/reports/\(campaign)", "/reports/\(campaign)/sent-to"] {
                #expect(try await peer.get(path).status == 404)
            }
        }
    }
}
