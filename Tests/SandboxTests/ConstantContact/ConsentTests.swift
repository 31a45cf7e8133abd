import Sandbox
import Testing

/// constant-contact.md §9 items 26 to 34.
struct ConstantContactConsentTests {
    private static let address = "ada@example.org"

    /// A list with one member, an hour after it joined.
    private func withMember(
        _ body: @Sendable (ConstantContactPeer, _ list: String, _ id: String) async throws -> Void
    ) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.importRows([Self.address], to: [list])
            let id = try await peer.id(Self.address)
            peer.clock.advance(by: 3_600)
            try await body(peer, list, id)
        }
    }

    private func put(_ peer: ConstantContactPeer, _ id: String, _ permission: String, by source: String) async throws
        -> Answer
    {
        try await peer.put(
            "/contacts/\(id)",
            #"{"email_address":{"address":"\#(Self.address)","permission_to_send":"\#(permission)"},"#
                + #""update_source":"\#(source)"}"#
        )
    }

    @Test func doesNotAdvanceTheContactWhenItsOwnerUnsubscribes() async throws {
        try await withMember { peer, list, id async throws in
            let before = try await peer.contact(Self.address)
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)","reason":"Too many"}"#)
            let after = try await peer.contact(Self.address)
            #expect(after["updated_at"] == before["updated_at"])
            #expect(after["update_source"] == "Contact")
            #expect(after["list_memberships"] == [])
            let email = after["email_address"]
            #expect(email?["permission_to_send"] == "unsubscribed")
            #expect(email?["opt_out_source"] == "Contact")
            #expect(email?["opt_out_reason"] == "Too many")
            #expect(email?["opt_out_date"] == "2026-03-01T10:00:02Z")
            #expect(email?["updated_at"] == "2026-03-01T10:00:02Z")
            #expect(try await peer.members(list) == [])
            _ = id
        }
    }

    @Test func findsOptOutsByTheirDateAndNotByUpdates() async throws {
        try await withMember { peer, _, _ async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)"}"#)
            let filters: [(String, Int)] = [
                ("updated_after=2026-03-01T09:30:00Z", 0), ("optout_after=2026-03-01T09:30:00Z", 1),
                ("optout_after=2026-03-01T10:00:02Z", 0), ("optout_before=2026-03-01T10:00:02Z", 0),
                ("optout_after=2026-03-01T10:00:01Z&optout_before=2026-03-01T10:00:03Z&status=all", 1),
                ("optout_after=2026-03-01T05:00:01-05:00", 1),
            ]
            for (filter, count) in filters {
                let page = try await peer.get("/contacts?\(filter)").json
                #expect(page?["contacts"]?.arrayValue?.count == count, "\(filter)")
            }
            try await peer.control("delete-contact", #"{"email":"\#(Self.address)"}"#)
            let visible = try await peer.get("/contacts?optout_after=2026-03-01T09:30:00Z").json
            #expect(visible?["contacts"] == [])
            let all = try await peer.get("/contacts?optout_after=2026-03-01T09:30:00Z&status=all").json
            #expect(all?.addresses == [Self.address])
        }
    }

    @Test func neverReaddsAnUnsubscribedContactByImport() async throws {
        try await withMember { peer, list, id async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)"}"#)
            let row = #"{"email":"\#(Self.address.uppercased())","first_name":"Ada"}"#
            let activity = try await peer.activity(try await peer.importRows([row, "b@example.org"], to: [list]))
            #expect(activity["state"] == "completed")
            #expect(activity["status"]?["cannot_add_to_list_count"] == 1)
            #expect(activity["activity_errors"] == [])
            #expect(try await peer.members(list) == ["b@example.org"])
            let contact = try await peer.contact(Self.address)
            #expect(contact["first_name"] == "Ada")
            #expect(contact["email_address"]?["permission_to_send"] == "unsubscribed")
            let body = #"{"source":{"contact_ids":["\#(id)"]},"list_ids":["\#(list)"]}"#
            let add = try await peer.post("/activities/add_list_memberships", body)
            let finished = try await peer.activity(try #require(add.json?["activity_id"]?.stringValue))
            #expect(finished["state"] == "completed")
            #expect(try await peer.members(list) == ["b@example.org"])
        }
    }

    @Test func keepsAnOptOutThatComesBetweenSubmissionAndProcessing() async throws {
        try await ConstantContactPeer.run(options: { $0.activitySeconds = 60 }) { peer async throws in
            let list = try await peer.makeList("L")
            try await peer.control("create-contact", #"{"email":"\#(Self.address)"}"#)
            let id = try await peer.importRows([Self.address], to: [list])
            peer.clock.advance(by: 30)
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)"}"#)
            peer.clock.advance(by: 30)
            #expect(try await peer.activity(id)["status"]?["cannot_add_to_list_count"] == 1)
            #expect(try await peer.members(list) == [])
        }
    }

    @Test func readdsWhoLeftASingleList() async throws {
        try await withMember { peer, list, _ async throws in
            try await peer.control("leave-list", #"{"email":"\#(Self.address)","list_id":"\#(list)"}"#)
            let contact = try await peer.contact(Self.address)
            #expect(contact["list_memberships"] == [])
            #expect(contact["email_address"]?["permission_to_send"] == "implicit")
            #expect(contact["email_address"]?["opt_out_date"] == nil)
            try await peer.importRows([Self.address], to: [list])
            _ = try await peer.get("/contacts")
            #expect(try await peer.members(list) == [Self.address])
        }
    }

    @Test func countsTheFormThatMakesConsent() async throws {
        try await withMember { peer, list, _ async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)"}"#)
            #expect(try await peer.state()["sign_up_form_calls"] == 0)
            let body = #"{"email_address":"\#(Self.address)","list_memberships":["\#(list)"]}"#
            let answer = try await peer.post("/contacts/sign_up_form", body)
            #expect(answer.json?["action"] == "updated")
            #expect(try await peer.contact(Self.address)["email_address"]?["permission_to_send"] == "explicit")
            #expect(try await peer.state()["sign_up_form_calls"] == 1)
        }
    }

    @Test func asksOnceToResubscribeAndWaitsForTheConfirmation() async throws {
        try await withMember { peer, list, id async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)"}"#)
            let body = #"{"list_ids":["\#(list)"]}"#
            #expect(try await peer.put("/contacts/resubscribe/\(id)", body).status == 200)
            #expect(try await peer.put("/contacts/resubscribe/\(id)", body).status == 409)
            #expect(try await peer.contact(Self.address)["email_address"]?["permission_to_send"] == "unsubscribed")
            try await peer.control("confirm-resubscribe", #"{"email":"\#(Self.address)"}"#)
            let contact = try await peer.contact(Self.address)
            #expect(contact["email_address"]?["opt_in_source"] == "Contact")
            #expect(contact["email_address"]?["opt_out_date"] == nil)
            #expect(contact["list_memberships"] == [.string(list)])
            #expect(try await peer.state()["resubscribe_mails"] == 1)
        }
    }

    @Test(arguments: [
        ("contact", "explicit", "Account", 400), ("contact", "implicit", "Account", 400),
        ("contact", "explicit", "Contact", 200), ("contact", "implicit", "Contact", 400),
        ("account", "implicit", "Account", 200), ("account", "explicit", "Contact", 200),
        ("account", "temp_hold", "Account", 400),
    ])
    func letsOnlyWhoOptedOutComeBack(by: String, permission: String, source: String, status: Int) async throws {
        try await withMember { peer, _, id async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)","by":"\#(by)"}"#)
            let answer = try await put(peer, id, permission, by: source)
            #expect(answer.status == status)
            let expected = status == 200 ? permission : "unsubscribed"
            let email = try await peer.contact(Self.address)["email_address"]
            #expect(email?["permission_to_send"] == .string(expected))
            if status == 200 { #expect(email?["opt_in_source"] == .string(source)) }
        }
    }

    @Test func neverWeakensAnOptOutByPut() async throws {
        try await withMember { peer, _, id async throws in
            _ = try await put(peer, id, "unsubscribed", by: "Account")
            #expect(try await peer.contact(Self.address)["email_address"]?["opt_out_source"] == "Account")
            peer.clock.advance(by: 60)
            _ = try await put(peer, id, "unsubscribed", by: "Contact")
            let email = try await peer.contact(Self.address)["email_address"]
            #expect(email?["opt_out_source"] == "Contact")
            #expect(email?["opt_out_date"] == "2026-03-01T10:01:02Z")
            peer.clock.advance(by: 60)
            _ = try await put(peer, id, "unsubscribed", by: "Account")
            #expect(try await peer.contact(Self.address)["email_address"] == email)
        }
    }

    @Test func keepsAnOptOutThroughDeletionAndReturn() async throws {
        try await withMember { peer, list, id async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)"}"#)
            _ = try await peer.delete("/contacts/\(id)")
            try await peer.importRows([Self.address], to: [list])
            let contact = try await peer.contact(Self.address)
            #expect(contact["deleted_at"] == nil)
            #expect(contact["email_address"]?["permission_to_send"] == "unsubscribed")
            #expect(try await peer.members(list) == [])
        }
    }

    @Test(arguments: [("opt-in", "Contact", "explicit"), ("owner-resubscribe", "Account", "implicit")])
    func saysWhoOptedIn(control: String, source: String, permission: String) async throws {
        try await withMember { peer, list, _ async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.address)"}"#)
            try await peer.control(control, #"{"email":"\#(Self.address)","list_ids":["\#(list)"]}"#)
            let email = try await peer.contact(Self.address)["email_address"]
            #expect(email?["opt_in_source"] == .string(source))
            #expect(email?["permission_to_send"] == .string(permission))
            #expect(email?["opt_out_source"] == nil)
            #expect(try await peer.members(list) == [Self.address])
        }
    }
}
