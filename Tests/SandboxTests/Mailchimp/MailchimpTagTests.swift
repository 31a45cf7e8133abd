import Sandbox
import Testing

/// mailchimp.md §13 items 29 to 32: tags, by name and by id.
struct MailchimpTagTests {
    private static let list = MailchimpPeer.audience

    private func tagsPath(_ email: String) -> String { "\(Self.list)/members/\(MailchimpPeer.hash(email))/tags" }

    @Test func setsTagsByNameAndTouchesNoOthers() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let path = tagsPath("a@example.org")
            let body =
                #"{"tags":[{"name":"One","status":"active"},{"name":"Two","status":"active"}],"is_syncing":true}"#
            let set = try await peer.post(path, body)
            #expect(set.status == 204)
            #expect(set.text.isEmpty)
            #expect(try await peer.post(path, #"{"tags":[]}"#).status == 204)
            // Names are compared without their case.
            #expect(try await peer.post(path, #"{"tags":[{"name":"ONE","status":"inactive"}]}"#).status == 204)
            let tags = try await peer.get(path)
            #expect(tags.json?["tags"]?.arrayValue?.map { $0["name"] } == ["Two"])
            #expect(tags.json?["tags"]?.arrayValue?.first?["date_added"] == "2026-01-05 09:00:00")
            #expect(try await peer.post(tagsPath("b@example.org"), body).status == 404)
            let byAddress = "\(Self.list)/members/a@example.org/tags"
            #expect(try await peer.post(byAddress, body).status == 404)
            #expect(try await peer.get("\(Self.list)/tag-search?name=tw").json?["total_items"] == 1)
            #expect(try await peer.get("\(Self.list)/tag-search").json?["total_items"] == 2)
        }
    }

    @Test func showsFiftyTagsOfAMemberAndPagesTheRest() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let tags = (0..<60).map { #"{"name":"T\#($0)","status":"active"}"# }.joined(separator: ",")
            _ = try await peer.post(tagsPath("a@example.org"), "{\"tags\":[\(tags)]}")
            let member = try await peer.get("\(Self.list)/members/\(MailchimpPeer.hash("a@example.org"))")
            #expect(member.json?["tags"]?.arrayValue?.count == 50)
            #expect(member.json?["tags_count"] == 60)
            #expect(try await peer.get(tagsPath("a@example.org")).json?["tags"]?.arrayValue?.count == 10)
            #expect(
                try await peer.get(tagsPath("a@example.org") + "?count=1000").json?["tags"]?.arrayValue?.count == 60
            )
        }
    }

    @Test func addsAndRemovesInOneCallAndNamesTheUnknown() async throws {
        try await MailchimpPeer.run { peer async throws in
            for name in ["a", "b"] { try await peer.add("\(name)@example.org") }
            let id = try await peer.makeTag("WB:881 Spring fair", ["b@example.org"])
            let answer = try await peer.post(
                "\(Self.list)/segments/\(id)",
                #"{"members_to_add":["A@Example.org","ghost@example.net"],"members_to_remove":["b@example.org"]}"#
            )
            #expect(answer.json?["total_added"] == 1)
            #expect(answer.json?["total_removed"] == 1)
            #expect(answer.json?["error_count"] == 1)
            #expect(answer.json?["errors"]?.arrayValue?.first?["email_addresses"] == ["ghost@example.net"])
            let members = try await peer.get("\(Self.list)/segments/\(id)/members?count=1000")
            #expect(members.members == ["a@example.org"])
        }
    }

    @Test func limitsACallToFiveHundredEachWayAndToTags() async throws {
        try await MailchimpPeer.run { peer async throws in
            let id = try await peer.makeTag("T")
            let many = (0...500).map { "\"m\($0)@example.org\"" }.joined(separator: ",")
            let path = "\(Self.list)/segments/\(id)"
            #expect(try await peer.post(path, "{\"members_to_add\":[\(many)]}", isWrong: true).status == 400)
            #expect(try await peer.post(path, "{\"members_to_remove\":[\(many)]}", isWrong: true).status == 400)
            let saved = try await peer.post(
                "\(Self.list)/segments",
                #"{"name":"Saved","options":{"match":"any","conditions":[]}}"#
            )
            #expect(saved.json?["type"] == "saved")
            let savedPath = "\(Self.list)/segments/\(saved.json?["id"]?.intValue ?? 0)"
            #expect(try await peer.post(savedPath, #"{"members_to_add":["a@example.org"]}"#).status == 400)
            let tags = try await peer.get("\(Self.list)/segments?type=static")
            #expect(tags.json?["segments"]?.arrayValue?.map { $0["name"] } == ["T"])
        }
    }

    @Test func countsSubscribersOnlyAndHidesOthersUnlessAsked() async throws {
        try await MailchimpPeer.run { peer async throws in
            for name in ["s", "u", "c", "t"] { try await peer.add("\(name)@example.org") }
            let id = try await peer.makeTag("T", ["s", "u", "c", "t"].map { "\($0)@example.org" })
            _ = try await peer.setStatus("u@example.org", "unsubscribed")
            try await peer.control("clean", #"{"email":"c@example.org"}"#)
            _ = try await peer.put(
                "\(Self.list)/members/\(MailchimpPeer.hash("t@example.org"))",
                #"{"email_address":"t@example.org","status":"transactional"}"#
            )
            let path = "\(Self.list)/segments/\(id)"
            #expect(try await peer.get(path).json?["member_count"] == 1)
            #expect(try await peer.get("\(path)/members").members == ["s@example.org"])
            let all = try await peer.get(
                "\(path)/members?include_cleaned=1&include_transactional=1&include_unsubscribed=1"
            )
            #expect(all.members.count == 4)
            #expect(try await peer.get("\(path)?include_unsubscribed=true").json?["member_count"] == 2)
        }
    }

    @Test func renamesDeletesAndResetsATag() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let id = try await peer.makeTag("WB:1 Old", ["a@example.org"])
            let path = "\(Self.list)/segments/\(id)"
            let renamed = try await peer.patch(path, #"{"name":"WB:1 New"}"#)
            #expect(renamed.json?["name"] == "WB:1 New")
            #expect(renamed.json?["member_count"] == 1)
            #expect(
                try await peer.post("\(Self.list)/segments", #"{"name":"wb:1 new","static_segment":[]}"#).status == 400
            )
            // The trap: a static_segment in a PATCH replaces the whole membership.
            #expect(try await peer.patch(path, #"{"name":"WB:1 New","static_segment":[]}"#).json?["member_count"] == 0)
            #expect(try await peer.post("\(path)/members", #"{"email_address":"a@example.org"}"#).status == 200)
            let member = "\(path)/members/\(MailchimpPeer.hash("a@example.org"))"
            #expect(try await peer.delete(member).status == 204)
            #expect(try await peer.delete(member).status == 404)
            #expect(try await peer.delete(path).status == 204)
            #expect(try await peer.get(path).status == 404)
            #expect(try await peer.status("a@example.org") == "subscribed")
        }
    }

    @Test func letsUsersOfTheProductMeddleWithTags() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let id = try await peer.makeTag("WB:1 A", ["a@example.org"])
            try await peer.control("rename-tag", #"{"segment_id":\#(id),"to":"Mine"}"#)
            #expect(try await peer.get("\(Self.list)/segments/\(id)").json?["name"] == "Mine")
            try await peer.control("empty-tag", #"{"name":"Mine"}"#)
            #expect(try await peer.get("\(Self.list)/segments/\(id)").json?["member_count"] == 0)
            try await peer.control("delete-tag", #"{"segment_id":\#(id)}"#)
            #expect(try await peer.get("\(Self.list)/segments/\(id)").status == 404)
            try await peer.control("delete-audience")
            #expect(try await peer.get(Self.list).status == 404)
        }
    }
}
