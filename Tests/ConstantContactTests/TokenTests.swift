import Bridge
import ConstantContact
import Reconciliation
import Sandbox
import Testing

@Suite struct TokenTests {
    @Test func fetchesATokenBeforeTheFirstCallAndKeepsIt() async throws {
        try await withWorld { world in
            _ = try await world.client.identify()
            _ = try await world.client.identify()

            #expect(world.calls("POST /oauth2/default/v1/token") == 1)
            #expect(await world.vault.journal == [.started, .stored(refreshToken: "sandbox-refresh-1")])
            #expect(await world.vault.tokens().expiresAt == world.now.advanced(bySeconds: 86_400))
            #expect(world.gate.admitted == 3)
        }
    }

    @Test func renewsFiveMinutesBeforeTheEnd() async throws {
        try await withWorld { world in
            _ = try await world.client.identify()
            world.clock.advance(by: 86_400 - 301)
            _ = try await world.client.identify()
            #expect(world.calls("POST /oauth2/default/v1/token") == 1)
            world.clock.advance(by: 1)
            _ = try await world.client.identify()
            #expect(world.calls("POST /oauth2/default/v1/token") == 2)
        }
    }

    @Test func renewsAfterThirtyDaysWhateverLifeATokenHas() async throws {
        try await withWorld {
            $0.accessTokenSeconds = 400 * 86_400
        } _: { world in
            _ = try await world.client.identify()
            world.clock.advance(by: 30 * 86_400)
            try await world.client.keepAlive()
            #expect(world.calls("POST /oauth2/default/v1/token") == 2)
        }
    }

    @Test func storesTheRotatedTokenAndUsesIt() async throws {
        try await withWorld {
            $0.rotatesRefreshTokens = true
        } _: { world in
            for _ in 0..<3 {
                _ = try await world.client.identify()
                world.clock.advance(by: 86_400)
            }
            #expect(await world.vault.tokens().generation == 3)
            #expect(await world.vault.tokens().refreshToken != "sandbox-refresh-1")
        }
    }

