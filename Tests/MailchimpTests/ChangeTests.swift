import Bridge
import Foundation
import HTTPCalls
import Mailchimp
import Reconciliation
import Sandbox
import Synchronization
import Testing

@Suite struct ChangeTests {
    @Test func makesAContactByOneCall() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let contact = try await world.client.upsert(
                row("Ada@example.org", firstName: "Ada"),
                known: nil,
                onto: [list.id]
            )
            #expect(contact.permission == .explicit)
            #expect(contact.lists == [list.id])
            #expect(try await world.contact("ada@example.org") == contact)
        }
    }

    @Test func writesWhichRecordAContactStandsFor() async throws {
        try await withWorld { world in
            try await world.client.prepare()
            let own = try #require(world.client.capabilities.traits.recordFields)
            let new = row("ada@example.org", fields: own.values(of: RecordID(.lead, 7)))
            let contact = try await world.client.upsert(new, known: nil, onto: [])
            #expect(contact.fields["WBTYPE"] == "Lead")
            #expect(contact.fields["WBID"] == "7")
            // Those who were there before are shown with the fields, and with nothing in them.
            #expect(try await world.plant("bo@example.org").fields["WBID"] == "")

            let changed = row("ada@example.org", fields: own.values(of: RecordID(.person, 3)))
            let after = try await world.client.upsert(changed, known: contact.id, onto: [])
            #expect(after.fields["WBTYPE"] == "Person")
            #expect(after.fields["WBID"] == "3")
        }
    }

    /// Nobody has asked whether the new address may be put on a list (C11).
    @Test func leavesAKnownContactWithAnotherAddressAsItIs() async throws {
        try await withWorld { world in
            let spring = try await world.client.createList(named: "WB:1 Spring", description: "").id
            let known = try await world.plant("lovelace@example.org")
            let contact = try await world.client.upsert(row("ada@example.org"), known: known.id, onto: [spring])
            #expect(contact.email == "lovelace@example.org")
            #expect(contact.lists.isEmpty)
            #expect(try await world.members(of: spring).isEmpty)
        }
    }

    @Test func aChangeOfValuesAloneIsOneCall() async throws {
        try await withWorld { world in
            let spring = try await world.client.createList(named: "WB:1 Spring", description: "").id
            let autumn = try await world.client.createList(named: "WB:2 Autumn", description: "").id
            let segments = "POST /lists/{list_id}/segments/{segment_id}"
            let made = try await world.client.upsert(row("ada@example.org"), known: nil, onto: [spring])
            var known = row("ada@example.org", firstName: "Ada")
            known.known = made.id
            let before = world.calls(segments)
            let result = try ended(try await world.client.submit(.upsert([known], onto: [spring])))
            #expect(result.contacts.map(\.firstName) == ["Ada"])
            #expect(world.calls(segments) == before)

            known.firstName = "Augusta"
            _ = try ended(try await world.client.submit(.upsert([known], onto: [spring, autumn])))
            #expect(try await world.contact("ada@example.org").lists == [spring, autumn])
            #expect(try await world.members(of: spring) == ["ada@example.org"])
        }
    }

    @Test func doesWithoutTheFieldsThatTheirOwnerDeleted() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let own = try #require(world.client.capabilities.traits.recordFields)
            let new = row("ada@example.org", firstName: "Ada", fields: own.values(of: RecordID(.lead, 7)))
            let result = try ended(try await world.client.submit(.upsert([new], onto: [list.id])))
            #expect(result.rowErrors.isEmpty)
            #expect(result.contacts.first?.fields["WBID"] == nil)
            // Nor does it look for them again at every write.
            let reads = world.calls("GET /lists/{list_id}/merge-fields")
            _ = try await world.client.upsert(new, known: try #require(result.contacts.first?.id), onto: [])
            #expect(world.calls("GET /lists/{list_id}/merge-fields") == reads)
        }
    }

    @Test(arguments: ["unsubscribed", "cleaned", "transactional"])
    func writingKeepsTheStatus(status: String) async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let planted = try await world.plant("ada@example.org", status: status)
            for known in [nil, planted.id] {
                let contact = try await world.client.upsert(row("ada@example.org"), known: known, onto: [list.id])
                #expect(contact.permission == planted.permission)
                #expect(contact.lists.isEmpty)
            }
            #expect(try await world.status(of: "ada@example.org") == status)
            #expect(try await world.members(of: list.id).isEmpty)
        }
    }

    @Test func anArchivedContactIsAskedAndNotSubscribed() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let planted = try await world.plant("ada@example.org")
            try await world.control("unsubscribe", #"{"email":"ada@example.org"}"#)
            try await world.control("archive", #"{"email":"ada@example.org"}"#)
            let row = row("ada@example.org")
            let known = try await failure { try await world.client.upsert(row, known: planted.id, onto: [list.id]) }
            #expect(known.code == .notFound)
            #expect(try await world.status(of: "ada@example.org") == "archived")
            let asked = try await world.client.upsert(row, known: nil, onto: [list.id])
            #expect(asked.permission == .pendingConfirmation)
        }
    }

    @Test func aNewAddressThereIsNotMadeASecondContact() async throws {
        try await withWorld { world in
            let planted = try await world.plant("old@example.org")
            try await world.control("change-address", #"{"email":"old@example.org","to":"new@example.org"}"#)
            let row = row("old@example.org", firstName: "Ada")
            let contact = try await world.client.upsert(row, known: planted.id, onto: [])
            #expect(contact.email == "new@example.org")
            #expect(try await world.truth(of: "old@example.org") == nil)
        }
    }

    @Test func unsubscribesAsTheAccount() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            let seen = Mutex<[ProviderContact]>([])
            let written = try await world.client.unsubscribe(contact.id, reason: "asked") { read in
                seen.withLock { $0.append(read) }
                let status = try await world.status(of: "ada@example.org")
                #expect(status == "subscribed")
            }
            #expect(seen.withLock { $0 } == [contact])
            #expect(written.permission == .unsubscribed)
            #expect(written.optOutBy == .unnamed)
            let truth = try #require(try await world.truth(of: "ada@example.org"))
            #expect(truth["departure"]?.stringValue == "api")
            #expect(truth["opted_out_by_person"]?.boolValue == false)
        }
    }

    @Test(arguments: ["unsubscribed", "cleaned", "archived"])
    func thereIsNothingToUnsubscribe(status: String) async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org", status: status)
            let read = try await world.client.unsubscribe(contact.id, reason: "asked") { _ in
                Issue.record("nothing is written")
            }
            #expect(read == contact)
            #expect(try await world.status(of: "ada@example.org") == status)
        }
    }

    @Test(arguments: ["pending", "transactional"])
    func whoIsNoSubscriberYetIsUnsubscribed(status: String) async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org", status: status)
            _ = try await world.client.unsubscribe(contact.id, reason: "asked")
            #expect(try await world.status(of: "ada@example.org") == "unsubscribed")
        }
    }

    @Test func nothingIsWrittenWhenTheEngineDoesNotWantIt() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            await #expect(throws: CancellationError.self) {
                try await world.client.unsubscribe(contact.id, reason: "asked") { _ in throw CancellationError() }
            }
            #expect(try await world.status(of: "ada@example.org") == "subscribed")
            try await world.control("unsubscribe", #"{"email":"ada@example.org","by":"admin"}"#)
            await #expect(throws: CancellationError.self) {
                try await world.client.resubscribe(contact.id, lists: []) { _ in throw CancellationError() }
            }
            #expect(try await world.status(of: "ada@example.org") == "unsubscribed")
        }
    }

    @Test func takesItsOwnUnsubscribeBack() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let contact = try await world.plant("ada@example.org")
            _ = try await world.client.unsubscribe(contact.id, reason: "asked")
            let back = try await world.client.resubscribe(contact.id, lists: [list.id])
            #expect(back.permission == .explicit)
            #expect(back.lists == [list.id])
            // Once more changes nothing.
            #expect(try await world.client.resubscribe(contact.id, lists: [list.id]) == back)
        }
    }

    @Test func nobodyElsesOptOutIsTakenBack() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            try await world.control("unsubscribe", #"{"email":"ada@example.org"}"#)
            let error = try await failure { try await world.client.resubscribe(contact.id, lists: []) }
            #expect(error.code == .refused)
            #expect(error.detail.contains("only the person"))
            #expect(try await world.status(of: "ada@example.org") == "unsubscribed")
        }
    }

    @Test func asksAPersonToConfirmOnce() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            try await world.control("unsubscribe", #"{"email":"ada@example.org"}"#)
            try await world.client.requestConfirmation(from: contact.id, lists: [])
            let again = try await failure { try await world.client.requestConfirmation(from: contact.id, lists: []) }
            #expect(again.code == .conflict(existing: nil))
            #expect(try await world.truth(of: "ada@example.org")?["confirmation_mails"]?.intValue == 1)
            try await world.control("confirm", #"{"email":"ada@example.org"}"#)
            let back = try await failure { try await world.client.requestConfirmation(from: contact.id, lists: []) }
            #expect(back.code == .refused)
        }
    }

    @Test func givesAContactAnotherAddress() async throws {
        try await withWorld { world in
            let contact = try await world.plant("old@example.org")
            let other = try await world.plant("other@example.org")
            let moved = try await world.client.changeAddress(of: contact.id, to: "new@example.org")
            #expect(moved.id == contact.id)
            #expect(moved.email == "new@example.org")
            #expect(try await world.truth(of: "old@example.org") == nil)
            let taken = try await failure {
                try await world.client.changeAddress(of: contact.id, to: "other@example.org")
            }
            #expect(taken.code == .conflict(existing: other.id.rawValue))
        }
    }

    @Test func whoIsGoneIsToldAsSuch() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            try await world.control("delete-permanent", #"{"email":"ada@example.org"}"#)
            let id = contact.id
            #expect(try await failure { try await world.client.unsubscribe(id, reason: "") }.code == .notFound)
            #expect(try await failure { try await world.client.resubscribe(id, lists: []) }.code == .notFound)
            #expect(
                try await failure { try await world.client.changeAddress(of: id, to: "x@example.org") }.code
                    == .notFound
            )
            let row = row("ada@example.org")
            let error = try await failure { try await world.client.upsert(row, known: nil, onto: []) }
            #expect(error.code == .refused)
            #expect(error.detail.contains("deleted for good"))
        }
    }
}
