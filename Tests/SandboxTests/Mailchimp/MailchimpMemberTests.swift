import Sandbox
import Testing

/// mailchimp.md §13 items 12 to 15 and 22 to 24: writing members and their fields.
struct MailchimpMemberTests {
    private static let members = MailchimpPeer.audience + "/members"
    private static let fields = MailchimpPeer.audience + "/merge-fields"

    private func path(_ email: String) -> String { "\(Self.members)/\(MailchimpPeer.hash(email))" }

    @Test func putsANewMemberWithStatusIfNewAndLeavesAKnownOneAsItIs() async throws {
        try await MailchimpPeer.run { peer async throws in
            let body = #"{"email_address":"a@example.org","status_if_new":"subscribed","merge_fields":{"FNAME":"Ann"}}"#
            let new = try await peer.put(path("a@example.org"), body)
            #expect(new.json?["status"] == "subscribed")
            #expect(new.json?["merge_fields"]?["FNAME"] == "Ann")
            #expect(new.json?["merge_fields"]?["ADDRESS"] == "")
            _ = try await peer.setStatus("a@example.org", "unsubscribed")
            let again = try await peer.put(path("a@example.org"), body)
            #expect(again.json?["status"] == "unsubscribed")
            let overwritten = try await peer.put(
                path("a@example.org"),
                #"{"email_address":"a@example.org","status":"transactional"}"#
            )
            #expect(overwritten.json?["status"] == "transactional")
            #expect(overwritten.json?["merge_fields"]?["FNAME"] == "Ann")
        }
    }

    @Test func refusesANewMemberWithoutAStatus() async throws {
        try await MailchimpPeer.run { peer async throws in
            let put = try await peer.put(path("a@example.org"), #"{"email_address":"a@example.org"}"#)
            #expect(put.status == 400)
            #expect(put.title == "Invalid Resource")
            #expect(put.fields == ["status_if_new"])
            let post = try await peer.post(Self.members, #"{"email_address":"a@example.org"}"#, isWrong: true)
            #expect(post.fields == ["status"])
            let unreadable = try await peer.post(Self.members, "{", isWrong: true)
            #expect(unreadable.title == "JSON Parse Exception")
        }
    }

    @Test func refusesAHashOfAnotherSpellingOfAKnownAddress() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add(MailchimpPeer.ann)
            let wrong = Digests.md5(MailchimpPeer.ann)
            let body = #"{"email_address":"\#(MailchimpPeer.ann)","status_if_new":"subscribed"}"#
            let answer = try await peer.put("\(Self.members)/\(wrong)", body)
            #expect(answer.status == 400)
            #expect(answer.title == "Member Exists")
        }
    }

