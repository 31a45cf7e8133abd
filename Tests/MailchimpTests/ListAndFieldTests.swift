import Bridge
import Foundation
import Mailchimp
import Reconciliation
import Sandbox
import Testing

@Suite struct ListAndFieldTests {
    @Test func createsTagsAndFindsThem() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:881 Spring fair", description: "ignored")
            #expect(list.name == "WB:881 Spring fair")
            #expect(try await world.client.lists() == [list])
        }
    }

    @Test func aNameThatExistsNamesItsTag() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:881 Spring fair", description: "")
            for name in ["WB:881 Spring fair", "wb:881 SPRING fair"] {
                let error = try await failure { try await world.client.createList(named: name, description: "") }
                #expect(error.code == .conflict(existing: list.id.rawValue))
            }
            let other = try await world.client.createList(named: "WB:882 Autumn", description: "")
            let error = try await failure { try await world.client.renameList(other.id, to: "WB:881 Spring fair") }
            #expect(error.code == .conflict(existing: list.id.rawValue))
        }
    }

    @Test func renamingKeepsTheMembers() async throws {
        try await withWorld { world in
            try await world.plantAll(#"{"email":"ada@example.org","tags":["WB:1 Spring"]}"#)
            let list = try #require(try await world.client.lists().first)
            try await world.client.renameList(list.id, to: "WB:1 Summer")
            #expect(try await world.client.lists() == [ProviderList(id: list.id, name: "WB:1 Summer")])
            #expect(try await world.members(of: list.id) == ["ada@example.org"])
            let gone = try await failure { try await world.client.renameList(ListID("99"), to: "x") }
            #expect(gone.code == .notFound)
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 101)])
    func refusesNamesThatNoTagHas(name: String) async throws {
        try await withWorld { world in
            let error = try await failure { try await world.client.createList(named: name, description: "") }
            #expect(error.code == .refused)
            #expect(world.calls == 0)
        }
    }

    @Test func preparesItsOwnFieldsOnce() async throws {
        try await withWorld { world in
            try await world.client.prepare()
            try await world.client.prepare()
            #expect(world.calls("POST /lists/{list_id}/merge-fields") == 2)
            let tags = try await world.truth()["audiences"]?.arrayValue?.first?["merge_fields"]?.arrayValue
            let texts = tags?.compactMap(\.stringValue) ?? []
            #expect(texts.contains("WBTYPE") && texts.contains("WBID"))
            // They are not for mapping.
            #expect(try await world.client.fields().map(\.name) == ["ADDRESS", "PHONE"])
        }
    }

    @Test func createsAFieldWithATagThatFits() async throws {
        try await withWorld { world in
            let field = try await world.client.createField(labelled: "Customer rating (A–F)")
            #expect(field.name == "CUSTOMER_R")
            #expect(field.label == "Customer rating (A–F)")
            #expect(field.maximumLength == 255)
            #expect(try await world.client.createField(labelled: "customer RATING (A–F)") == field)
            #expect(try await world.client.createField(labelled: "Customer region").name == "CUSTOMER_2")
            #expect(try await world.client.createField(labelled: "日本").name == "FIELD")
        }
    }

    @Test func tellsWhenThereIsRoomForNoMoreFields() async throws {
        try await withWorld {
            $0.mergeFieldLimit = 4
        } _: { world in
            let field = try await failure { try await world.client.createField(labelled: "One more") }
            #expect(field.code == .refused)
            let own = try await failure { try await world.client.prepare() }
            #expect(own.code == .refused)
        }
    }

    @Test func keepsTheAudiencesWebhooks() async throws {
        try await withWorld { world in
            // The sandbox calls the address; one of its own answers.
            let url = "\(world.server.baseURL)/_sandbox/state?members=false"
            let hook = try await world.client.createWebhook(at: url)
            #expect(hook.isSigned)
            #expect(hook.signingSecret?.isEmpty == false)
            #expect(hook.sources == [.user, .admin])
            #expect(hook.events == Set(AudienceWebhook.Event.allCases))
            let listed = try #require(try await world.client.webhooks().first)
            #expect(listed.signingSecret == nil)
            #expect(listed.id == hook.id && listed.url == url)

            let changed = try await world.client.updateWebhook(
                hook.id,
                url: url,
                events: [.unsubscribe],
                sources: [.user]
            )
            #expect(changed.events == [.unsubscribe])
            #expect(changed.sources == [.user])
            #expect(try await failure { try await world.client.createWebhook(at: url) }.code == .refused)

            try await world.client.deleteWebhook(hook.id)
            try await world.client.deleteWebhook(hook.id)
            #expect(try await world.client.webhooks().isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func keepsAWebhookOfTheAudienceAndOneOfBatches(isSigned: Bool) async throws {
        // That batch webhooks are signed, the description does not say (mailchimp.md §9).
        try await withWorld(isDescribed: false, { $0.signsWebhooks = isSigned }) { world in
            let keeper = MailchimpHookKeeper(world.client)
            let batches = try #require(keeper.plan.topics.last)
            #expect(keeper.plan.topics.map(\.isDispensable) == [false, true])
            let url = "\(world.server.baseURL)/_sandbox/state?members=false"
            let wish = HookWish(topic: batches, url: url)
            let created = try await keeper.create(wish)
            #expect((created.signingSecret != nil) == isSigned)
            let seen = try await keeper.hooks()
            #expect(
                seen == [
                    HookSighting(id: created.id, topic: "batches", url: url, switches: ["enabled"], isSigned: isSigned)
                ]
            )
            #expect(try await failure { try await keeper.create(wish) }.code == .refused)

            let audience = try #require(keeper.plan.topics.first)
            _ = try await keeper.create(HookWish(topic: audience, url: url))
            #expect(try await keeper.hooks().map(\.topic) == ["audience", "batches"])

            try await keeper.change(created.id, to: HookWish(topic: batches, url: url + "&x=1"))
            #expect(try await keeper.hooks().last?.url == url + "&x=1")
            try await keeper.delete(created.id, of: batches)
            try await keeper.delete(created.id, of: batches)
            #expect(try await keeper.hooks().map(\.topic) == ["audience"])
            let gone = try await failure { try await keeper.change(created.id, to: wish) }
            #expect(gone.code == .notFound)
        }
    }

    @Test func whereThereAreTwentyBatchWebhooksAnotherIsRefused() async throws {
        try await withWorld({ $0.batchWebhookLimit = 0 }) { world in
            let url = "\(world.server.baseURL)/_sandbox/state?members=false"
            let error = try await failure { try await world.client.createBatchWebhook(at: url) }
            #expect(error.code == .refused)
            #expect(try await world.client.batchWebhooks().isEmpty)
        }
    }

    @Test func anAddressThatDoesNotAnswerIsNoWebhook() async throws {
        try await withWorld(isDescribed: false) { world in
            let url = "\(world.server.baseURL)/nothing-here"
            let error = try await failure { try await world.client.createWebhook(at: url) }
            #expect(error.code == .refused)
            #expect(error.detail.contains("url"))
        }
    }
}
