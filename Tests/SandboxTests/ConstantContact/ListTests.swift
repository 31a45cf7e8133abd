import Sandbox
import Testing

/// constant-contact.md §9 items 14 to 17 and 51.
struct ConstantContactListTests {
    @Test func createsAListAndFindsItByItsExactName() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let made = try await peer.post("/contact_lists", #"{"name":"Spring [CAMP-1]","description":"d","x":1}"#)
            #expect(made.status == 201)
            #expect(made.json?["favorite"] == false)
            #expect(made.json?["created_at"] == "2026-03-01T09:00:02Z")
            #expect(made.json?["membership_count"] == nil)
            let names = ["Spring%20%5BCAMP-1%5D": 1, "Spring": 0, "spring%20%5Bcamp-1%5D": 0]
            for (name, count) in names {
                #expect(try await peer.get("/contact_lists?name=\(name)").json?["lists"]?.arrayValue?.count == count)
            }
        }
    }

    @Test(arguments: [#"{}"#, #"{"name":""}"#, #"{"name":7}"#, "{\"name\":\"\(String(repeating: "x", count: 256))\"}"])
    func refusesABadName(body: String) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let answer = try await peer.post("/contact_lists", body)
            #expect(answer.status == 400)
            #expect(answer.json?.arrayValue?.isEmpty == false)
        }
    }

    @Test func refusesANameThatAnActiveListHas() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let first = try await peer.makeList("One")
            let second = try await peer.makeList("Two")
            let again = try await peer.post("/contact_lists", #"{"name":"One"}"#)
            #expect(again.status == 409)
            #expect(again.json?.errorKey == "contacts.api.conflict")
            #expect(try await peer.put("/contact_lists/\(second)", #"{"name":"One"}"#).status == 400)
            try await peer.control("options", #"{"conflictsOnListRename":true}"#)
            #expect(try await peer.put("/contact_lists/\(second)", #"{"name":"One"}"#).status == 409)
            _ = try await peer.delete("/contact_lists/\(first)")
            #expect(try await peer.put("/contact_lists/\(second)", #"{"name":"One"}"#).status == 200)
        }
    }

    @Test func refusesTheThousandAndFirstList() async throws {
        try await ConstantContactPeer.run { peer async throws in
            for number in 0..<1_000 { _ = try await peer.makeList("L\(number)") }
            #expect(try await peer.post("/contact_lists", #"{"name":"one more"}"#).status == 400)
            let all = try await peer.walk("/contact_lists?limit=500&include_membership_count=all", "lists")
            #expect(all.count == 1_000)
            #expect(Set(all.compactMap { $0["list_id"]?.stringValue }).count == 1_000)
            #expect(all.first?["membership_count"] == 0)
            #expect(try await peer.get("/contact_lists").json?["lists"]?.arrayValue?.count == 50)
            #expect(try await peer.get("/contact_lists?limit=501").status == 400)
            try await peer.control("options", #"{"allowsThousandLists":true}"#)
            let whole = try await peer.get("/contact_lists?limit=1000&include_count=true")
            #expect(whole.json?["lists_count"] == 1_000)
            #expect(whole.json?["_links"] == [:])
        }
    }

    @Test func deletesAListOnlyWhenItsActivityCompletes() async throws {
        try await ConstantContactPeer.run(options: {
            $0.activitySeconds = 60
        }) { peer async throws in
            let list = try await peer.makeList("Going")
            try await peer.importRows(["a@example.org"], to: [list])
            peer.clock.advance(by: 60)
            let answer = try await peer.delete("/contact_lists/\(list)")
            #expect(answer.status == 202)
            let id = try #require(answer.json?["activity_id"]?.stringValue)
            #expect(answer.header("Location")?.hasSuffix("/v3/activities/\(id)") == true)
            peer.clock.advance(by: 30)
            #expect(try await peer.get("/contact_lists/\(list)").status == 200)
            #expect(try await peer.contact("a@example.org")["list_memberships"]?.arrayValue?.count == 1)
            peer.clock.advance(by: 30)
            #expect(try await peer.get("/contact_lists/\(list)").status == 404)
            #expect(try await peer.activity(id)["state"] == "completed")
            #expect(try await peer.contact("a@example.org")["list_memberships"] == [])
            #expect(try await peer.get("/contact_lists").json?["lists"] == [])
            #expect(try await peer.get("/contact_lists?status=deleted").json?["lists"]?.arrayValue?.count == 1)
        }
    }

    @Test func countsMembersWhenAsked() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("Counted")
            try await peer.importRows(["a@example.org", "b@example.org"], to: [list])
            try await peer.control(
                "create-contact",
                #"{"email":"c@example.org","permission_to_send":"temp_hold","list_ids":["\#(list)"]}"#
            )
            let path = "/contact_lists/\(list)?include_membership_count="
            #expect(try await peer.get(path + "all").json?["membership_count"] == 3)
            #expect(try await peer.get(path + "active").json?["membership_count"] == 2)
            #expect(try await peer.get(path + "some").status == 400)
        }
    }

    @Test func refusesACursorThatWasTamperedWith() async throws {
        try await ConstantContactPeer.run { peer async throws in
            for name in ["A", "B", "C"] { _ = try await peer.makeList(name) }
            let first = try await peer.get("/contact_lists?limit=2")
            let href = try #require(first.json?["_links"]?["next"]?["href"]?.stringValue)
            #expect(href.hasPrefix("/v3/contact_lists?cursor="))
            let next = String(href.dropFirst(3))
            #expect(try await peer.get(next).json?["lists"]?.arrayValue?.count == 1)
            #expect(try await peer.get(next + "&status=all").status == 400)
            #expect(try await peer.get("/contact_lists?cursor=bm9uc2Vuc2U").status == 400)
            #expect(try await peer.get(next.replacing("contact_lists", with: "contacts")).status == 400)
        }
    }

    @Test(arguments: [("empty", "{}"), ("null", "null"), ("absent", ""), ("nullNext", #"{"next":null}"#)])
    func endsAWalkInEveryWay(style: String, links: String) async throws {
        try await ConstantContactPeer.run { peer async throws in
            try await peer.control("options", #"{"lastPageLinks":"\#(style)"}"#)
            let page = try await peer.get("/contact_lists").json
            #expect(page?["_links"] == (links.isEmpty ? nil : SandboxJSON(parsing: links)))
        }
    }

    @Test func letsTheOwnerRenameAndDeleteLists() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("Before")
            try await peer.control("rename-list", #"{"list_id":"\#(list)","name":"After"}"#)
            #expect(try await peer.get("/contact_lists/\(list)").json?["name"] == "After")
            try await peer.control("delete-list", #"{"list_id":"\#(list)"}"#)
            #expect(try await peer.get("/contact_lists/\(list)").status == 404)
        }
    }
}
