import Sandbox
import Testing

extension SystemTests {
    /// Services that answer nonsense for a while: nothing is lost, and both sides agree afterwards.
    @Suite
    struct ProviderFaultTests {
        @Test(
            .timeLimit(.minutes(2)),
            arguments: ["html", "empty", "truncated", "unknown-keys", "status", "reset-before", "reset-after"])
        func aFirstSyncGetsThroughAServiceThatAnswersNonsenseForAWhile(kind: String) async throws {
            try await Installation.run(members: 60) { installation in
                try await installation.connectAndLink()
                for peer in [installation.crm, installation.provider] {
                    // Some calls get through, so that the nonsense meets writes, too.
                    try peer.fail([
                        "kind": .string(kind), "times": 6, "probability": .number(0.4), "seed": 7,
                    ])
                }
                _ = try await installation.serve()
                try await installation.waitForFirstSync(within: .seconds(100))
                try await installation.waitForQuiet()
                let state = try await ProviderState.read(installation.provider)
                #expect(state.lists.filter { !$0.isDeleted }.map(\.name).sorted() == [
                    Installation.master, installation.campaign().publicName,
                ].sorted())
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func anOptOutGetsThroughNonsenseOnBothSides() async throws {
            try await Installation.run(members: 40) { installation in
                try await installation.connectAndLink()
                _ = try await installation.serve()
                let onList = try await installation.waitForFirstSync().sorted()
                for (seed, kind) in ["html", "reset-after", "status", "truncated"].enumerated() {
                    for peer in [installation.crm, installation.provider] {
                        try peer.fail([
                            "kind": .string(kind), "times": 3, "probability": .number(0.3), "seed": .int(seed),
                        ])
                    }
                }
                let leaving = Array(onList.prefix(5))
                for address in leaving {
                    try await installation.provider.act("unsubscribe", ["email": .string(address)])
                }
                try await wait(for: "flags", within: .seconds(90), every: .milliseconds(100)) {
                    let oracle = try await CampaignOracle.read(installation.crm)
                    return leaving.allSatisfy { oracle.records(having: $0).allSatisfy(\.isOptedOut) }
                }
                try await installation.waitForList(of: Set(onList).subtracting(leaving))
            }
        }
    }
}
