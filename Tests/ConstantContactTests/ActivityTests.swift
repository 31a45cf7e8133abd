import Bridge
import ConstantContact
import Reconciliation
import Sandbox
import Testing

@Suite struct ActivityTests {
    @Test func aContactsHistoryShowsOptOutsByTheLinkInAMailAndNoOthers() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "")
            let ada = try await world.client.upsert(row("ada@example.org"), known: nil, onto: [list.id])
            let bob = try await world.client.upsert(row("bob@example.org"), known: nil, onto: [list.id])
            let mail = try #require(
                try await world.control("send-email", #"{"list_ids":["\#(list.id)"]}"#)["campaign_activity_id"]?
                    .stringValue
            )
            try await world.control(
                "unsubscribe",
                #"{"email":"ada@example.org","campaign_activity_id":"\#(mail)"}"#
            )
            try await world.control("unsubscribe", #"{"email":"bob@example.org","by":"account"}"#)

            #expect(
                try await world.client.optOuts(of: ada.id) == [OptOutSighting(occurredAt: world.now, reference: mail)]
            )
            #expect(try await world.client.optOuts(of: bob.id) == [])
        }
    }

    @Test func theHistoryOfADeletedContactCanStillBeRead() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "")
            let ada = try await world.client.upsert(row("ada@example.org"), known: nil, onto: [list.id])
            let mail = try #require(
                try await world.control("send-email", #"{"list_ids":["\#(list.id)"]}"#)["campaign_activity_id"]?
                    .stringValue
            )
            try await world.control(
                "unsubscribe",
                #"{"email":"ada@example.org","campaign_activity_id":"\#(mail)"}"#
            )
            try await world.control("delete-contact", #"{"email":"ada@example.org"}"#)
            #expect(try await world.client.optOuts(of: ada.id)?.map(\.reference) == [mail])
        }
    }

    @Test func aContactThatTheServiceDoesNotKnowHasNoHistory() async throws {
        try await withWorld { world async throws in
            let id = ContactID("a7b1c2d3-4e5f-4a6b-8c7d-9e0f1a2b3c04")
            #expect(try await world.client.optOuts(of: id) == nil)
        }
    }

    private func row(_ email: String) -> ContactRow {
        ContactRow(email: email, firstName: "Ada", lastName: "Byron")
    }
}
