import Bridge
import ConstantContact
import Reconciliation
import Sandbox
import Testing

/// What the service may write although no document says so (constant-contact.md §9, item 50).
@Suite struct LenientReadingTests {
    @Test func survivesNullsUnknownMembersAndOffsets() async throws {
        try await withWorld {
            $0.writesNulls = true
            $0.addsUnknownKeys = true
            $0.timeOffsetMinutes = -300
        } _: { world in
            let list = try await world.client.createList(named: "Spring", description: "")
            let field = try await world.client.createField(labelled: "Level")
            let row = ContactRow(email: "a@example.org", firstName: "", lastName: "", fields: [field.name: "gold"])
            let written = try await world.client.upsert(row, known: nil, onto: [list.id])
            try await world.control("unsubscribe", #"{"email":"a@example.org"}"#)

            let read = try #require(try await world.client.contact(written.id))
            #expect(read.firstName.isEmpty)
            #expect(read.fields == ["Level": "gold"])
            #expect(read.optOutAt == world.now)
            #expect(!read.isDeleted)
            #expect(try await world.client.lists() == [list])

            let activity = try await world.client.handOver(.upsert([row], onto: [list.id]))
            let progress = try await world.client.progress(of: [activity])
            guard case .ended(let result) = progress[activity] else {
                Issue.record("\(progress)")
                return
            }
            #expect(result.completed)
        }
    }

    @Test func survivesAContactWithoutEmail() async throws {
        try await withWorld { world in
            let id = try await world.plant(#"{"sms_address":"+15550100","first_name":"Sam"}"#)
            let contact = try #require(try await world.client.contact(id))
            #expect(contact.email.isEmpty)
            #expect(contact.address == nil)
            #expect(!contact.permission.isSendable)
            #expect(contact.permission != .unsubscribed)

            // There is nothing to unsubscribe, and no empty address is to be written.
            #expect(try await world.client.unsubscribe(id, reason: "") == contact)
            #expect(world.calls("PUT /v3/contacts/{id}") == 0)
        }
    }

    @Test func keepsWordsThatItDoesNotKnow() async throws {
        let contact = try await contact(
            """
            {"contact_id":"c1","create_source":"Landing Page","email_address":{"address":"a@example.org",
             "permission_to_send":"double_secret","opt_in_source":"Landing Page","opt_in_date":"2026-03-01"},
             "list_memberships":null,"custom_fields":{"not":"an array"},"first_name":7,"last_name":["x"]}
            """
        )
        #expect(contact.permission == .other("double_secret"))
        #expect(!contact.permission.isSendable)
        #expect(contact.optInBy == .unknown)
        #expect(contact.optInAt == Timestamp(seconds: 1_772_323_200))
        #expect(contact.lists.isEmpty)
        #expect(!contact.listsWereRead)
        #expect(contact.firstName.isEmpty)
        #expect(contact.lastName.isEmpty)
    }

    @Test(arguments: [
        ("2026-03-02T14:31:08Z", 1_772_461_868_000),
        ("2026-03-02T14:31:08.5Z", 1_772_461_868_500),
        ("2026-03-02T14:31:08.123456Z", 1_772_461_868_123),
        ("2026-03-02T09:31:08-05:00", 1_772_461_868_000),
        ("2026-03-02T20:01:08.000+0530", 1_772_461_868_000),
        ("2026-03-02T14:31:08", 1_772_461_868_000),
        ("2024-02-29", 1_709_164_800_000),
        ("1969-12-31T23:59:59Z", -1000),
    ])
    func readsMoments(text: String, milliseconds: Int64) async throws {
        let contact = try await contact(
            #"{"contact_id":"c1","email_address":{"permission_to_send":"unsubscribed","opt_out_date":"\#(text)"}}"#
        )
        #expect(contact.optOutAt?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "yesterday", "2026-13-01", "2026-03-02T25:00:00Z", "2026-03-02T14:31:08+5"])
    func takesNoMomentFromOtherTexts(text: String) async throws {
        let contact = try await contact(
            #"{"contact_id":"c1","email_address":{"permission_to_send":"unsubscribed","opt_out_date":"\#(text)"}}"#
        )
        #expect(contact.permission == .unsubscribed)
        #expect(contact.optOutAt == nil)
    }

    @Test func readsEveryEscape() async throws {
        let contact = try await contact(
            #"{"contact_id":"c1","first_name":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx\ude00","last_name":"é😀"}"#
        )
        #expect(contact.firstName == "\"\\/\u{8}\u{C}\n\r\té😀\u{FFFD}x\u{FFFD}")
        #expect(contact.lastName == "é😀")
    }

    @Test(arguments: [
        "", " ", "{", "[]x", "<html>", #"{"contact_id":"c1""#, #"{"contact_id":"c1"}}"#, "nul", #"{"a":01x}"#,
    ])
    func doesNotTakeOtherTextForJSON(text: String) async throws {
        let error = try await failure { try await contact(text) }
        #expect(error.code == .unreadableAnswer)
    }

    @Test func passesOverAbsurdNesting() async throws {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(try await contact(#"{"future":\#(deep),"contact_id":"c1"}"#).id == ContactID("c1"))
    }

    /// Reads a contact of which the service says just this.
    private func contact(_ text: String) async throws -> ProviderContact {
        let found = Box()
        try await withWorld { world in
            let body = SandboxJSON.string(text.replacing("\n", with: " ")).text
            let kind = text.isEmpty ? #""kind":"empty""# : #""kind":"status","body":\#(body)"#
            try world.fault(#"{\#(kind),"status":200,"path":"/v3/contacts","times":9}"#)
            found.contact = try await world.client.contact(ContactID("c1"))
        }
        return try #require(found.contact)
    }

    private final class Box {
        var contact: ProviderContact?
    }
}