    @Test func changesTheAddressAndWithItTheID() async throws {
        try await MailchimpPeer.run { peer async throws in
            let old = try await peer.add("old@example.org")
            try await peer.add("taken@example.org")
            let renamed = try await peer.patch(path("old@example.org"), #"{"email_address":"new@example.org"}"#)
            #expect(renamed.json?["id"] == .string(MailchimpPeer.hash("new@example.org")))
            #expect(renamed.json?["contact_id"] == old.json?["contact_id"])
            #expect(renamed.json?["unique_email_id"] != old.json?["unique_email_id"])
            #expect(try await peer.get(path("old@example.org")).status == 404)
            let taken = try await peer.patch(path("new@example.org"), #"{"email_address":"taken@example.org"}"#)
            #expect(taken.title == "Member Exists")
            let put = try await peer.put(path("new@example.org"), #"{"email_address":"newer@example.org"}"#)
            #expect(put.json?["id"] == .string(MailchimpPeer.hash("newer@example.org")))
        }
    }

    @Test func refusesToPostAKnownAddress() async throws {
        try await MailchimpPeer.run { peer async throws in
            let body = #"{"email_address":"a@example.org","status":"subscribed","tags":["T"]}"#
            let made = try await peer.post(Self.members, body)
            #expect(made.json?["tags"]?.arrayValue?.first?["name"] == "T")
            let again = try await peer.post(Self.members, body)
            #expect(again.status == 400)
            #expect(again.title == "Member Exists")
            #expect(again.json?["detail"]?.stringValue?.contains("Use PUT") == true)
        }
    }

    @Test func refusesFakeAndOverusedAddresses() async throws {
        try await MailchimpPeer.run(
            options: {
                $0.fakeAddresses = ["fake@example.org"]
                $0.overusedAddresses = ["busy@example.org"]
            },
            { peer async throws in
                for (email, words) in [
                    ("Fake@example.org", "looks fake or invalid"), ("busy@example.org", "a lot of lists"),
                ] {
                    let answer = try await peer.put(
                        path(email),
                        #"{"email_address":"\#(email)","status_if_new":"subscribed"}"#
                    )
                    #expect(answer.status == 400)
                    #expect(answer.title == "Invalid Resource")
                    #expect(answer.json?["detail"]?.stringValue?.contains(words) == true)
                }
                let nobody = try await peer.post(Self.members, #"{"email_address":"nobody","status":"subscribed"}"#)
                #expect(nobody.json?["detail"]?.stringValue == "Please provide a valid email address.")
                let object = #"{"email_address":{"a":1},"status":"subscribed"}"#
                #expect(try await peer.post(Self.members, object, isWrong: true).fields == ["email_address"])
            }
        )
    }

    @Test func demandsRequiredMergeFieldsUnlessToldToSkip() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.control("merge-field", #"{"tag":"WBTYPE","required":true}"#)
            let body = #"{"email_address":"a@example.org","status_if_new":"subscribed"}"#
            let refused = try await peer.put(path("a@example.org"), body)
            #expect(refused.status == 400)
            #expect(refused.json?["detail"] == "Your merge fields were invalid.")
            #expect(refused.json?["errors"] == [["field": "WBTYPE", "message": "Please enter a value"]])
            #expect(try await peer.put("\(path("a@example.org"))?skip_merge_validation=TRUE", body).status == 200)
            #expect(try await peer.patch(path("a@example.org"), #"{"merge_fields":{"FNAME":"A"}}"#).status == 400)
        }
    }

    @Test func cutsATextAt255BytesWithoutBreakingACharacter() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let text = String(repeating: "é", count: 200)
            let body = #"{"merge_fields":{"FNAME":"\#(text)","NOSUCH":"dropped"}}"#
            let answer = try await peer.patch(path("a@example.org"), body)
            #expect(answer.json?["merge_fields"]?["FNAME"]?.stringValue == String(repeating: "é", count: 127))
            #expect(answer.json?["merge_fields"]?["NOSUCH"] == nil)
        }
    }

    @Test(arguments: [
        ("date", "2026-02-30", "2026-02-28"), ("zip", "1234", "01234"), ("number", "many", "12.5"),
        ("birthday", "13/01", "02/29"), ("url", "example.org", "https://example.org"),
        ("phone", "none", "+44 20 7946 0000"),
        ("dropdown", "Blue", "Red"),
    ])
    func checksValuesByTheTypeOfTheirField(type: String, wrong: String, right: String) async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            try await peer.control("merge-field", #"{"tag":"X","type":"\#(type)","choices":["Red","Green"]}"#)
            let refused = try await peer.patch(path("a@example.org"), #"{"merge_fields":{"X":"\#(wrong)"}}"#)
            #expect(refused.status == 400, "\(type)")
            #expect(refused.fields == ["X"])
            let accepted = try await peer.patch(path("a@example.org"), #"{"merge_fields":{"X":"\#(right)"}}"#)
            #expect(accepted.status == 200, "\(accepted.text)")
            let cleared = try await peer.patch(path("a@example.org"), #"{"merge_fields":{"X":""}}"#)
            #expect(cleared.json?["merge_fields"]?["X"] == "")
        }
    }

    @Test func takesAnAddressAsAWholeObject() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let half = #"{"merge_fields":{"ADDRESS":{"addr1":"1 Way","city":"Ely"}}}"#
            #expect(try await peer.patch(path("a@example.org"), half).fields == ["ADDRESS"])
            let whole = #"{"merge_fields":{"ADDRESS":{"addr1":"1 Way","city":"Ely","state":"CB","zip":"CB7"}}}"#
            let answer = try await peer.patch(path("a@example.org"), whole)
            #expect(answer.json?["merge_fields"]?["ADDRESS"]?["city"] == "Ely")
            #expect(answer.json?["merge_fields"]?["ADDRESS"]?["country"] == "US")
        }
    }

    @Test func limitsMergeFieldsInNameAndNumber() async throws {
        try await MailchimpPeer.run { peer async throws in
            let long = #"{"tag":"ELEVENCHARS","name":"Long","type":"text"}"#
            #expect(try await peer.post(Self.fields, long).fields == ["tag"])
            let own = #"{"tag":"WBID","name":"Workbooks id","type":"text","public":false}"#
            let made = try await peer.post(Self.fields, own)
            #expect(made.json?["tag"] == "WBID")
            #expect(made.json?["public"] == false)
            #expect(try await peer.post(Self.fields, own).status == 400)
            for number in 0..<25 {
                #expect(
                    try await peer.post(Self.fields, #"{"tag":"F\#(number)","name":"F","type":"text"}"#).status == 200
                )
            }
            #expect(try await peer.post(Self.fields, #"{"tag":"F31","name":"F","type":"text"}"#).status == 400)
            try await peer.control("options", #"{"mergeFieldLimit":80}"#)
            #expect(try await peer.post(Self.fields, #"{"tag":"F31","name":"F","type":"text"}"#).status == 200)
            let all = try await peer.get("\(Self.fields)?count=100")
            #expect(all.json?["total_items"] == 31)
            let id = try #require(made.json?["merge_id"]?.intValue)
            #expect(
                try await peer.patch("\(Self.fields)/\(id)", #"{"name":"Id","required":true}"#).json?["required"]
                    == true
            )
            #expect(try await peer.delete("\(Self.fields)/\(id)").status == 204)
            #expect(try await peer.get("\(Self.fields)/\(id)").status == 404)
        }
    }

    @Test func refusesWhatAPatchDoesNotTake() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            #expect(try await peer.patch(path("a@example.org"), #"{"tags":["T"]}"#, isWrong: true).status == 400)
            #expect(try await peer.patch(path("a@example.org"), #"{"ip_signup":"999.1.1.1"}"#).fields == ["ip_signup"])
            #expect(try await peer.patch(path("a@example.org"), #"{"status":"archived"}"#, isWrong: true).status == 400)
            #expect(try await peer.patch(path("b@example.org"), #"{"language":"en"}"#).status == 404)
        }
    }

