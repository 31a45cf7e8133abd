import Sandbox
import Testing

/// mailchimp.md §13 items 9 to 11, 33 and 34: pages, fields and filters.
struct MailchimpReadingTests {
    private static let members = MailchimpPeer.audience + "/members"

    /// An audience of `count` members, made behind the API's back.
    private func fill(_ peer: MailchimpPeer, _ count: Int) async throws {
        let rows = (0..<count).map { #"{"email":"m\#($0)@example.org"}"# }.joined(separator: ",")
        try await peer.control("create-members", "{\"members\":[\(rows)]}")
    }

    @Test func pagesByTenUnlessTold() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await fill(peer, 1_005)
            let first = try await peer.get(Self.members)
            #expect(first.members.count == 10)
            #expect(first.json?["total_items"] == 1_005)
            let large = try await peer.get(
                "\(Self.members)?count=1000&offset=10&fields=members.email_address,total_items"
            )
            #expect(large.members.count == 995)
            #expect(large.json?["total_items"] == 1_005)
            #expect(try await peer.get("\(Self.members)?offset=2000").members.isEmpty)
            let tooMany = try await peer.get("\(Self.members)?count=1001", isWrong: true)
            #expect(tooMany.status == 400)
            #expect(tooMany.title == "Invalid Resource")
        }
    }

    @Test func prunesByDotPathFromTheRoot() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await fill(peer, 2)
            let kept = try await peer.get(
                "\(Self.members)?fields=members.email_address,members.merge_fields.FNAME,total_items"
            )
            #expect(kept.json?.objectValue?.keys.sorted() == ["members", "total_items"])
            let row = kept.json?["members"]?.arrayValue?.first
            #expect(row?.objectValue?.keys.sorted() == ["email_address", "merge_fields"])
            #expect(row?["merge_fields"] == ["FNAME": ""])
            let rest = try await peer.get("\(Self.members)?exclude_fields=_links,members._links")
            #expect(rest.json?["_links"] == nil)
            #expect(rest.json?["members"]?.arrayValue?.first?["_links"] == nil)
            #expect(rest.json?["members"]?.arrayValue?.first?["status"] == "subscribed")
            #expect(try await peer.get("\(Self.members)?fields=members.nickname", isWrong: true).status == 400)
            let both = try await peer.get("\(Self.members)?fields=members&exclude_fields=_links", isWrong: true)
            #expect(both.status == 400)
        }
    }

    @Test func filtersByTheTimeOfTheLastChange() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("early@example.org")
            peer.clock.advance(by: 3_600)
            try await peer.add("late@example.org")
            let since = "since_last_changed=2026-01-05T09:30:00%2B00:00"
            #expect(try await peer.get("\(Self.members)?\(since)").members == ["late@example.org"])
            // The bound itself is left out.
            let bound = "since_last_changed=2026-01-05T10:00:00%2B00:00"
            #expect(try await peer.get("\(Self.members)?\(bound)").members.isEmpty)
            #expect(
                try await peer.get("\(Self.members)?before_last_changed=2026-01-05T09:30:00%2B00:00").members
                    == ["early@example.org"]
            )
            // Every write moves it, a write without a difference too.
            peer.clock.advance(by: 60)
            _ = try await peer.put(
                "\(Self.members)/\(MailchimpPeer.hash("early@example.org"))",
                #"{"email_address":"early@example.org"}"#
            )
            let sorted = try await peer.get("\(Self.members)?sort_field=last_changed&sort_dir=ASC&\(since)")
            #expect(sorted.members == ["late@example.org", "early@example.org"])
        }
    }

    @Test func takesARawPlusForABlankAndFindsNothing() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let answer = try await peer.get(
                "\(Self.members)?since_last_changed=2026-01-01T00:00:00+00:00",
                isWrong: true
            )
            #expect(answer.status == 200)
            #expect(answer.members.isEmpty)
            let zulu = "\(Self.members)?since_last_changed=2026-01-01T00:00:00Z"
            #expect(try await peer.get(zulu, isWrong: true).status == 400)
            try await peer.control("options", #"{"acceptsLooseTimes":true}"#)
            #expect(try await peer.get(zulu, isWrong: true).members == ["a@example.org"])
        }
    }

    @Test func hangsOnABoundInTheDistantPast() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            let path = "\(Self.members)?since_last_changed=1970-01-01T00:00:00%2B00:00"
            let call = Task { try await peer.get(path, isWrong: true) }
            try await peer.waitUntilInFlight(1)
            peer.clock.advance(by: 121)
            #expect(try await call.value.status == 502)
            try await peer.control("options", #"{"hangsOnAncientSince":false}"#)
            #expect(try await peer.get(path).members == ["a@example.org"])
        }
    }

    @Test func filtersUnsubscribesByTimeWithTheirStatusOnly() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            _ = try await peer.setStatus("a@example.org", "unsubscribed")
            let filter = "unsubscribed_since=2026-01-05T08:00:00%2B00:00"
            #expect(try await peer.get("\(Self.members)?status=unsubscribed&\(filter)").members == ["a@example.org"])
            #expect(try await peer.get("\(Self.members)?\(filter)", isWrong: true).status == 400)
            #expect(try await peer.get("\(Self.members)?status=subscribed&\(filter)", isWrong: true).status == 400)
            #expect(try await peer.get("\(Self.members)?since_last_campaign=true", isWrong: true).status == 400)
            #expect(try await peer.get("\(Self.members)?status=gone", isWrong: true).status == 400)
        }
    }

    @Test func listsArchivedMembersOnRequestOnly() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("a@example.org")
            _ = try await peer.delete("\(Self.members)/\(MailchimpPeer.hash("a@example.org"))")
            #expect(try await peer.get(Self.members).members.isEmpty)
            #expect(try await peer.get("\(Self.members)?status=archived").members == ["a@example.org"])
            try await peer.control("options", #"{"listsArchived":true}"#)
            #expect(try await peer.get(Self.members).members == ["a@example.org"])
        }
    }

    @Test func readsAMemberByHashAddressOrContactID() async throws {
        try await MailchimpPeer.run { peer async throws in
            let put = try await peer.add(MailchimpPeer.ann)
            #expect(put.json?["id"] == .string(MailchimpPeer.annHash))
            let contact = try #require(put.json?["contact_id"]?.stringValue)
            for name in [MailchimpPeer.annHash, "ann.lee@example.com", contact] {
                let answer = try await peer.get("\(Self.members)/\(name)")
                #expect(answer.json?["email_address"] == .string(MailchimpPeer.ann), "\(name)")
            }
            #expect(try await peer.get("\(Self.members)/\(String(repeating: "0", count: 32))").status == 404)
            #expect(Digests.md5("urist.mcvankab@freddiesjokes.com") == "62eeb292278cc15f5817cb78f7790b08")
        }
    }

    @Test func describesAudiencesAndLetsTheirFiguresAge() async throws {
        try await MailchimpPeer.run(options: { $0.statsLagSeconds = 300 }) { peer async throws in
            let before = try await peer.get("\(MailchimpPeer.audience)?include_total_contacts=true")
            #expect(before.json?["stats"]?["member_count"] == 0)
            try await peer.add("a@example.org")
            #expect(try await peer.get(MailchimpPeer.audience).json?["stats"]?["member_count"] == 0)
            peer.clock.advance(by: 301)
            #expect(try await peer.get(MailchimpPeer.audience).json?["stats"]?["member_count"] == 1)
            let lists = try await peer.get("/lists?email=a@example.org")
            #expect(lists.json?["lists"]?.arrayValue?.count == 1)
            #expect(lists.json?["constraints"]?["max_instances"] == 5)
            #expect(try await peer.get("/lists/nowhere").status == 404)
            #expect(
                try await peer.get("/search-members?query=a%40example.org").json?["exact_matches"]?["total_items"] == 1
            )
        }
    }

    @Test func makesAudiencesUpToTheLimitOfThePlan() async throws {
        try await MailchimpPeer.run(options: { $0.audienceLimit = 2 }) { peer async throws in
            let body = #"""
                {"name":"Second","permission_reminder":"You asked for it.","email_type_option":false,
                "contact":{"company":"Sandbox","address1":"1 Way","city":"Ely","country":"GB"},
                "campaign_defaults":{"from_name":"S","from_email":"s@example.org","subject":"","language":"en"},
                "double_optin":true,"marketing_permissions":true}
                """#.replacing("\"subject\":\"\"", with: "\"subject\":\"News\"")
            let made = try await peer.post("/lists", body)
            #expect(made.status == 200, "\(made.text)")
            #expect(made.json?["double_optin"] == true)
            #expect(made.json?["marketing_permissions"] == true)
            #expect(try await peer.post("/lists", body).status == 403)
            let bare = try await peer.post("/lists", #"{"name":"Third"}"#, isWrong: true)
            #expect(bare.status == 400)
            #expect(bare.fields.contains("contact"))
        }
    }
}
