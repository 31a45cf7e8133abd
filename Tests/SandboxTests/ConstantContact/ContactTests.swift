import Sandbox
import Testing

/// constant-contact.md §9 items 18 to 25, 44, 45, 48 to 50.
struct ConstantContactContactTests {
    private static let long = String(repeating: "x", count: 51)
    private static let address60 = String(repeating: "a", count: 48) + "@example.org"

    @Test func refusesAnAddressThatAContactHasEvenADeletedOne() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let body = #"{"email_address":{"address":"Ada@Example.org"},"create_source":"Account"}"#
            let made = try await peer.post("/contacts", body)
            #expect(made.status == 201)
            #expect(made.json?["email_address"]?["permission_to_send"] == "implicit")
            let id = try #require(made.json?["contact_id"]?.stringValue)
            for _ in 0..<2 {
                let again = try await peer.post("/contacts", body.lowercased().replacing("account", with: "Account"))
                #expect(again.status == 409)
                #expect(again.text.contains(id))
                _ = try await peer.delete("/contacts/\(id)")
            }
        }
    }

    @Test(arguments: [
        #"{"email_address":{"address":"a@example.org"}}"#,
        #"{"email_address":{"address":"a@example.org"},"create_source":"CRM"}"#,
        #"{"create_source":"Account"}"#,
        #"{"email_address":{"address":"a@example"},"create_source":"Account"}"#,
        #"{"email_address":"a@example.org","create_source":"Account"}"#,
        #"{"first_name":7,"create_source":"Account"}"#,
        "{\"first_name\":\"\(long)\",\"create_source\":\"Account\"}",
        #"{"first_name":"A","birthday_month":4,"create_source":"Account"}"#,
        #"{"first_name":"A","list_memberships":["7d5c1e34-0b7a-4c0e-9a55-3f2d1b6a9e01"],"create_source":"Account"}"#,
        #"{"first_name":"A","custom_fields":[{"custom_field_id":"x","value":"y"}],"create_source":"Account"}"#,
    ])
    func refusesABadContact(body: String) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let answer = try await peer.post("/contacts", body)
            #expect(answer.status == 400)
            #expect(answer.json?.errorKey == "contacts.api.validation.error")
        }
    }

    @Test func takesALongAddressAloneButNotInAnImport() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let body = #"{"email_address":{"address":"\#(Self.address60)"},"create_source":"Account"}"#
            let made = try await peer.post("/contacts", body)
            #expect(made.status == 201)
            let list = try await peer.makeList("L")
            let activity = try await peer.activity(try await peer.importRows([Self.address60], to: [list]))
            #expect(activity["status"]?["error_count"] == 1)
            #expect(try await peer.members(list) == [])
        }
    }

    @Test func showsDeletedContactsOnlyWhenAsked() async throws {
        try await ConstantContactPeer.run { peer async throws in
            for name in ["active", "gone", "out"] {
                try await peer.control("create-contact", #"{"email":"\#(name)@example.org"}"#)
            }
            try await peer.control("unsubscribe", #"{"email":"out@example.org"}"#)
            try await peer.control("delete-contact", #"{"email":"gone@example.org"}"#)
            let expected: [(String, [String])] = [
                ("", ["active", "out"]), ("?status=all", ["active", "gone", "out"]), ("?status=deleted", ["gone"]),
                ("?status=unsubscribed", ["out"]), ("?status=active", ["active"]),
                ("?status=deleted,unsubscribed", ["gone", "out"]), ("?email=nobody@example.org", []),
                ("?email=OUT@example.org", ["out"]),
            ]
            for (query, names) in expected {
                let page = try await peer.get("/contacts" + query)
                #expect(page.status == 200)
                #expect(page.json?.addresses == names.map { $0 + "@example.org" }, "\(query)")
            }
            let id = try await peer.id("gone@example.org")
            #expect(try await peer.get("/contacts/\(id)").json?["deleted_at"] == "2026-03-01")
            #expect(try await peer.delete("/contacts/\(id)").status == 404)
        }
    }

    @Test(arguments: [
        "limit=501", "limit=0", "limit=x", "status=gone", "include=everything", "updated_after=yesterday",
        "optout_after=2026-03-01T00:00:00+01:00", "lists=nonsense",
        "lists=" + Array(repeating: "7d5c1e34-0b7a-4c0e-9a55-3f2d1b6a9e01", count: 26).joined(separator: ","),
    ])
    func refusesABadFilter(query: String) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let answer = try await peer.get("/contacts?" + query)
            #expect(answer.status == 400)
        }
    }

    @Test func readsABlankWhereAPlusWasNotEscaped() async throws {
        try await ConstantContactPeer.run { peer async throws in
            try await peer.control("create-contact", #"{"email":"a+b@example.org"}"#)
            #expect(try await peer.get("/contacts?email=a+b@example.org").json?["contacts"] == [])
            #expect(try await peer.get("/contacts?email=a%2Bb@example.org").json?.addresses == ["a+b@example.org"])
        }
    }

    @Test func showsSubresourcesAndTheCountOnlyWhenAsked() async throws {
        try await ConstantContactPeer.run { peer async throws in
            try await peer.control("create-contact", #"{"email":"a@example.org"}"#)
            let plain = try await peer.get("/contacts").json
            #expect(plain?["contacts_count"] == nil)
            #expect(plain?["contacts"]?.arrayValue?.first?["list_memberships"] == nil)
            let full = try await peer.get("/contacts?include=list_memberships,custom_fields&include_count=true").json
            #expect(full?["contacts_count"] == 1)
            #expect(full?["contacts"]?.arrayValue?.first?["list_memberships"] == [])
            #expect(full?["contacts"]?.arrayValue?.first?["phone_numbers"] == nil)
        }
    }

    @Test func walksEveryContactOnce() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.importRows((0..<1_203).map { "p\($0)@example.org" }, to: [list])
            let all = try await peer.walk("/contacts?limit=500&lists=\(list)&include=list_memberships", "contacts")
            #expect(all.count == 1_203)
            #expect(Set(SandboxJSON.array(all).addresses).count == 1_203)
            #expect(all.allSatisfy { $0["list_memberships"] == [.string(list)] })
        }
    }

    @Test func findsContactsByTimesAndByAnyOfSeveralLists() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let first = try await peer.makeList("A")
            let second = try await peer.makeList("B")
            try await peer.importRows(["old@example.org"], to: [first])
            _ = try await peer.get("/contacts")
            peer.clock.advance(by: 3_600)
            try await peer.importRows(["new@example.org"], to: [second])
            let both = try await peer.get("/contacts?lists=\(first),\(second)").json
            #expect(both?.addresses == ["old@example.org", "new@example.org"])
            let late = try await peer.get("/contacts?created_after=2026-03-01T10:00:00%2B00:30").json
            #expect(late?.addresses == ["new@example.org"])
            let early = try await peer.get("/contacts?created_before=2026-03-01T09:30:00Z").json
            #expect(early?.addresses == ["old@example.org"])
        }
    }

    @Test func replacesScalarsAndKeepsOmittedSubresources() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            let other = try await peer.makeList("M")
            let body = """
                {"email_address":{"address":"a@example.org"},"first_name":"Ada","last_name":"Byron",
                "create_source":"Account","list_memberships":["\(list)"],"phone_numbers":[{"phone_number":"1"}]}
                """
            let id = try #require(try await peer.post("/contacts", body).json?["contact_id"]?.stringValue)
            let email = #""email_address":{"address":"a@example.org"}"#
            let bare = try await peer.put("/contacts/\(id)", "{\(email)}")
            #expect(bare.status == 400)
            let put = try await peer.put("/contacts/\(id)", #"{\#(email),"first_name":"A","update_source":"Account"}"#)
            #expect(put.json?["first_name"] == "A")
            #expect(put.json?["last_name"] == nil)
            #expect(put.json?["list_memberships"] == [.string(list)])
            #expect(put.json?["phone_numbers"]?.arrayValue?.count == 1)
            let moved = try await peer.put(
                "/contacts/\(id)",
                #"{\#(email),"update_source":"Account","list_memberships":["\#(other)"],"phone_numbers":[]}"#
            )
            #expect(moved.json?["list_memberships"] == [.string(other)])
            #expect(moved.json?["phone_numbers"] == [])
        }
    }

    @Test func revivesADeletedContactByPutAndRefusesATakenAddress() async throws {
        try await ConstantContactPeer.run { peer async throws in
            for name in ["a", "b"] { try await peer.control("create-contact", #"{"email":"\#(name)@example.org"}"#) }
            let id = try await peer.id("a@example.org")
            _ = try await peer.delete("/contacts/\(id)")
            let taken = #"{"email_address":{"address":"b@example.org"},"update_source":"Account"}"#
            #expect(try await peer.put("/contacts/\(id)", taken).status == 409)
            let own = #"{"email_address":{"address":"a2@example.org"},"update_source":"Account"}"#
            let revived = try await peer.put("/contacts/\(id)", own)
            #expect(revived.status == 200)
            #expect(revived.json?["deleted_at"] == nil)
            #expect(try await peer.get("/contacts?email=a@example.org").json?["contacts"] == [])
            #expect(try await peer.id("a2@example.org") == id)
        }
    }

    @Test func refusesTheFiftyFirstList() async throws {
        try await ConstantContactPeer.run { peer async throws in
            var lists: [String] = []
            for number in 0..<51 { lists.append(try await peer.makeList("L\(number)")) }
            try await peer.importRows(["a@example.org"], to: Array(lists.prefix(50)))
            let id = try await peer.importRows(["a@example.org"], to: [lists[50]])
            let activity = try await peer.activity(id)
            #expect(activity["state"] == "completed")
            #expect(activity["activity_errors"]?.arrayValue?.count == 1)
            #expect(try await peer.members(lists[50]) == [])
            let contact = try await peer.id("a@example.org")
            let ids = lists.map { "\"\($0)\"" }.joined(separator: ",")
            let put = try await peer.put(
                "/contacts/\(contact)",
                #"{"email_address":{"address":"a@example.org"},"update_source":"Account","list_memberships":[\#(ids)]}"#
            )
            #expect(put.status == 400)
        }
    }

    @Test func trailsBehindInCollectionsWhileSingleReadsAreCurrent() async throws {
        try await ConstantContactPeer.run(options: { $0.replicationLagSeconds = 60 }) { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.importRows(["a@example.org"], to: [list])
            #expect(try await peer.get("/contacts").json?["contacts"] == [])
            peer.clock.advance(by: 61)
            let id = try await peer.id("a@example.org")
            try await peer.control("unsubscribe", #"{"email":"a@example.org"}"#)
            let current = try await peer.get("/contacts/\(id)").json
            #expect(current?["email_address"]?["permission_to_send"] == "unsubscribed")
            let optOuts = "/contacts?optout_after=2026-03-01T09:00:00Z"
            #expect(try await peer.get(optOuts).json?["contacts"] == [])
            #expect(try await peer.get("/contacts?lists=\(list)").json?.addresses == ["a@example.org"])
            let count = "/contact_lists/\(list)?include_membership_count=all"
            #expect(try await peer.get(count).json?["membership_count"] == 1)
            peer.clock.advance(by: 61)
            #expect(try await peer.get(optOuts).json?.addresses == ["a@example.org"])
            #expect(try await peer.get("/contacts?lists=\(list)").json?["contacts"] == [])
            #expect(try await peer.get(count).json?["membership_count"] == 0)
        }
    }

    @Test func skipsARowWhenOneBeforeItLeavesDuringAWalk() async throws {
        try await ConstantContactPeer.run(options: { $0.countsRowsInCursors = true }) { peer async throws in
            for name in ["a", "b", "c"] {
                try await peer.control("create-contact", #"{"email":"\#(name)@example.org"}"#)
            }
            let first = try await peer.get("/contacts?limit=1")
            let next = try #require(first.json?["_links"]?["next"]?["href"]?.stringValue)
            try await peer.control("delete-contact", #"{"email":"a@example.org"}"#)
            #expect(try await peer.get(String(next.dropFirst(3))).json?.addresses == ["c@example.org"])
        }
    }

    @Test func survivesWhatNoDocumentMentions() async throws {
        try await ConstantContactPeer.run(options: {
            $0.addsUnknownKeys = true
            $0.writesNulls = true
            $0.timeOffsetMinutes = -300
        }) { peer async throws in
            try await peer.control("create-contact", #"{"sms_address":"5081231235","create_source":"Landing Page"}"#)
            try await peer.control("create-contact", #"{"email":"a@example.org","permission_to_send":"unheard_of"}"#)
            let contacts = try await peer.get("/contacts").json?["contacts"]?.arrayValue ?? []
            #expect(contacts.count == 2)
            #expect(contacts.first?["email_address"] == nil)
            #expect(contacts.first?["create_source"] == "Landing Page")
            #expect(contacts.first?["first_name"] == .null)
            #expect(contacts.first?["created_at"] == "2026-03-01T04:00:02-05:00")
            #expect(contacts.last?["email_address"]?["permission_to_send"] == "unheard_of")
            #expect(contacts.last?["x_future_object"] != nil)
        }
    }

    @Test func dropsTheValuesOfADeletedCustomField() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let made = try await peer.post("/contact_custom_fields", #"{"label":"Workbooks ID","type":"string"}"#)
            #expect(made.status == 201)
            #expect(made.json?["name"] == "Workbooks_ID")
            let again = try await peer.post("/contact_custom_fields", #"{"label":"Workbooks_ID","type":"string"}"#)
            #expect(again.status == 409)
            let field = try #require(made.json?["custom_field_id"]?.stringValue)
            let list = try await peer.makeList("L")
            try await peer.importRows([#"{"email":"a@example.org","cf:Workbooks_ID":"P-1"}"#], to: [list])
            let before = try await peer.contact("a@example.org", include: "custom_fields")
            #expect(before["custom_fields"] == [["custom_field_id": .string(field), "value": "P-1"]])
            #expect(try await peer.delete("/contact_custom_fields/\(field)").status == 204)
            #expect(try await peer.contact("a@example.org", include: "custom_fields")["custom_fields"] == [])
            for number in 0..<100 {
                _ = try await peer.post("/contact_custom_fields", #"{"label":"F\#(number)","type":"string"}"#)
            }
            let over = try await peer.post("/contact_custom_fields", #"{"label":"G","type":"string"}"#)
            #expect(over.status == 400)
            #expect(try await peer.walk("/contact_custom_fields?limit=30", "custom_fields").count == 100)
        }
    }

    @Test func countsContactsByConsent() async throws {
        try await ConstantContactPeer.run { peer async throws in
            for (name, permission) in [("a", "implicit"), ("b", "explicit"), ("c", "implicit"), ("d", "implicit")] {
                let body = #"{"email":"\#(name)@example.org","permission_to_send":"\#(permission)"}"#
                try await peer.control("create-contact", body)
            }
            try await peer.control("unsubscribe", #"{"email":"c@example.org"}"#)
            try await peer.control("delete-contact", #"{"email":"d@example.org"}"#)
            let counts = try await peer.get("/contacts/counts").json
            #expect(counts == ["total": 3, "explicit": 1, "implicit": 1, "pending": 0, "unsubscribed": 1])
        }
    }
}
