import Bridge
import Foundation
import Mailchimp
import Reconciliation
import Sandbox
import Testing

@Suite struct BulkTests {
    @Test func rowsGoOutByWhatIsKnownOfThem() async throws {
        try await withWorld { world in
            var known = row("ada@example.org")
            #expect(world.client.bulkKind(of: known) == .creation)
            known.known = ContactID("x")
            #expect(world.client.bulkKind(of: known) == .change)
            known.isHeld = true
            #expect(world.client.bulkKind(of: known) == .membership)
            let list = ListID("1")
            #expect(world.client.packing(of: Array(repeating: known, count: 1_201), onto: [list]) == [500, 500, 201])
            known.isHeld = false
            #expect(world.client.packing(of: Array(repeating: known, count: 1_200), onto: [list]) == [998, 202])
            #expect(world.client.packing(of: [], onto: [list]).isEmpty)
        }
    }

    @Test func createsContactsWithTheirTagsInOneCall() async throws {
        try await withWorld {
            // Right after it, tags would not know them.
            $0.visibilityLagSeconds = 600
        } _: { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let field = try await world.client.createField(labelled: "Town")
            let rows = (0..<500).map { row("p\($0)@example.org", firstName: "P\($0)", fields: [field.name: "Ely"]) }
            let calls = world.calls("POST /lists/{list_id}")
            let result = try ended(try await world.client.submit(.upsert(rows, onto: [list.id])))
            #expect(result.completed)
            #expect(result.rowErrors.isEmpty)
            #expect(result.contacts.count == 500)
            #expect(result.contacts.allSatisfy { $0.lists == [list.id] && $0.permission == .explicit })
            #expect(world.calls("POST /lists/{list_id}") == calls + 1)
            #expect(world.calls("POST /lists/{list_id}/segments/{segment_id}") == 0)
            #expect(try await world.members(of: list.id).count == 500)
            let truth = try #require(try await world.truth(of: "p7@example.org"))
            #expect(truth["merge_fields"]?["FNAME"]?.stringValue == "P7")
            #expect(truth["merge_fields"]?[field.name]?.stringValue == "Ely")
        }
    }