    @Test func refreshesOnceForManyCallersOfTwoProcesses() async throws {
        try await withWorld {
            $0.rotatesRefreshTokens = true
        } _: { world in
            let clients = [world.client, try world.secondClient()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { _ = try await clients[number % 2].identify() }
                }
                try await group.waitForAll()
            }
            #expect(world.calls("POST /oauth2/default/v1/token") == 1)
        }
    }

    @Test func renewsOnceAndRepeatsAfterA401() async throws {
        try await withWorld { world in
            _ = try await world.client.identify()
            try await world.control("expire-tokens")
            _ = try await world.client.identify()
            #expect(world.calls("POST /oauth2/default/v1/token") == 2)
            #expect(world.calls("GET /v3/account/summary") == 3)
        }
    }

    @Test func takesTheTokenThatAnotherProcessStored() async throws {
        try await withWorld {
            $0.rotatesRefreshTokens = true
        } _: { world in
            let other = try world.secondClient()
            _ = try await world.client.identify()
            _ = try await other.identify()
            try await world.control("expire-tokens")
            _ = try await other.identify()
            _ = try await world.client.identify()
            #expect(world.calls("POST /oauth2/default/v1/token") == 2)
        }
    }

    @Test func asksForAPersonWhenRenewedTokensAreRefused() async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"unauthorized","path":"summary","times":2}"#)
            let error = try await failure { try await world.client.identify() }
            #expect(error.code == .needsAuthorisation)
            #expect(world.calls("GET /v3/account/summary") == 2)
        }
    }

    @Test func asksForAPersonWhenTheGrantIsRevoked() async throws {
        try await withWorld { world in
            _ = try await world.client.identify()
            try await world.control("revoke")
            let error = try await failure { try await world.client.identify() }
            #expect(error.code == .needsAuthorisation)
            #expect(error.detail.contains("Authorise the account again"))

            // A dead token is not spent again and again.
            let calls = world.calls("POST /oauth2/default/v1/token")
            _ = try await failure { try await world.client.identify() }
            #expect(world.calls("POST /oauth2/default/v1/token") == calls)

            // What `connect` stores later is taken up without a restart.
            try await world.control("add-refresh-token", #"{"refresh_token":"again"}"#)
            await world.vault.replace(with: TokenSet(refreshToken: "again", generation: 7))
            _ = try await world.client.identify()
            #expect(await world.vault.tokens().generation == 8)
        }
    }

    @Test func saysThatTheClientSecretIsWrong() async throws {
        try await withWorld {
            $0.clientSecret = "renewed"
        } _: { world in
            let error = try await failure { try await world.client.identify() }
            #expect(error.code == .needsAuthorisation)
            #expect(error.detail.contains("client id or secret"))
            #expect(!error.detail.contains("sandbox-secret"))
        }
    }

    @Test func triesTheSameTokenOnceMoreAfterALostAnswer() async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"token-lost","path":"/token"}"#)
            let start = world.clock.now
            _ = try await world.client.identify()
            #expect(world.calls("POST /oauth2/default/v1/token") == 2)
            #expect(world.clock.now - start >= 1)
            #expect(await world.vault.journal == [.started, .started, .stored(refreshToken: "sandbox-refresh-1")])
        }
    }

    @Test func saysWhatALostRotatingTokenMeans() async throws {
        try await withWorld {
            $0.rotatesRefreshTokens = true
        } _: { world in
            try world.fault(#"{"kind":"token-lost","path":"/token"}"#)
            let error = try await failure { try await world.client.identify() }
            #expect(error.code == .needsAuthorisation)
            #expect(error.detail.contains("long-lived"))
        }
    }

    @Test func recoversALostRotatingTokenWithinItsGrace() async throws {
        try await withWorld {
            $0.rotatesRefreshTokens = true
            $0.refreshGraceSeconds = 30
        } _: { world in
            try world.fault(#"{"kind":"token-lost","path":"/token"}"#)
            _ = try await world.client.identify()
        }
    }

    @Test(arguments: [503, 500])
    func doesNotTakeAServerErrorForARevocation(status: Int) async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"status","status":\#(status),"path":"/token","times":2}"#)
            let error = try await failure { try await world.client.identify() }
            #expect(error.code == .unavailable)
            _ = try await world.client.identify()
        }
    }

    @Test func waitsWhenTheTokenEndpointIsThrottled() async throws {
        try await withWorld {
            $0.tokenRequestsPerSecond = 1
        } _: { world in
            try world.fault(#"{"kind":"throttled","path":"/token","times":2}"#)
            let start = world.clock.now
            _ = try await world.client.identify()
            #expect(world.clock.now - start >= 2)
            #expect(world.gate.results.filter { $0 == .throttled(retryAfterSeconds: nil) }.count == 2)
        }
    }

    @Test func usesANewerTokenWhenItsOwnIsDenied() async throws {
        try await withWorld { world in
            _ = try await world.client.identify()
            let newer = await world.vault.tokens()
            // This one read an old set before another worker, whose lease had run out, stored the newer one.
            let stale = StaleVault(old: TokenSet(refreshToken: "used-up"), newer: newer)
            _ = try await world.secondClient(vault: stale).identify()
            #expect(await stale.wasRead)
        }
    }

    @Test func finishesARefreshWhoseCallerGaveUp() async throws {
        try await withWorld {
            $0.rotatesRefreshTokens = true
        } _: { world in
            try world.fault(#"{"kind":"latency","delayMs":300,"path":"/token"}"#)
            let caller = Task { try await world.client.identify() }
            let deadline = ContinuousClock.now + .seconds(10)
            while world.calls("POST /oauth2/default/v1/token") == 0, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(5))
            }
            caller.cancel()
            await #expect(throws: (any Error).self) { try await caller.value }
            _ = try await world.client.identify()
            #expect(world.calls("POST /oauth2/default/v1/token") == 1)
        }
    }

    @Test func asksTheGateBeforeTheTokenIsSpent() async throws {
        try await withWorld { world in
            world.gate.refuse(with: PortError(.quotaSpent(until: world.now), operation: "call", detail: "spent"))
            let error = try await failure { try await world.client.identify() }
            #expect(error.code == .quotaSpent(until: world.now))
            #expect(world.calls == 0)
            #expect(await world.vault.journal.isEmpty)
        }
    }
}

/// A vault whose lease hands out an old set while a newer one is stored meanwhile.
private actor StaleVault: TokenVault {
    private let old: TokenSet
    private let newer: TokenSet
    private(set) var wasRead = false
    private var isStored = false

    init(old: TokenSet, newer: TokenSet) {
        self.old = old
        self.newer = newer
    }

    func tokens() -> TokenSet {
        if isStored { wasRead = true }
        return isStored ? newer : old
    }

    func withRefreshLease(_ body: @Sendable (TokenSet) async throws -> TokenSet?) async throws -> TokenSet {
        try await body(old) ?? newer
    }

    func refreshStarted(at moment: Timestamp) { isStored = true }
}
