import Bridge
import ConstantContact
import Reconciliation
import Sandbox
import Testing

@Suite struct ChangeTests {
    @Test func createsAContactAsTheAccount() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let email = String(repeating: "x", count: 60) + "@example.org"
            let row = ContactRow(email: email, firstName: "Ada", lastName: "Byron")
            let contact = try await world.client.upsert(row, known: nil, onto: [list])
            #expect(contact.email == email)
            #expect(contact.lists == [list])
            #expect(contact.permission == .implicit)
            #expect(contact.optInBy == .account)
        }
    }

    @Test func updatesAContactWithoutLosingAnything() async throws {
        try await withWorld { world in
            let spring = try await world.client.createList(named: "Spring", description: "").id
            let autumn = try await world.client.createList(named: "Autumn", description: "").id
            let level = try await world.client.createField(labelled: "Level")
            let colour = try await world.client.createField(labelled: "Colour")
            let id = try await world.plant(
                """
                {"email":"ada@example.org","first_name":"Ada","last_name":"Byron","company_name":"Analytical",
                 "job_title":"Countess","list_ids":["\(spring)"],"permission_to_send":"explicit"}
                """
            )
            let fields = [level.name: "gold", colour.name: "red"]
            let first = ContactRow(email: "ada@example.org", firstName: "", lastName: "Lovelace", fields: fields)
            _ = try await world.client.upsert(first, known: id, onto: [autumn])
            let second = ContactRow(email: "ada@example.org", firstName: "", lastName: "", fields: [level.name: ""])
            let contact = try await world.client.upsert(second, known: id, onto: [autumn])

            #expect(contact.firstName == "Ada")
            #expect(contact.lastName == "Lovelace")
            #expect(contact.fields == [colour.name: "red"])
            #expect(contact.lists == [spring, autumn])
            let truth = try #require(try await world.truth(of: "ada@example.org"))
            #expect(truth["company_name"]?.stringValue == "Analytical")
            #expect(truth["job_title"]?.stringValue == "Countess")
            #expect(truth["permission_to_send"]?.stringValue == "explicit")
        }
    }

    @Test func updatesTheContactThatHasTheAddress() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let id = try await world.plant(#"{"email":"ada+1@example.org"}"#)
            let row = ContactRow(email: "Ada+1@example.org", firstName: "Ada", lastName: "")
            let contact = try await world.client.upsert(row, known: nil, onto: [list])
            #expect(contact.id == id)
            #expect(contact.firstName == "Ada")
            #expect(contact.lists == [list])
        }
    }

    @Test func revivesADeletedContactThatHasTheAddress() async throws {
        try await withWorld { world in
            let id = try await world.plant(#"{"email":"ada@example.org","deleted":true}"#)
            let row = ContactRow(email: "ada@example.org", firstName: "Ada", lastName: "")
            let contact = try await world.client.upsert(row, known: nil, onto: [])
            #expect(contact.id == id)
            #expect(!contact.isDeleted)
        }
    }

    @Test func putsNobodyOnAListWhoIsUnsubscribed() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let id = try await world.plant(#"{"email":"ada@example.org","permission_to_send":"unsubscribed"}"#)
            let row = ContactRow(email: "ada@example.org", firstName: "Ada", lastName: "")
            for known in [nil, id] {
                let contact = try await world.client.upsert(row, known: known, onto: [list])
                #expect(contact.permission == .unsubscribed)
                #expect(contact.lists.isEmpty)
            }
            #expect(world.calls("PUT /v3/contacts/{id}") == 0)
        }
    }

    /// Nobody has asked whether the new address may be put on a list (C11).
    @Test func leavesAKnownContactWithAnotherAddressAsItIs() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let id = try await world.plant(#"{"email":"lovelace@example.org"}"#)
            let row = ContactRow(email: "ada@example.org", firstName: "Ada", lastName: "")
            let contact = try await world.client.upsert(row, known: id, onto: [list])
            #expect(contact.email == "lovelace@example.org")
            #expect(contact.lists.isEmpty)
            #expect(world.calls("PUT /v3/contacts/{id}") == 0)
            #expect(world.calls("POST /v3/contacts") == 0)
        }
    }

    @Test func doesNotUndoAnOptOutThatComesBetweenReadingAndWriting() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let id = try await world.plant(#"{"email":"ada@example.org","permission_to_send":"explicit"}"#)
            _ = try await world.client.contact(id)
            // The next call reads the contact, the one after it writes.
            world.gate.beforeCall(1) { try await world.control("unsubscribe", #"{"email":"ada@example.org"}"#) }
            let row = ContactRow(email: "ada@example.org", firstName: "Ada", lastName: "")
            let contact = try await world.client.upsert(row, known: id, onto: [list])

            #expect(world.calls("PUT /v3/contacts/{id}") == 1)
            #expect(contact.permission == .unsubscribed)
            #expect(contact.optOutBy == .contact)
            #expect(try await world.members(of: list).isEmpty)
        }
    }

    @Test func refusesTheListTooMany() async throws {
        try await withWorld { world in
            var lists: [ListID] = []
            for number in 0..<51 {
                lists.append(try await world.client.createList(named: "\(number)", description: "").id)
            }
            let row = ContactRow(email: "ada@example.org", firstName: "", lastName: "")
            let contact = try await world.client.upsert(row, known: nil, onto: Array(lists.prefix(50)))
            let known = try await failure { try await world.client.upsert(row, known: contact.id, onto: [lists[50]]) }
            #expect(known.code == .refused)
            let new = ContactRow(email: "bob@example.org", firstName: "", lastName: "")
            #expect(try await failure { try await world.client.upsert(new, known: nil, onto: lists) }.code == .refused)
        }
    }

    @Test func refusesAFieldThatTheAccountDoesNotHave() async throws {
        try await withWorld { world async throws in
            let row = ContactRow(email: "ada@example.org", firstName: "", lastName: "", fields: ["Nowhere": "x"])
            let error = try await failure { try await world.client.upsert(row, known: nil, onto: []) }
            #expect(error.code == .refused)
            #expect(error.detail.contains("Nowhere"))
        }
    }

    @Test func saysThatAKnownContactIsGone() async throws {
        try await withWorld { world async throws in
            let id = ContactID("a7b1c2d3-4e5f-4a6b-8c7d-9e0f1a2b3c04")
            let row = ContactRow(email: "ada@example.org", firstName: "", lastName: "")
            #expect(try await failure { try await world.client.upsert(row, known: id, onto: []) }.code == .notFound)
            #expect(try await failure { try await world.client.unsubscribe(id, reason: "") }.code == .notFound)
        }
    }

    @Test func unsubscribesAsTheAccountAndChangesNothingElse() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let level = try await world.client.createField(labelled: "Level")
            let row = ContactRow(
                email: "ada@example.org",
                firstName: "Ada",
                lastName: "B",
                fields: [level.name: "gold"]
            )
            let id = try await world.client.upsert(row, known: nil, onto: [list]).id
            let contact = try await world.client.unsubscribe(id, reason: String(repeating: "é", count: 300))

            #expect(contact.permission == .unsubscribed)
            #expect(contact.optOutBy == .account)
            #expect(contact.optOutAt == world.now)
            #expect(contact.optOutReason?.count == 255)
            #expect(contact.lists.isEmpty)
            #expect(contact.firstName == "Ada")
            #expect(contact.lastName == "B")
            #expect(contact.fields == [level.name: "gold"])

            // Once is enough, and a second time must not weaken what the person may have said meanwhile.
            _ = try await world.client.unsubscribe(id, reason: "again")
            #expect(world.calls("PUT /v3/contacts/{id}") == 1)
        }
    }

    @Test func leavesADeletedContactDeleted() async throws {
        try await withWorld { world in
            let id = try await world.plant(#"{"email":"ada@example.org","deleted":true}"#)
            #expect(try await world.client.unsubscribe(id, reason: "").isDeleted)
            #expect(try await failure { try await world.client.resubscribe(id, lists: []) }.code == .notFound)
            let address = try await failure { try await world.client.changeAddress(of: id, to: "b@example.org") }
            #expect(address.code == .notFound)
            let row = ContactRow(email: "ada@example.org", firstName: "", lastName: "")
            #expect(try await failure { try await world.client.upsert(row, known: id, onto: []) }.code == .notFound)
            #expect(world.calls("PUT /v3/contacts/{id}") == 0)
        }
    }

    @Test func changesOneContactAtATime() async throws {
        try await withWorld { world in
            let id = try await world.plant(#"{"email":"ada@example.org"}"#)
            var lists: [ListID] = []
            for number in 0..<8 {
                lists.append(try await world.client.createList(named: "\(number)", description: "").id)
            }
            let row = ContactRow(email: "ada@example.org", firstName: "", lastName: "")
            try await withThrowingTaskGroup(of: Void.self) { [lists] group in
                for list in lists {
                    group.addTask { _ = try await world.client.upsert(row, known: id, onto: [list]) }
                }
                try await group.waitForAll()
            }
            #expect(try await world.client.contact(id)?.lists == Set(lists))
        }
    }

    @Test func takesItsOwnUnsubscribeBack() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let row = ContactRow(email: "ada@example.org", firstName: "Ada", lastName: "")
            let id = try await world.client.upsert(row, known: nil, onto: [list]).id
            _ = try await world.client.unsubscribe(id, reason: "")
            let contact = try await world.client.resubscribe(id, lists: [list])
            #expect(contact.permission == .implicit)
            #expect(contact.lists == [list])
            #expect(contact.firstName == "Ada")

            // Done is done: a repetition writes nothing.
            #expect(try await world.client.resubscribe(id, lists: [list]) == contact)
            #expect(world.calls("PUT /v3/contacts/{id}") == 2)
        }
    }

    @Test func neverTakesAPersonsOptOutBack() async throws {
        try await withWorld { world in
            let id = try await world.plant(#"{"email":"ada@example.org"}"#)
            try await world.control("unsubscribe", #"{"email":"ada@example.org"}"#)
            #expect(try await failure { try await world.client.resubscribe(id, lists: []) }.code == .refused)
            #expect(world.calls("PUT /v3/contacts/{id}") == 0)
        }
    }

    @Test func hearsThatThePersonOptedOutMeanwhile() async throws {
        try await withWorld { world in
            let id = try await world.plant(#"{"email":"ada@example.org"}"#)
            _ = try await world.client.unsubscribe(id, reason: "")
            world.gate.beforeCall(1) { try await world.control("unsubscribe", #"{"email":"ada@example.org"}"#) }
            let error = try await failure { try await world.client.resubscribe(id, lists: []) }
            #expect(error.code == .refused)
            #expect(error.status == 400)
            #expect(try await world.truth(of: "ada@example.org")?["opt_out_source"]?.stringValue == "Contact")
        }
    }

    @Test func doesNotWeakenThePersonsOptOutThatComesFirst() async throws {
        try await withWorld { world in
            let id = try await world.plant(#"{"email":"ada@example.org"}"#)
            _ = try await world.client.contact(id)
            world.gate.beforeCall(1) { try await world.control("unsubscribe", #"{"email":"ada@example.org"}"#) }
            let contact = try await world.client.unsubscribe(id, reason: "flag set")
            #expect(contact.permission == .unsubscribed)
            #expect(contact.optOutBy == .contact)
        }
    }

    @Test func changesAnAddressAndNothingElse() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let row = ContactRow(email: "ada@example.org", firstName: "Ada", lastName: "Byron")
            let before = try await world.client.upsert(row, known: nil, onto: [list])
            var expected = before
            expected.email = "ada@new.example"
            #expect(try await world.client.changeAddress(of: before.id, to: "ada@new.example") == expected)
            #expect(try await world.client.changeAddress(of: before.id, to: "ada@new.example") == expected)
            #expect(world.calls("PUT /v3/contacts/{id}") == 1)
        }
    }

    @Test func keepsAnOptOutWhenTheAddressChanges() async throws {
        try await withWorld { world in
            let id = try await world.plant(#"{"email":"ada@example.org"}"#)
            try await world.control("unsubscribe", #"{"email":"ada@example.org","reason":"No more"}"#)
            let contact = try await world.client.changeAddress(of: id, to: "ada@new.example")
            #expect(contact.permission == .unsubscribed)
            #expect(contact.optOutBy == .contact)
            #expect(contact.optOutReason == "No more")
        }
    }

    @Test func saysWhoHasTheNewAddress() async throws {
        try await withWorld { world in
            let ada = try await world.plant(#"{"email":"ada@example.org"}"#)
            let bob = try await world.plant(#"{"email":"bob@example.org","deleted":true}"#)
            let error = try await failure { try await world.client.changeAddress(of: ada, to: "Bob@example.org") }
            #expect(error.code == .conflict(existing: bob.rawValue))
            #expect(!error.detail.contains("@"))
        }
    }

    @Test func neverUsesTheCallsThatMakeConsent() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let row = ContactRow(email: "ada@example.org", firstName: "Ada", lastName: "")
            let id = try await world.client.upsert(row, known: nil, onto: [list]).id
            _ = try await world.client.unsubscribe(id, reason: "")
            _ = try await world.client.resubscribe(id, lists: [list])
            let truth = try await world.truth()
            #expect(truth["sign_up_form_calls"]?.intValue == 0)
            #expect(truth["resubscribe_mails"]?.intValue == 0)
            #expect(try await world.truth(of: "ada@example.org")?["update_source"]?.stringValue == "Account")
        }
    }
}