    @Test func keepsInterestsAndMarketingPermissions() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.control("audience", #"{"marketing_permissions":["Email"]}"#)
            let category = try await peer.post(
                "\(MailchimpPeer.audience)/interest-categories",
                #"{"title":"Topics","type":"checkboxes"}"#
            )
            let topics = try #require(category.json?["id"]?.stringValue)
            let interest = try await peer.post(
                "\(MailchimpPeer.audience)/interest-categories/\(topics)/interests",
                #"{"name":"News"}"#
            )
            let news = try #require(interest.json?["id"]?.stringValue)
            let added = try await peer.add("a@example.org")
            let permission = try #require(added.json?["marketing_permissions"]?.arrayValue?.first)
            let id = try #require(permission["marketing_permission_id"]?.stringValue)
            #expect(permission["enabled"] == false)
            let answer = try await peer.patch(
                path("a@example.org"),
                #"{"interests":{"\#(news)":true},"marketing_permissions":[{"marketing_permission_id":"\#(id)","#
                    + #""enabled":true}]}"#
            )
            #expect(answer.json?["interests"]?[news] == true)
            #expect(answer.json?["marketing_permissions"]?.arrayValue?.first?["enabled"] == true)
            let found = try await peer.get(
                "\(Self.members)?interest_category_id=\(topics)&interest_ids=\(news)&interest_match=any"
            )
            #expect(found.members == ["a@example.org"])
        }
    }
}
