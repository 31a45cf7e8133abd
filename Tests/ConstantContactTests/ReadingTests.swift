import Bridge
import ConstantContact
import Reconciliation
import Sandbox
import Testing

@Suite struct ReadingTests {
    @Test func identifiesTheAccount() async throws {
        try await withWorld { world in
            let identity = try await world.client.identify()
            #expect(identity.accountID == "sandbox-account")
            #expect(!identity.organisation.isEmpty)
            try await world.control("switch-account", #"{"encoded_account_id":"another"}"#)
            try await world.control("expire-tokens")
            #expect(try await world.client.identify().accountID == "another")
        }
    }

    @Test func readsAContactWithEverything() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "")
            let field = try await world.client.createField(labelled: "Workbooks ID")
            let row = ContactRow(
                email: "Ada.Byron@Example.org",
                firstName: "Ada",
                lastName: "Byron",
                fields: [field.name: "PERS-1"]
            )
            let written = try await world.client.upsert(row, known: nil, onto: [list.id])
            let contact = try #require(try await world.client.contact(written.id))

            #expect(contact == written)
            #expect(contact.email == "Ada.Byron@Example.org")
            #expect(contact.firstName == "Ada")
            #expect(contact.lastName == "Byron")
            #expect(contact.fields == ["Workbooks_ID": "PERS-1"])
            #expect(contact.lists == [list.id])
            #expect(contact.listsWereRead)
            #expect(contact.permission == .implicit)
            #expect(contact.optInBy == .account)
            #expect(contact.optInAt == world.now)
            #expect(contact.optOutBy == .unknown)
            #expect(!contact.isDeleted)
        }
    }

    @Test func answersNothingForAnUnknownContact() async throws {
        try await withWorld { world async throws in
            let id = ContactID("a7b1c2d3-4e5f-4a6b-8c7d-9e0f1a2b3c04")
            #expect(try await world.client.contact(id) == nil)
        }
    }

    @Test func walksEverybodyPageByPage() async throws {
        try await withWorld { world in
            let people = (0..<1201).map { #"{"email":"p\#($0)@example.org"}"# }.joined(separator: ",")
            try await world.control("create-contact", #"{"contacts":[\#(people)]}"#)
            try await world.control("delete-contact", #"{"email":"p7@example.org"}"#)
            try await world.control("unsubscribe", #"{"email":"p8@example.org"}"#)

            let contacts = try await all(.everybody, world)
            #expect(contacts.count == 1201)
            #expect(Set(contacts.map(\.id)).count == 1201)
            #expect(contacts.filter(\.isDeleted).map(\.email) == ["p7@example.org"])
            #expect(contacts.filter { $0.permission == .unsubscribed }.map(\.email) == ["p8@example.org"])
            #expect(world.calls("GET /v3/contacts") == 3)
        }
    }

    @Test(arguments: [
        ConstantContactOptions.LastPageLinks.empty, .null, .absent, .nullNext,
    ])
    func knowsTheLastPageHoweverItIsWritten(links: ConstantContactOptions.LastPageLinks) async throws {
        try await withWorld {
            $0.lastPageLinks = links
        } _: { world in
            _ = try await world.plant(#"{"email":"a@example.org"}"#)
            let page = try await world.client.contacts(.everybody, cursor: nil)
            #expect(page.contacts.count == 1)
            #expect(page.next == nil)
            _ = try await world.client.lists()
            _ = try await world.client.fields()
        }
    }

    @Test func tellsTheServersTime() async throws {
        try await withWorld { world in
            world.clock.advance(by: 0.25)
            let page = try await world.client.contacts(.everybody, cursor: nil)
            #expect(page.serverTime == Timestamp(seconds: world.now.seconds))
        }
    }

    @Test func findsOptOutsByTheirOwnStamp() async throws {
        try await withWorld { world in
            for name in ["early", "late", "gone", "sober"] {
                _ = try await world.plant(#"{"email":"\#(name)@example.org"}"#)
            }
            try await world.control("unsubscribe", #"{"email":"early@example.org"}"#)
            world.clock.advance(by: 60)
            let since = world.now
            world.clock.advance(by: 60)
            try await world.control("unsubscribe", #"{"email":"late@example.org","reason":"Too many"}"#)
            try await world.control("unsubscribe", #"{"email":"gone@example.org","by":"account"}"#)
            try await world.control("delete-contact", #"{"email":"gone@example.org"}"#)

            let contacts = try await all(.optedOut(after: since), world).sorted { $0.email > $1.email }
            #expect(contacts.map(\.email) == ["late@example.org", "gone@example.org"])
            #expect(contacts.map(\.optOutBy) == [.contact, .account])
            #expect(contacts.map(\.isDeleted) == [false, true])
            #expect(contacts.first?.optOutAt == world.now)
            #expect(contacts.first?.optOutReason == "Too many")
            #expect(contacts.first?.lists == [])
        }
    }

    @Test func findsContactsByStateListAndCreation() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "")
            let other = try await world.client.createList(named: "Autumn", description: "")
            _ = try await world.plant(#"{"email":"a@example.org","list_ids":["\#(list.id)"]}"#)
            _ = try await world.plant(#"{"email":"b@example.org","list_ids":["\#(other.id)"]}"#)
            world.clock.advance(by: 10)
            let since = world.now
            world.clock.advance(by: 10)
            _ = try await world.plant(#"{"email":"c@example.org","permission_to_send":"unsubscribed"}"#)
            _ = try await world.plant(#"{"email":"d@example.org","deleted":true}"#)

            func emails(_ query: ContactQuery) async throws -> [String] {
                try await all(query, world).map(\.email).sorted()
            }
            #expect(try await emails(.onLists([list.id])) == ["a@example.org"])
            #expect(try await emails(.onLists([list.id, other.id])) == ["a@example.org", "b@example.org"])
            #expect(try await emails(.unsubscribed) == ["c@example.org"])
            #expect(try await emails(.deleted) == ["d@example.org"])
            #expect(try await emails(.created(after: since)) == ["c@example.org"])
            #expect(try await emails(.having(Address(compared: "d@example.org"))) == ["d@example.org"])
            #expect(try await emails(.having(Address(compared: "nobody@example.org"))).isEmpty)
        }
    }

    @Test func sendsAPlusSignAsOne() async throws {
        try await withWorld { world in
            _ = try await world.plant(#"{"email":"ada+news@example.org"}"#)
            let address = try #require(Address(typed: "Ada+News@example.org"))
            let page = try await world.client.contacts(.having(address), cursor: nil)
            #expect(page.contacts.map(\.email) == ["ada+news@example.org"])
        }
    }

    @Test func refusesAQueryThatTheServiceWouldRefuse() async throws {
        try await withWorld { world async throws in
            let lists = (0..<26).map { ListID("\($0)") }
            for query in [ContactQuery.onLists([]), .onLists(lists)] {
                #expect(try await failure { try await world.client.contacts(query, cursor: nil) }.code == .refused)
            }
            #expect(world.calls == 0)
        }
    }

    @Test(arguments: [
        "https://evil.example/v3/contacts?cursor=x",
        "//evil.example/v3/contacts?cursor=x",
        "http://127.0.0.1:1/v3/contacts?cursor=x",
        "/v3/contact_lists?cursor=x",
        "/v3/../v3/contacts?cursor=x",
        "/v3/contacts/../account?cursor=x",
        "@evil.example/v3/contacts?cursor=x",
        "/v3/contacts?cursor=x\\r\\nHost: evil.example",
    ])
    func followsNoLinkThatLeadsAway(link: String) async throws {
        try await withWorld { world in
            let page = #"{\"contacts\":[],\"_links\":{\"next\":{\"href\":\"\#(link.replacing("\\", with: "\\\\"))\"}}}"#
            try world.fault(#"{"kind":"status","status":200,"path":"/v3/contacts","body":"\#(page)"}"#)
            let reading = try await failure { try await world.client.contacts(.everybody, cursor: nil) }
            #expect(reading.code == .unreadableAnswer)

            let calls = world.calls
            let following = try await failure { try await world.client.contacts(.everybody, cursor: link) }
            #expect(following.code == .unreadableAnswer)
            #expect(world.calls == calls)
        }
    }

    @Test func stopsWalkingInACircle() async throws {
        try await withWorld { world in
            let page = #"{\"lists\":[],\"_links\":{\"next\":{\"href\":\"/v3/contact_lists?cursor=x\"}}}"#
            try world.fault(#"{"kind":"status","status":200,"path":"lists","times":9,"body":"\#(page)"}"#)
            #expect(try await failure { try await world.client.lists() }.code == .unreadableAnswer)
        }
    }

    private func all(_ query: ContactQuery, _ world: World) async throws -> [ProviderContact] {
        var found: [ProviderContact] = []
        var cursor: String?
        repeat {
            let page = try await world.client.contacts(query, cursor: cursor)
            found += page.contacts
            cursor = page.next
        } while cursor != nil
        return found
    }
}