    @Test func asksNewContactsToConfirmWhereTheAudienceDoes() async throws {
        try await withWorld { world in
            try await world.control("audience", #"{"double_optin":true}"#)
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let result = try ended(try await world.client.submit(.upsert([row("ada@example.org")], onto: [list.id])))
            #expect(result.contacts.map(\.permission) == [.pendingConfirmation])
            #expect(try await world.truth(of: "ada@example.org")?["confirmation_mails"]?.intValue == 1)
        }
    }

    @Test func creatingBringsNobodyBack() async throws {
        try await withWorld { world in
            for status in ["unsubscribed", "cleaned", "transactional", "subscribed"] {
                try await world.plant("\(status)@example.org", status: status)
            }
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let emails = ["new", "unsubscribed", "cleaned", "transactional", "subscribed"].map { "\($0)@example.org" }
            let change = BulkChange.upsert(emails.map { row($0, firstName: "X") }, onto: [list.id])
            let result = try ended(try await world.client.submit(change))
            for status in ["unsubscribed", "cleaned", "transactional", "subscribed"] {
                #expect(try await world.status(of: "\(status)@example.org") == status)
            }
            #expect(try await world.members(of: list.id) == ["new@example.org", "subscribed@example.org"])
            #expect(result.rowErrors.map(\.index) == [2, 3])
            #expect(Set(result.contacts.map(\.email)) == Set(emails))
        }
    }

    @Test func namesTheRowsThatWereRefused() async throws {
        try await withWorld {
            $0.fakeAddresses = ["fake@example.org"]
            $0.overusedAddresses = ["busy@example.org"]
        } _: { world in
            try await world.plant("erased@example.org")
            try await world.control("delete-permanent", #"{"email":"erased@example.org"}"#)
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let emails = ["a@example.org", "nobody", "fake@example.org", "busy@example.org", "erased@example.org"]
            let result = try ended(
                try await world.client.submit(.upsert(emails.map { row($0) }, onto: [list.id]))
            )
            #expect(result.rowErrors.map(\.index) == [1, 2, 3, 4])
            #expect(result.rowErrors.allSatisfy { !$0.text.contains("@") })
            #expect(result.rowErrors[1].text.contains("spelt"))
            #expect(result.rowErrors[2].text.contains("again"))
            #expect(result.rowErrors[3].text.contains("deleted for good"))
            #expect(try await world.members(of: list.id) == ["a@example.org"])
        }
    }

    @Test func leavesRequiredFieldsToTheOwner() async throws {
        try await withWorld { world in
            try await world.control("merge-field", #"{"tag":"SHOE","name":"Shoe size","required":true}"#)
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let result = try ended(try await world.client.submit(.upsert([row("ada@example.org")], onto: [list.id])))
            #expect(result.rowErrors.isEmpty)
            #expect(try await world.status(of: "ada@example.org") == "subscribed")
            let contact = try await world.contact("ada@example.org")
            _ = try await world.client.unsubscribe(contact.id, reason: "asked")
            #expect(try await world.status(of: "ada@example.org") == "unsubscribed")
        }
    }

    @Test func aFieldThatIsGoneStopsItsRowsOnly() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let rows = [row("a@example.org", fields: ["NOFIELD": "x"]), row("b@example.org")]
            let result = try ended(try await world.client.submit(.upsert(rows, onto: [list.id])))
            #expect(result.rowErrors.map(\.index) == [0])
            #expect(result.rowErrors.first?.text.contains("NOFIELD") == true)
            #expect(try await world.members(of: list.id) == ["b@example.org"])
        }
    }

    @Test func aTagThatIsGoneIsToldBeforeAnythingIsCreated() async throws {
        try await withWorld { world in
            let error = try await failure {
                try await world.client.submit(.upsert([row("a@example.org")], onto: [ListID("77")]))
            }
            #expect(error.code == .notFound)
            #expect(try await world.truth(of: "a@example.org") == nil)
        }
    }

    @Test(arguments: ["日本語のとても長い名前", "é", "👩‍👩‍👧‍👦", "x"])
    func cutsValuesAtTheBytesThatAreKept(text: String) async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let name = String(repeating: text, count: 300)
            _ = try await world.client.submit(.upsert([row("ada@example.org", firstName: name)], onto: [list.id]))
            let kept = try await world.contact("ada@example.org").firstName
            #expect(kept.utf8.count <= 255)
            #expect(kept.utf8.count > 255 - text.utf8.count)
            #expect(name.hasPrefix(kept))
        }
    }

    @Test func carriesTextsAsTheyAre() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 \"q\" \\ Ærø 😀", description: "")
            let name = "\"q\" \\ / \t Ærøskøbing 日本 😀, a;b"
            _ = try await world.client.submit(.upsert([row("a+b@example.org", firstName: name)], onto: [list.id]))
            #expect(try await world.contact("a+b@example.org").firstName == name)
            #expect(try await world.members(of: list.id) == ["a+b@example.org"])
        }
    }

    @Test func putsKnownContactsOnTagsAndChangesNothingElse() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let rows = try await known(["a@example.org", "b@example.org"], in: world, isHeld: true)
            let before = try await world.contact("a@example.org").changedAt
            world.clock.advance(by: 60)
            let result = try ended(try await world.client.submit(.upsert(rows, onto: [list.id])))
            #expect(result == ActivityResult(completed: true, state: "on the lists"))
            #expect(try await world.members(of: list.id) == ["a@example.org", "b@example.org"])
            #expect(try await world.contact("a@example.org").changedAt == before)
        }
    }

    @Test func triesWhoWasMadeAMomentAgoOnceMore() async throws {
        try await withWorld {
            $0.visibilityLagSeconds = 20
        } _: { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let created = try ended(try await world.client.submit(.upsert([row("new@example.org")], onto: [])))
            var known = row("new@example.org")
            known.known = try #require(created.contacts.first).id
            known.isHeld = true
            let result = try ended(try await world.client.submit(.upsert([known], onto: [list.id])))
            #expect(result.rowErrors.isEmpty && result.unnamedRefusals == 0)
            #expect(try await world.members(of: list.id) == ["new@example.org"])
        }
    }

    @Test func tellsOfKnownContactsThatAreGone() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let rows = try await known(["a@example.org", "archived@example.org", "moved@example.org"], in: world)
            try await world.control("archive", #"{"email":"archived@example.org"}"#)
            try await world.control("change-address", #"{"email":"moved@example.org","to":"there@example.org"}"#)
            for isHeld in [true, false] {
                let sent = rows.map { row in
                    var row = row
                    row.isHeld = isHeld
                    return row
                }
                let result = try ended(try await world.client.submit(.upsert(sent, onto: [list.id])))
                #expect(result.rowErrors.map(\.index) == [2])
                #expect(result.contacts.contains { $0.email == "archived@example.org" && $0.isDeleted })
            }
            // Nobody was made a second time, and nobody brought back.
            #expect(try await world.truth(of: "moved@example.org") == nil)
            #expect(try await world.status(of: "archived@example.org") == "archived")
            #expect(try await world.members(of: list.id) == ["a@example.org"])
        }
    }

    @Test func changesAFewByCallsOfTheirOwn() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            try await world.plant("out@example.org", status: "unsubscribed")
            var rows = try await known(["a@example.org", "b@example.org", "out@example.org"], in: world)
            for index in rows.indices { rows[index].firstName = "N\(index)" }
            let result = try ended(try await world.client.submit(.upsert(rows, onto: [list.id])))
            #expect(result.rowErrors.isEmpty)
            #expect(try await world.contact("b@example.org").firstName == "N1")
            #expect(try await world.status(of: "out@example.org") == "unsubscribed")
            #expect(result.contacts.first { $0.email == "out@example.org" }?.permission == .unsubscribed)
            #expect(world.calls("POST /batches") == 0)
        }
    }

    @Test func takesContactsOffTagsAndLeavesThemAlone() async throws {
        try await withWorld { world in
            let members = (0..<500).map { #"{"email":"p\#($0)@example.org","tags":["WB:1 Spring","VIP"]}"# }
            try await world.plant(members.joined(separator: ","))
            let list = try #require(try await world.client.lists().first { $0.name == "WB:1 Spring" })
            let contacts = try await world.walk(.everybody)
            let references = contacts.compactMap { contact in
                contact.address.map { ContactReference(contact.id, $0) }
            }
            let result = try ended(try await world.client.submit(.remove(references, from: [list.id])))
            #expect(result.completed)
            #expect(try await world.members(of: list.id).isEmpty)
            #expect(try await world.tags(of: "p3@example.org") == ["VIP"])
            #expect(try await world.status(of: "p3@example.org") == "subscribed")
            #expect(world.calls("POST /lists/{list_id}/segments/{segment_id}") == 1)
            // A tag that is gone has no members; an audience that is gone is another matter.
            let first = Array(references.prefix(1))
            #expect(try ended(try await world.client.submit(.remove(first, from: [ListID("77")]))).completed)
        }
    }

    @Test func refusesMoreThanOneRequestTakes() async throws {
        try await withWorld { world in
            let rows = Array(repeating: row("a@example.org"), count: 501)
            let error = try await failure { try await world.client.submit(.upsert(rows, onto: [])) }
            #expect(error.code == .refused)
            #expect(world.calls == 0)
        }
    }

    @Test func aDoubleInOneCreationIsNoError() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let rows = [row("a@example.org"), row("A@example.org")]
            let result = try ended(try await world.client.submit(.upsert(rows, onto: [list.id])))
            #expect(result.rowErrors.isEmpty)
            #expect(result.contacts.count == 1)
        }
    }
}

/// Rows of contacts that are there, planted where they are not.
func known(_ emails: [String], in world: World, isHeld: Bool = false) async throws -> [ContactRow] {
    var rows: [ContactRow] = []
    for email in emails {
        if try await world.truth(of: email) == nil { try await world.plant(#"{"email":"\#(email)"}"#) }
        var row = row(email)
        row.known = try await world.contact(email).id
        row.isHeld = isHeld
        rows.append(row)
    }
    return rows
}
