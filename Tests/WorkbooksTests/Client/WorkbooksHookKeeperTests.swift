import Bridge
import Sandbox
import Testing
import Workbooks

/// Workbooks' own webhook subscriptions, at a database that behaves as the contract says and at one that does not.
@Suite struct WorkbooksHookKeeperTests {
    private static let url = "https://bridge.example.org/webhooks/workbooks/workbooks"

    private func wish(_ keeper: WorkbooksHookKeeper, _ index: Int = 0, url: String = Self.url) -> HookWish {
        HookWish(topic: keeper.plan.topics[index], url: url)
    }

    @Test func makesChangesAndTakesAway() async throws {
        try await SandboxWorld.run { world async throws in
            let keeper = WorkbooksHookKeeper(world.client)
            #expect(try await keeper.hooks().isEmpty)
            var secrets: Set<String> = []
            for index in keeper.plan.topics.indices {
                let created = try await keeper.create(wish(keeper, index))
                secrets.insert(try #require(created.signingSecret))
            }
            #expect(secrets.count == 3)
            let there = try await keeper.hooks()
            #expect(there.map(\.topic) == ["new-person", "new-lead", "new-campaign"])
            #expect(there.map(\.url) == Array(repeating: Self.url, count: 3))
            #expect(there.allSatisfy { $0.switches == ["enabled"] && $0.isSigned == true })

            try await keeper.change(there[0].id, to: wish(keeper, 0, url: Self.url + "2"))
            try await keeper.delete(there[1].id, of: keeper.plan.topics[1])
            // One that is gone already is as good.
            try await keeper.delete(there[1].id, of: keeper.plan.topics[1])
            #expect(try await keeper.hooks().map(\.url) == [Self.url + "2", Self.url])
        }
    }

    @Test func seesWhatSomebodySwitchedOff() async throws {
        try await SandboxWorld.run { world async throws in
            let keeper = WorkbooksHookKeeper(world.client)
            let created = try await keeper.create(wish(keeper))
            try await world.edit(try #require(Int64(created.id)), set: ["enabled": false])
            #expect(try await keeper.hooks().map(\.switches) == [[]])
            try await keeper.change(created.id, to: wish(keeper))
            #expect(try await keeper.hooks().map(\.switches) == [["enabled"]])
        }
    }

    @Test func saysPlainlyThatTheKeyMayNot() async throws {
        try await SandboxWorld.run { world async throws in
            try await world.setOptions(["managesTriggers": false])
            let keeper = WorkbooksHookKeeper(world.client)
            await #expect { try await keeper.hooks() } throws: { error in
                guard let error = error as? PortError else { return false }
                return error.code == .forbidden && error.detail.contains("may not manage webhook subscriptions")
            }
            await #expect { try await keeper.create(wish(keeper)) } throws: { error in
                (error as? PortError)?.code == .forbidden
            }
        }
    }

    @Test func saysThatTheKeyMayNotWhereOnlyThisIsRefused() async throws {
        _ = try await Fixture.canned { request in
            request.uri.contains("webhook_subscriptions")
                ? .answer(status: 403, body: #"{"success":false,"failure_reason":"no_capability"}"#)
                : .rows([#"{"id":1}"#])
        } _: { fixture, _ in
            await #expect { try await WorkbooksHookKeeper(fixture.client).hooks() } throws: { error in
                (error as? PortError)?.code == .forbidden
            }
        }
    }

    @Test func doesNotTakeAnAbsentDatabaseForAMissingCapability() async throws {
        _ = try await Fixture.canned { _ in
            .answer(status: 403, body: #"{"success":false,"failure_reason":"database_being_migrated"}"#)
        } _: { fixture, _ in
            await #expect { try await WorkbooksHookKeeper(fixture.client).hooks() } throws: { error in
                (error as? PortError)?.code == .unavailable
            }
        }
    }

    @Test func doesNotRepeatACreationWhoseAnswerWasLost() async throws {
        try await SandboxWorld.run { world async throws in
            try world.fail(["kind": "reset-after", "path": "webhook_subscriptions", "method": "POST"])
            let keeper = WorkbooksHookKeeper(world.client)
            await #expect { try await keeper.create(wish(keeper)) } throws: { error in
                (error as? PortError)?.code == .unknownOutcome
            }
            #expect(try await keeper.hooks().count == 1)
        }
    }

    @Test func cannotUseASubscriptionWithoutItsSecret() async throws {
        let answer = #"""
            {"success":true,"affected_objects":[{"id":7,"lock_version":0}],
            "affected_object_information":[{"success":true,"errors":{},"warnings":{}}]}
            """#
        _ = try await Fixture.canned { _ in
            .json(answer)
        } _: { fixture, _ in
            let keeper = WorkbooksHookKeeper(fixture.client)
            await #expect { try await keeper.create(wish(keeper)) } throws: { error in
                (error as? PortError)?.code == .unknownOutcome
            }
        }
    }

    @Test func saysWhatTheServiceRefused() async throws {
        try await SandboxWorld.run { world async throws in
            let keeper = WorkbooksHookKeeper(world.client)
            await #expect { try await keeper.create(wish(keeper, 0, url: "ftp://x")) } throws: { error in
                (error as? PortError)?.code == .refused
            }
            #expect(try await keeper.hooks().isEmpty)
        }
    }
}

extension SandboxWorld {
    /// Changes a webhook subscription as an operator does.
    fileprivate func edit(_ id: Int64, set: [String: SandboxJSON]) async throws {
        try await post(
            "edit",
            ["resource": "admin/triggers/webhook_subscriptions", "id": .int(Int(id)), "set": .object(set)]
        )
    }

    fileprivate func setOptions(_ options: SandboxJSON) async throws { try await post("options", options) }

    private func post(_ control: String, _ body: SandboxJSON) async throws {
        let request = SandboxRequest(
            method: "POST",
            target: "/_sandbox/\(control)",
            headers: [("Content-Type", "application/json")],
            body: Array(body.text.utf8)
        )
        let response = try #require(await server.service.control(request))
        #expect((200..<300).contains(response.status))
    }
}
