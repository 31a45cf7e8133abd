import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct FirstSyncTests {
        @Test(.timeLimit(.minutes(2)))
        func serveAloneBringsTheListsToWhatTheRecordsSay() async throws {
            try await Installation.run(members: 400, campaigns: 2) { installation in
                try await installation.connectAndLink()
                _ = try await installation.serve()

                let first = try await installation.waitForFirstSync(0)
                let second = try await installation.waitForFirstSync(1)
                try await installation.waitForList(Installation.master, of: first.union(second))
                try await installation.waitForQuiet()

                // Whom Workbooks had flagged is unsubscribed where the account knows them, and nobody is mailed.
                let state = try await ProviderState.read(installation.provider)
                let optedOut = try await CampaignOracle.read(installation.crm).optedOutAddresses
                #expect(!state.contacts.contains { optedOut.contains($0.address) && !$0.lists.isEmpty })
                #expect(state.resubscribeMails == 0 && state.signUpFormCalls == 0)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aSecondIntervalWritesNothing() async throws {
            try await Installation.run(members: 200, campaigns: 2) { installation in
                try await installation.connectAndLink()
                _ = try await installation.serve()
                try await installation.waitForFirstSync(0)
                try await installation.waitForFirstSync(1)
                try await installation.waitForQuiet()

                installation.world.workbooks.calls.reset()
                installation.world.constantContact.calls.reset()
                // Both links and both accounts come round several times: each poll is at least one call.
                try await wait(for: "further intervals") {
                    let polls = installation.world.constantContact.calls.counts["GET /v3/contacts", default: 0]
                    let lists = installation.crm.calls
                    return polls >= 6 && lists >= 20
                }
                #expect(installation.provider.writes == [:])
                #expect(installation.crm.writes == [:])
            }
        }
    }
}
