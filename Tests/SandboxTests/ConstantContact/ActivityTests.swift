import Sandbox
import Testing

/// constant-contact.md §9 items 25, 35 to 43 and 48.
struct ConstantContactActivityTests {
    @Test func showsItsProgressAndTakesEffectAtItsEnd() async throws {
        try await ConstantContactPeer.run(options: { $0.activitySeconds = 100 }) { peer async throws in
            let list = try await peer.makeList("L")
            let id = try await peer.importRows(["a@example.org"], to: [list])
            let fresh = try await peer.activity(id)
            #expect(fresh["state"] == "initialized")
            #expect(fresh["status"]?["items_total_count"] == 2)
            peer.clock.advance(by: 50)
            let halfway = try await peer.activity(id)
            #expect(halfway["state"] == "processing")
            #expect(halfway["percent_done"] == 50)
            #expect(halfway["completed_at"] == nil)
            #expect(try await peer.members(list) == [])
            peer.clock.advance(by: 50)
            let done = try await peer.activity(id)
            #expect(done["state"] == "completed")
            #expect(done["percent_done"] == 100)
            #expect(done["status"]?["person_count"] == 1)
            #expect(try await peer.members(list) == ["a@example.org"])
        }
    }

    @Test func finishesOutOfOrderWhenShuffled() async throws {
        try await ConstantContactPeer.run(options: {
            $0.activitySeconds = 100
            $0.shufflesActivities = true
        }) { peer async throws in
            let list = try await peer.makeList("L")
            var ids: [String] = []
            for number in 0..<8 { ids.append(try await peer.importRows(["p\(number)@example.org"], to: [list])) }
            var finished: [String] = []
            for _ in 0..<160 {
                peer.clock.advance(by: 1)
                for id in ids where !finished.contains(id) {
                    if try await peer.activity(id)["state"] == "completed" { finished.append(id) }
                }
            }
            #expect(finished.count == 8)
            #expect(finished != ids)
        }
    }

