import Sandbox
import Testing

/// mailchimp.md §13 items 25 to 28: up to 500 members in one call.
struct MailchimpBulkTests {
    private static let list = MailchimpPeer.audience

    private func bulk(
        _ peer: MailchimpPeer,
        _ rows: [String],
        options: String = "",
        query: String = ""
    ) async throws -> Answer {
        try await peer.post(Self.list + query, "{\"members\":[\(rows.joined(separator: ","))]\(options)}")
    }

    private func row(_ email: String, _ status: String = "subscribed", _ others: String = "") -> String {
        #"{"email_address":"\#(email)","status":"\#(status)"\#(others)}"#
    }

    @Test func takesFiveHundredAndRefusesOneMore() async throws {
        try await MailchimpPeer.run { peer async throws in
            let rows = (0...500).map { row("m\($0)@example.org") }
            let refused = try await peer.post(
                Self.list,
                "{\"members\":[\(rows.joined(separator: ","))]}",
                isWrong: true
            )
            #expect(refused.status == 400)
            #expect(refused.fields == ["members"])
            let taken = try await bulk(peer, Array(rows.prefix(500)))
            #expect(taken.json?["total_created"] == 500)
            #expect(taken.json?["error_count"] == 0)
        }
    }

    @Test func answers200EvenWhenEveryRowFails() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("known@example.org")
            let answer = try await bulk(
                peer,
                [row("known@example.org"), row("nobody"), #"{"email_address":"x@example.org"}"#]
            )
            #expect(answer.status == 200)
            #expect(answer.json?["total_created"] == 0)
            let errors = try #require(answer.json?["errors"]?.arrayValue)
            #expect(errors.map { $0["error_code"] } == ["ERROR_CONTACT_EXISTS", "ERROR_GENERIC", "ERROR_GENERIC"])
            #expect(errors.last?["field"] == "status")
        }
    }

    @Test func reportsDuplicatesUnlessTheCheckIsSkipped() async throws {
        try await MailchimpPeer.run { peer async throws in
            let rows = [
                row("a@example.org", "subscribed", #","merge_fields":{"FNAME":"First"}"#), row("A@example.org"),
            ]
            let checked = try await bulk(peer, rows)
            #expect(checked.json?["total_created"] == 1)
            #expect(checked.json?["error_count"] == 1)
            let skipped = try await bulk(
                peer,
                [
                    row("b@example.org", "subscribed", #","merge_fields":{"FNAME":"First"}"#),
                    row("B@example.org", "unsubscribed"),
                ],
                query: "?skip_duplicate_check=true"
            )
            #expect(skipped.json?["error_count"] == 0)
            let kept = try await peer.truth("b@example.org")
            #expect(kept?["status"] == "subscribed")
            #expect(kept?["merge_fields"]?["FNAME"] == "First")
        }
    }

    @Test func appliesTheStatusToKnownMembersToo() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let answer = try await bulk(
                peer,
                [row("a@example.org", "unsubscribed")],
                options: #","update_existing":true"#
            )
            #expect(answer.json?["updated_members"]?.arrayValue?.first?["status"] == "unsubscribed")
            // The trap: without a thought about it, `subscribed` brings back whom the API took off.
            let back = try await bulk(peer, [row("a@example.org")], options: #","update_existing":true"#)
            #expect(back.json?["updated_members"]?.arrayValue?.first?["status"] == "subscribed")
        }
    }

    @Test func reportsComplianceStatesOrLeavesThemSilently() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            try await peer.control("unsubscribe", #"{"email":"a@example.org"}"#)
            let rows = [row("a@example.org", "subscribed", #","merge_fields":{"FNAME":"New"}"#)]
            let loud = try await bulk(peer, rows, options: #","update_existing":true"#)
            #expect(loud.json?["total_updated"] == 0)
            let error = loud.json?["errors"]?.arrayValue?.first
            #expect(error?["error"]?.stringValue?.contains("compliance state") == true)
            try await peer.control("options", #"{"bulkReportsCompliance":false}"#)
            let silent = try await bulk(peer, rows, options: #","update_existing":true"#)
            #expect(silent.json?["error_count"] == 0)
            #expect(silent.json?["updated_members"]?.arrayValue?.first?["status"] == "unsubscribed")
            #expect(try await peer.truth("a@example.org")?["merge_fields"]?["FNAME"] == "New")
        }
    }

    @Test func addsTagsAndReplacesThemOnlyWhenSynced() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            _ = try await peer.makeTag("Marketer's own", ["a@example.org"])
            let rows = [row("a@example.org", "subscribed", #","tags":["WB:881 Spring fair"]"#)]
            let added = try await bulk(peer, rows, options: #","update_existing":true,"sync_tags":false"#)
            #expect(added.json?["updated_members"]?.arrayValue?.first?["tags_count"] == 2)
            let synced = try await bulk(peer, rows, options: #","update_existing":true,"sync_tags":true"#)
            #expect(synced.json?["updated_members"]?.arrayValue?.first?["tags_count"] == 1)
            #expect(try await peer.truth("a@example.org")?["tags"] == ["WB:881 Spring fair"])
        }
    }

    @Test func hidesFreshMembersFromSegmentsForAWhile() async throws {
        try await MailchimpPeer.run(options: { $0.visibilityLagSeconds = 30 }) { peer async throws in
            let tag = try await peer.makeTag("T")
            _ = try await bulk(peer, [row("a@example.org")])
            let path = "\(Self.list)/segments/\(tag)"
            let early = try await peer.post(path, #"{"members_to_add":["a@example.org"]}"#)
            #expect(early.json?["total_added"] == 0)
            #expect(early.json?["error_count"] == 1)
            peer.clock.advance(by: 31)
            #expect(try await peer.post(path, #"{"members_to_add":["a@example.org"]}"#).json?["total_added"] == 1)
        }
    }
}
