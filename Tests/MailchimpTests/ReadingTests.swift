import Bridge
import Foundation
import HTTPCalls
import Mailchimp
import Reconciliation
import Sandbox
import Testing

@Suite struct ReadingTests {
    @Test func saysWhichAccountAndAudienceItIs() async throws {
        try await withWorld { world in
            let identity = try await world.client.identify()
            #expect(identity.accountID == "sandbox-account/a1b2c3d4e5")
            #expect(identity.organisation == "Sandbox Ltd / All Workbooks Contacts")
        }
    }

    @Test func takesBearerTokensAndKeysOnly() async throws {
        try await withWorld { world in
            let wrong = try world.client(credential: .apiKey("ffffffffffffffffffffffffffffffff-us6"))
            #expect(try await failure { try await wrong.identify() }.code == .needsAuthorisation)
        }
    }

    @Test func aKeyOfAnotherDataCentreIsToldBeforeItIsUsed() async throws {
        try await withWorld { world in
            let key = MailchimpCredential.apiKey("0123456789abcdef0123456789abcdef-us7")
            let client = try world.client(credential: key, api: "https://us6.api.mailchimp.com/3.0")
            let error = try await failure { try await client.identify() }
            #expect(error.code == .needsAuthorisation)
            #expect(error.detail.contains("us7"))
            #expect(world.gate.admitted == 0)
        }
    }

    @Test func theDataCentreOfAKeyGivesTheAddress() throws {
        let settings = try MailchimpSettings(credential: .apiKey("0123-us21"), audience: "a")
        #expect(settings.api.description == "https://us21.api.mailchimp.com/3.0")
        #expect(throws: (any Error).self) { try MailchimpSettings(credential: .apiKey("0123"), audience: "a") }
        #expect(throws: (any Error).self) { try MailchimpSettings(credential: .accessToken("0-us1"), audience: "a") }
    }

