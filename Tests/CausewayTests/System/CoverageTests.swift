import Foundation
import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct CoverageTests {
        @Test(.timeLimit(.minutes(2)))
        func whoUnsubscribesWhileServeIsStoppedIsAccountedForAfterTheStart() async throws {
            try await Installation.run(members: 30) { installation in
                try await installation.connectAndLink()
                let first = try await installation.serve()
                let onList = try await installation.waitForFirstSync()
                let address = try #require(onList.sorted().first)
                try await installation.waitForQuiet()
                first.child.signal(SIGTERM)
                #expect(try await first.child.waitForEnd(within: .seconds(20)).status == 0)

                try await installation.provider.act("unsubscribe", ["email": .string(address), "reason": "enough"])
                // Longer than one interval: a reading was missed.
                try await Task.sleep(for: .milliseconds(700))
                let stopped = try await installation.coverage()
                #expect(stopped.openCauses == ["stopped"])
                #expect(stopped.gaps.first?["closes"]?.stringValue?.contains("causeway serve") == true)

                _ = try await installation.serve()
                try await installation.waitForList(of: onList.subtracting([address]))
                try await installation.waitForClosedGaps()
                let covered = try await installation.coverage()
                #expect(covered.to >= stopped.to)
                #expect(covered.from == stopped.from)
                let closed = covered.gaps.filter { $0["closedBy"]?.stringValue == "opt-out poll" }
                #expect(Set(closed.compactMap { $0["source"]?.stringValue }) == ["poll", "webhook"])
                #expect(closed.allSatisfy { $0["cause"]?.stringValue == "stopped" })
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aKilledServeLeavesAGapThatTheNextStartCloses() async throws {
            try await Installation.run(members: 20) { installation in
                try await installation.connectAndLink()
                let first = try await installation.serve()
                let onList = try await installation.waitForFirstSync()
                let address = try #require(onList.sorted().first)
                try await installation.waitForQuiet()
                try await first.child.killNow()
                try await installation.provider.act("unsubscribe", ["email": .string(address), "reason": "enough"])
                try await Task.sleep(for: .milliseconds(700))

                _ = try await installation.serve()
                try await installation.waitForList(of: onList.subtracting([address]))
                try await installation.waitForClosedGaps()
                let gaps = try await installation.coverage().gaps
                #expect(gaps.contains { $0["cause"]?.stringValue == "killed" && $0["source"]?.stringValue == "poll" })
                #expect(
                    gaps.contains { $0["cause"]?.stringValue == "killed" && $0["source"]?.stringValue == "webhook" }
                )
                let text = try await installation.succeed("status").output
                #expect(text.contains("every opt-out from "), "\(text)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func deliveriesWithAStaleSecretAreAGapThatIsReadBackAndWaitsForTheSender() async throws {
            try await Installation.run(members: 10) { installation in
                try await installation.connectAndLink()
                let relay = try await installation.relay()
                let serving = try await installation.serve()
                try await installation.waitForFirstSync()
                try await installation.succeed("webhooks", "rotate", Installation.account, "--at-once")
                // The listener keeps its reading of the secrets for a second.
                try await wait(for: "a refused delivery", within: .seconds(20)) {
                    try await relay.send(.unsubscribe("visitor.1@example.org"), to: serving).status == 401
                }
                try await wait(for: "the gap of the refused delivery", within: .seconds(20)) {
                    try await installation.coverage().gaps.contains {
                        $0["cause"]?.stringValue == "refused"
                            && $0["closes"]?.stringValue?.contains("the account itself was read back") == true
                    }
                }
                // Nobody knows yet what else the sender had to say, and nobody is kept from being added for it.
                let covered = try await installation.coverage()
                let gap = try #require(covered.gaps.first { $0["cause"]?.stringValue == "refused" })
                #expect(covered.to == gap["from"]?.stringValue)
                let additions = try await installation.status()["additions"]
                #expect(additions?["keptBack"]?.boolValue == false)
            }
        }
    }
}

extension Installation {
    /// What `status --json` says of the provider account's coverage.
    struct CoverageText {
        var from: String
        var to: String
        var gaps: [SandboxJSON]

        var openCauses: [String] {
            gaps.filter { $0["closes"]?.stringValue != nil && $0["source"]?.stringValue == "poll" }
                .compactMap { $0["cause"]?.stringValue }
        }
    }

    func coverage() async throws -> CoverageText {
        let accounts = try await status()["accounts"]?.arrayValue ?? []
        let account = accounts.first { $0["name"]?.stringValue == Self.account }
        let coverage = try #require(account?["coverage"])
        return CoverageText(
            from: try #require(coverage["from"]?.stringValue),
            to: try #require(coverage["to"]?.stringValue),
            gaps: coverage["gaps"]?.arrayValue ?? []
        )
    }

    /// Waits until no gap of the provider account is open.
    func waitForClosedGaps() async throws {
        try await wait(for: "closed gaps", within: .seconds(20), every: .milliseconds(200)) {
            try await self.coverage().gaps.allSatisfy { $0["closes"]?.stringValue == nil }
        }
    }
}