    @Test(arguments: [("failed", 1), ("timed_out", 1), ("cancelled", 1)])
    func keepsPartOfWhatAFailedActivityDid(outcome: String, kept: Int) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.control("activities", #"{"outcome":"\#(outcome)","share":0.5}"#)
            let id = try await peer.importRows(["a@example.org", "b@example.org"], to: [list])
            #expect(try await peer.activity(id)["state"] == .string(outcome))
            #expect(try await peer.members(list).count == kept)
            let page = try await peer.get("/activities?state=\(outcome)").json
            #expect(page?["activities"]?.arrayValue?.count == 1)
        }
    }

    @Test func letsAnActivityHangForEver() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.control("activities", #"{"outcome":"stuck"}"#)
            let id = try await peer.importRows(["a@example.org"], to: [list])
            peer.clock.advance(by: 86_400 / 2)
            #expect(try await peer.activity(id)["state"] == "processing")
            #expect(try await peer.members(list) == [])
        }
    }

    @Test func namesBadRowsByTheirLine() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            let long = String(repeating: "x", count: 51)
            let rows = [
                "good@example.org", "bad@example", #"{"first_name":"Nobody"}"#,
                #"{"email":"b@example.org","birthday_month":2}"#, #"{"email":"c@example.org","first_name":"\#(long)"}"#,
                #"{"email":"d@example.org","cf:Unknown":"x"}"#, #"{"email":"e@example.org","anniversary":"soon"}"#,
            ]
            let activity = try await peer.activity(try await peer.importRows(rows, to: [list]))
            #expect(activity["state"] == "completed")
            #expect(activity["status"]?["items_total_count"] == 8)
            #expect(activity["status"]?["person_count"] == 7)
            #expect(activity["status"]?["correctable_count"] == 4)
            #expect(activity["status"]?["error_count"] == 2)
            let lines = activity["activity_errors"]?.arrayValue?.compactMap(\.stringValue).map { $0.prefix(7) }
            #expect(lines == ["Line 3:", "Line 4:", "Line 5:", "Line 6:", "Line 7:", "Line 8:"])
            #expect(try await peer.members(list) == ["good@example.org"])
        }
    }

    @Test func dropsOnlyTheValueOfAnUnknownFieldWhenToldSo() async throws {
        try await ConstantContactPeer.run(options: { $0.refusesUnknownCustomFields = false }) { peer async throws in
            let list = try await peer.makeList("L")
            let row = #"{"email":"d@example.org","cf:Unknown":"x"}"#
            let activity = try await peer.activity(try await peer.importRows([row], to: [list]))
            #expect(activity["status"]?["error_count"] == 0)
            #expect(try await peer.members(list) == ["d@example.org"])
        }
    }

    @Test func losesTheTailOfABodyOverTheLimitWithoutAWord() async throws {
        try await ConstantContactPeer.run(options: { $0.importByteLimit = 500 }) { peer async throws in
            let list = try await peer.makeList("L")
            let rows = (0..<40).map { #"{"email":"person.\#($0)@example.org","first_name":"a } \" { ["}"# }
            let activity = try await peer.activity(try await peer.importRows(rows, to: [list]))
            #expect(activity["state"] == "completed")
            let persons = try #require(activity["status"]?["person_count"]?.intValue)
            #expect(persons > 0 && persons < 40)
            #expect(activity["status"]?["error_count"] == 0)
            #expect(try await peer.members(list).count == persons)
        }
    }

    @Test(arguments: [
        #"{"import_data":[],"list_ids":["LIST"]}"#, #"{"list_ids":["LIST"]}"#,
        #"{"import_data":[{"email":"a@example.org"}]}"#, #"{"import_data":[{"email":"a@example.org"}],"list_ids":[]}"#,
        #"{"import_data":[{"email":7}],"list_ids":["LIST"]}"#,
        #"{"import_data":["a@example.org"],"list_ids":["LIST"]}"#,
        #"{"import_data":[{"email":"a@example.org"}],"list_ids":["7d5c1e34-0b7a-4c0e-9a55-3f2d1b6a9e01"]}"#,
    ])
    func refusesABadImport(body: String) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            let answer = try await peer.post(
                "/activities/contacts_json_import",
                body.replacing("LIST", with: list)
            )
            #expect(answer.status == 400)
        }
    }

    @Test func changesNothingWhenAnImportIsRepeated() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            let rows = [#"{"email":"A@example.org","first_name":"Ada"}"#]
            try await peer.importRows(rows, to: [list])
            let before = try await peer.contact("a@example.org")
            peer.clock.advance(by: 600)
            try await peer.importRows([rows[0].replacing("A@", with: "a@")], to: [list])
            #expect(try await peer.contact("a@example.org") == before)
            #expect(try await peer.get("/contacts/counts").json?["total"] == 1)
        }
    }

    @Test(arguments: [
        (#"{}"#, 400), (#"{"contact_ids":["ID"],"all_active_contacts":true}"#, 400),
        (#"{"contact_ids":["ID"]}"#, 201), (#"{"contact_ids":["7d5c1e34-0b7a-4c0e-9a55-3f2d1b6a9e01"]}"#, 201),
        (#"{"list_ids":["LIST"]}"#, 201), (#"{"all_active_contacts":true}"#, 201), (#"{"contact_ids":["x"]}"#, 400),
    ])
    func takesExactlyOneSource(source: String, status: Int) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.importRows(["a@example.org"], to: [list])
            let id = try await peer.id("a@example.org")
            let filled = source.replacing("ID\"", with: "\(id)\"").replacing("LIST", with: list)
            let body = #"{"source":\#(filled),"list_ids":["\#(list)"]}"#
            for name in ["add_list_memberships", "remove_list_memberships"] {
                let answer = try await peer.post("/activities/\(name)", body)
                #expect(answer.status == status, "\(answer.text)")
            }
        }
    }

    @Test func boundsTheIdsOfASelection() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            let ids = (0..<501).map { "\"00000000-0000-4000-8000-\(String(100_000_000_000 + $0))\"" }
            for (count, status) in [(500, 201), (501, 400)] {
                let body = """
                    {"source":{"contact_ids":[\(ids.prefix(count).joined(separator: ","))]},"list_ids":["\(list)"]}
                    """
                let answer = try await peer.post("/activities/remove_list_memberships", body)
                #expect(answer.status == status)
            }
            let targets = ids.prefix(51).joined(separator: ",")
            let body = #"{"source":{"all_active_contacts":true},"list_ids":[\#(targets)]}"#
            let answer = try await peer.post("/activities/add_list_memberships", body)
            #expect(answer.status == 400)
        }
    }

    @Test func removesMembersAndIsDoneWhereThereAreNone() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            let kept = try await peer.makeList("M")
            try await peer.importRows(["a@example.org", "b@example.org", "c@example.org"], to: [list, kept])
            let id = try await peer.id("c@example.org")
            let one = #"{"source":{"contact_ids":["\#(id)"]},"list_ids":["\#(list)"]}"#
            for _ in 0..<2 {
                let answer = try await peer.post("/activities/remove_list_memberships", one)
                let activity = try await peer.activity(try #require(answer.json?["activity_id"]?.stringValue))
                #expect(activity["state"] == "completed")
                #expect(activity["status"]?["list_count"] == 1)
            }
            #expect(try await peer.members(list) == ["a@example.org", "b@example.org"])
            let keeper = try await peer.id("a@example.org")
            let all = """
                {"source":{"list_ids":["\(list)"]},"exclude":{"contact_ids":["\(keeper)"]},"list_ids":["\(list)"]}
                """
            _ = try await peer.post("/activities/remove_list_memberships", all)
            _ = try await peer.get("/activities")
            #expect(try await peer.members(list) == ["a@example.org"])
            #expect(try await peer.members(kept).count == 3)
        }
    }

    @Test func forgetsAnActivityAfterTenDays() async throws {
        try await ConstantContactPeer.run(options: { $0.accessTokenSeconds = 30 * 86_400 }) { peer async throws in
            let list = try await peer.makeList("L")
            let id = try await peer.importRows(["a@example.org"], to: [list])
            peer.clock.advance(by: 10 * 86_400 - 1)
            #expect(try await peer.activity(id)["state"] == "completed")
            peer.clock.advance(by: 2)
            #expect(try await peer.get("/activities/\(id)").status == 404)
            #expect(try await peer.get("/activities?state=initialized").status == 400)
        }
    }

    @Test func pagesThroughActivitiesNewestFirst() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            var ids: [String] = []
            for number in 0..<5 { ids.append(try await peer.importRows(["p\(number)@example.org"], to: [list])) }
            let rows = try await peer.walk("/activities?limit=2", "activities")
            #expect(rows.compactMap { $0["activity_id"]?.stringValue } == ids.reversed())
        }
    }

    @Test func exportsTheWantedContactsAndFields() async throws {
        try await ConstantContactPeer.run { peer async throws in
            for name in ["a", "b"] { try await peer.control("create-contact", #"{"email":"\#(name)@example.org"}"#) }
            try await peer.control("unsubscribe", #"{"email":"b@example.org","reason":"Too many, really"}"#)
            let body = #"{"status":"unsubscribed","fields":["email_address","email_optout_reason"]}"#
            let made = try await peer.post("/activities/contact_exports", body)
            #expect(made.status == 201)
            let activity = try await peer.activity(try #require(made.json?["activity_id"]?.stringValue))
            let href = try #require(activity["_links"]?["results"]?["href"]?.stringValue)
            let file = try await peer.get(String(href.dropFirst(3)))
            #expect(file.header("Content-Type") == "text/csv")
            #expect(file.text == "Email address,Email optout reason\r\nb@example.org,\"Too many, really\"\r\n")
        }
    }

    @Test func deletesContactsAndListsInBulk() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.importRows(["a@example.org", "b@example.org"], to: [list])
            let id = try await peer.id("a@example.org")
            let contacts = try await peer.post("/activities/contact_delete", #"{"contact_ids":["\#(id)"]}"#)
            #expect(contacts.status == 201)
            #expect(try await peer.get("/contacts").json?.addresses == ["b@example.org"])
            let lists = try await peer.post("/activities/list_delete", #"{"list_ids":["\#(list)"]}"#)
            #expect(lists.status == 201)
            #expect(try await peer.get("/contact_lists").json?["lists"] == [])
        }
    }
}