    @Test(arguments: [
        ("subscribed", Permission.explicit), ("pending", .pendingConfirmation), ("unsubscribed", .unsubscribed),
        ("transactional", .transactional), ("cleaned", .cleaned), ("archived", .vanished),
    ])
    func readsEveryStatus(status: String, permission: Permission) async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org", status: status)
            #expect(contact.permission == permission)
            #expect(contact.isDeleted == (status == "archived"))
            #expect(contact.optOutBy == (status == "unsubscribed" ? .unnamed : .unknown))
            #expect(contact.optOutAt == nil)
            #expect(contact.optInBy == .unknown)
            #expect(contact.changedAt == world.now)
            #expect(contact.bounce == (status == "cleaned" ? .hard : nil))
        }
    }

    @Test func readsAContactWithItsValuesAndTags() async throws {
        try await withWorld { world in
            try await world.plantAll(
                #"""
                {"email":"Ann.Lee@Example.com","tags":["WB:1 Spring","a marketer's own"],"merge_fields":
                {"FNAME":"Ann","LNAME":"Lee","PHONE":"","ADDRESS":{"addr1":"1 High St","city":"Ely","state":"",
                "zip":"CB7"}}}
                """#
            )
            let contact = try await world.contact("ann.lee@example.com")
            #expect(contact.email == "Ann.Lee@Example.com")
            #expect(contact.firstName == "Ann")
            #expect(contact.lastName == "Lee")
            #expect(contact.fields["PHONE"] == "")
            #expect(contact.fields["ADDRESS"]?.contains("1 High St") == true)
            #expect(contact.lists.count == 2)
            #expect(try await world.client.contact(contact.id) == contact)
            #expect(contact.id.rawValue != "ac22d1dff811ced3068af057a3ed7029")
        }
    }

    @Test func idsStayWhenAddressesChange() async throws {
        try await withWorld { world in
            let before = try await world.plant("old@example.org")
            try await world.control("change-address", #"{"email":"old@example.org","to":"new@example.org"}"#)
            #expect(try await world.client.contact(before.id)?.email == "new@example.org")
            #expect(try await world.contact("new@example.org").id == before.id)
        }
    }

    @Test func readsTagsBeyondTheFiftyThatAMemberShows() async throws {
        try await withWorld { world in
            let names = (1...73).map { "\"WB:\($0) Campaign\"" }.joined(separator: ",")
            try await world.plantAll(#"{"email":"ada@example.org","tags":[\#(names)]}"#)
            #expect(try await world.contact("ada@example.org").lists.count == 73)
        }
    }

    @Test func whoIsNotThereIsAnEmptyPage() async throws {
        try await withWorld { world in
            let address = try #require(Address(typed: "nobody@example.org"))
            #expect(try await world.client.contacts(.having(address), cursor: nil).contacts.isEmpty)
            #expect(try await world.client.contact(ContactID("0123456789abcdef")) == nil)
        }
    }

    @Test func anAudienceThatIsGoneIsNotOneThatEverybodyLeft() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            world.clock.advance(by: 60)
            try await world.control("delete-audience")
            let address = try #require(contact.address)
            for query in [ContactQuery.everybody, .having(address), .onLists([ListID("1")]), .unsubscribed] {
                let error = try await failure { try await world.client.contacts(query, cursor: nil) }
                #expect(error.code == .notFound)
                #expect(error.detail.contains("no audience"))
            }
            #expect(try await failure { try await world.client.contact(contact.id) }.code == .notFound)
            #expect(try await failure { try await world.client.lists() }.code == .notFound)
        }
    }

    @Test func walksEverybodyInPagesOfAThousand() async throws {
        try await withWorld { world in
            let members = (0..<2_500).map { #"{"email":"p\#($0)@example.org"}"# }.joined(separator: ",")
            try await world.plantAll(members)
            try await world.plantAll(#"{"email":"gone@example.org","status":"archived"}"#)
            let found = try await world.walk(.everybody)
            #expect(Set(found.map(\.id)).count == 2_501)
            #expect(found.count == 2_501)
            #expect(found.count { $0.isDeleted } == 1)
            // Three pages of all, one of the archived.
            #expect(world.calls("GET /lists/{list_id}/members") == 4)
        }
    }

    @Test func losesNobodyWhileTheAudienceMoves() async throws {
        try await withWorld { world in
            for block in 0..<3 {
                let members = (0..<700).map { #"{"email":"p\#(block)-\#($0)@example.org"}"# }.joined(separator: ",")
                try await world.plantAll(members)
                world.clock.advance(by: 100)
            }
            var found: Set<String> = []
            var cursor: String?
            var page = 0
            repeat {
                let answer = try await world.client.contacts(.everybody, cursor: cursor)
                found.formUnion(answer.contacts.map(\.email))
                cursor = answer.next
                // Rows that were read already go to the end, and all behind them move up.
                for index in 0..<20 where page < 2 {
                    let email = "p\(page)-\(index)@example.org"
                    try await world.control("profile", #"{"email":"\#(email)","merge_fields":{"FNAME":"x"}}"#)
                }
                page += 1
            } while cursor != nil
            #expect(found.count == 2_100)
        }
    }

    @Test func losesNobodyOfASecondWhileItMoves() async throws {
        try await withWorld { world in
            let members = (0..<2_100).map { #"{"email":"p\#($0)@example.org"}"# }.joined(separator: ",")
            try await world.plantAll(members)
            world.clock.advance(by: 100)
            var found: Set<String> = []
            var cursor: String?
            var page = 0
            repeat {
                let answer = try await world.client.contacts(.everybody, cursor: cursor)
                found.formUnion(answer.contacts.map(\.email))
                cursor = answer.next
                if page == 0 {
                    for index in [0, 5, 999] {
                        let email = "p\(index)@example.org"
                        try await world.control("profile", #"{"email":"\#(email)","merge_fields":{"FNAME":"x"}}"#)
                    }
                }
                page += 1
            } while cursor != nil
            #expect(found.count == 2_100)
        }
    }

    @Test func findsWhoChangedSinceAMoment() async throws {
        try await withWorld { world in
            try await world.plant("early@example.org")
            try await world.plant("left@example.org")
            try await world.plant("archived@example.org")
            world.clock.advance(by: 3600)
            let since = world.now.advanced(bySeconds: -60)
            try await world.control("unsubscribe", #"{"email":"left@example.org","reason":"too many"}"#)
            try await world.control("archive", #"{"email":"archived@example.org"}"#)
            let found = try await world.walk(.optedOut(after: since))
            #expect(Set(found.map(\.email)) == ["left@example.org", "archived@example.org"])
            let left = try #require(found.first { $0.email == "left@example.org" })
            #expect(left.permission == .unsubscribed)
            #expect(left.optOutReason == "too many")
            #expect(try await world.walk(.optedOut(after: world.now)).isEmpty)
            #expect(try await world.walk(.unsubscribed).map(\.email) == ["left@example.org"])
            #expect(try await world.walk(.deleted).map(\.email) == ["archived@example.org"])
            #expect(try await world.walk(.created(after: since)).map(\.email) == ["left@example.org"])
        }
    }

    @Test func asksForEverythingWhereTheMomentIsAncient() async throws {
        try await withWorld { world in
            try await world.plant("ada@example.org", status: "unsubscribed")
            let found = try await world.walk(.optedOut(after: Timestamp(milliseconds: -900_000)))
            #expect(found.map(\.email) == ["ada@example.org"])
        }
    }

    @Test func readsEveryStatusOfATag() async throws {
        try await withWorld { world in
            let rows = ["subscribed", "unsubscribed", "cleaned", "transactional", "pending"].map {
                #"{"email":"\#($0)@example.org","status":"\#($0)","tags":["WB:1 Spring"]}"#
            }
            try await world.plantAll(rows.joined(separator: ","))
            let list = try #require(try await world.client.lists().first)
            #expect(try await world.walk(.onLists([list.id])).count == 5)
            let error = try await failure {
                try await world.client.contacts(.onLists([ListID("999999")]), cursor: nil)
            }
            #expect(error.code == .notFound)
        }
    }

    @Test func tellsComplaintsFromBounces() async throws {
        try await withWorld {
            $0.complaintsArriveAs = .cleaned
        } _: { world in
            try await world.plant("angry@example.org")
            try await world.plant("dead@example.org")
            try await world.control("complain", #"{"email":"angry@example.org"}"#)
            try await world.control("bounce", #"{"email":"dead@example.org"}"#)
            let found = try await world.walk(.everybody)
            let bounces = Dictionary(uniqueKeysWithValues: found.map { ($0.email, $0.bounce) })
            #expect(bounces == ["angry@example.org": .complaint, "dead@example.org": .hard])
            // Once for the page, not for the member.
            #expect(world.calls("GET /lists/{list_id}/abuse-reports") == 1)
        }
    }

    @Test func complaintsThatMayNotBeReadLeaveItUnclear() async throws {
        try await withWorld { world in
            try await world.plant("dead@example.org")
            try await world.control("bounce", #"{"email":"dead@example.org"}"#)
            try world.fault(#"{"kind":"forbidden","path":"abuse-reports"}"#)
            #expect(try await world.contact("dead@example.org").bounce == .unclear)
            try world.fault(#"{"kind":"flood","path":"abuse-reports","times":4}"#)
            let error = try await failure { try await world.contact("dead@example.org") }
            #expect(error.code == .throttled(retryAfterSeconds: nil))
        }
    }

    @Test func survivesWhatItDoesNotKnow() async throws {
        try await withWorld(isDescribed: false) {
            $0.addsUnknownKeys = true
            $0.unknownStatusShare = 1
            $0.abridgesProblems = true
        } _: { world in
            try await world.plant("ada@example.org")
            let contact = try await world.contact("ada@example.org")
            #expect(contact.permission == .other("hibernating"))
            #expect(try await world.walk(.everybody).count == 1)
            #expect(try await world.client.contact(ContactID("none")) == nil)
        }
    }

    @Test func showsTheOptOutsOfAMemberThatIsArchivedNow() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            let sent = try await world.control("send-campaign", #"{"subject":"Spring"}"#)
            let id = try #require(sent["campaign_id"]?.stringValue)
            #expect(try await world.client.optOuts(of: contact.id) == nil)
            try await world.control("unsubscribe", #"{"email":"ada@example.org","campaign_id":"\#(id)"}"#)
            try await world.control("archive", #"{"email":"ada@example.org"}"#)
            let found = try #require(try await world.client.optOuts(of: contact.id))
            #expect(found == [OptOutSighting(occurredAt: world.now, reference: id)])
        }
    }

    @Test func refusesAPlaceThatItDidNotGive() async throws {
        try await withWorld { world in
            for cursor in ["", "1|9||0||0", "2|0||0||0", "1|0|x|0||0", "1|0||-5||0"] {
                let error = try await failure { try await world.client.contacts(.everybody, cursor: cursor) }
                #expect(error.code == .refused)
            }
        }
    }
}
