import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct AccountTroubleTests {
        @Test(.timeLimit(.minutes(1)))
        func wrongCredentialsAreRefusedByConnectAndNotStored() async throws {
            try await Installation.run(members: 0) { installation in
                let key = try installation.folder.write("wrong-key", to: "wrong-key")
                let url = installation.world.description["workbooks"]?["url"]?.stringValue ?? ""
                let crm = try await installation.causeway(["connect", "workbooks", "--url", url, "--api-key-file", key])
                #expect(crm.status == 1)
                #expect(crm.errors.contains("API key"), "\(crm.errors)")
                #expect(!crm.text.contains("wrong-key"), "a secret is never shown")

                let provider = try await installation.connectProvider(refreshToken: "spent-token")
                #expect(provider.status == 1)
                #expect(provider.errors.contains("Authorise the account again"), "\(provider.errors)")
                #expect(!provider.text.contains("spent-token"), "a secret is never shown")

                let accounts = try await installation.status()["accounts"]?.arrayValue
                #expect(accounts == [])
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aRevokedGrantAsksForAPersonAndKeepsTheQueues() async throws {
            try await Installation.run(members: 40) { installation in
                try await Self.loseTheGrant(installation) {
                    try await installation.provider.act("revoke")
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aRotatedTokenWhoseAnswerIsLostAsksForAPerson() async throws {
            try await Installation.run(
                members: 40, configure: { $0.constantContact.rotatesRefreshTokens = true }
            ) { installation in
                try await Self.loseTheGrant(installation) {
                    try installation.provider.fail(["kind": "token-lost", "path": "/token"])
                    try await installation.provider.act("expire-tokens")
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func anAccountThatDoesNotAnswerTurnsHealthToFailingAndBack() async throws {
            try await Installation.run(members: 10) { installation in
                try await installation.connectAndLink()
                let serving = try await installation.serve()
                try await installation.waitForFirstSync()
                try await wait(for: "good health") { try await serving.health().status == 200 }

                try installation.provider.fail(["kind": "status", "status": 503, "times": 1_000_000])
                // Three missed intervals and what a slow call may take.
                try await wait(for: "failing health", within: .seconds(25), every: .milliseconds(200)) {
                    try await serving.health().status == 503
                }
                let health = try await serving.health().json
                #expect(health?["status"]?.stringValue == "failing")
                #expect(health?["accounts"]?.arrayValue?.count == 2)

                installation.world.constantContact.faults.removeAll()
                try await wait(for: "good health", within: .seconds(40), every: .milliseconds(200)) {
                    try await serving.health().status == 200
                }
            }
        }

        /// Serves, loses the grant, has work to do meanwhile, and connects the account again with a fresh token.
        private static func loseTheGrant(_ installation: Installation, _ lose: () async throws -> Void) async throws {
            try await installation.connectAndLink()
            let serving = try await installation.serve()
            let onList = try await installation.waitForFirstSync()
            try await installation.waitForQuiet()

            try await lose()
            try await wait(for: "need of authorisation", within: .seconds(20), every: .milliseconds(100)) {
                try await installation.accountState() == "needs-authorisation"
            }
            try await wait(for: "failing health", within: .seconds(20)) { try await serving.health().status == 503 }

            // An opt-out that comes meanwhile waits for the account.
            let oracle = try await CampaignOracle.read(installation.crm)
            let person = try #require(
                oracle.records.values.filter { $0.resource == "crm/people" && onList.contains($0.main) }
                    .min { $0.id < $1.id })
            try await installation.crm.act(
                "edit", ["resource": "crm/people", "id": .int(person.id), "set": ["no_email_soliciting": .bool(true)]])
            try await wait(for: "an open opt-out", within: .seconds(20), every: .milliseconds(100)) {
                (try await installation.status()["optOuts"]?["open"]?.intValue ?? 0) > 0
            }

            let fresh = try await installation.provider.act("add-refresh-token")
            let again = try await installation.connectProvider(refreshToken: fresh["refresh_token"]?.stringValue ?? "")
            #expect(again.status == 0, "\(again.errors)")

            try await installation.waitForList(of: onList.subtracting([person.main]))
            try await wait(for: "unsubscribe", every: .milliseconds(100)) {
                let contacts = try await ProviderState.read(installation.provider).contacts
                return contacts.first { $0.address == person.main }?.permission == "unsubscribed"
            }
            try await wait(for: "good health") { try await serving.health().status == 200 }
            #expect(try await installation.accountState() == "active")
        }
    }
}
