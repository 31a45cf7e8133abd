import Reconciliation
import Store
import Testing

@Suite struct TokensTests {
    private let store: TemporaryStore
    private let sealer: Sealer
    private let account = AccountID("cc")

    init() async throws {
        store = try await TemporaryStore()
        sealer = store.store.sealer
        try await store.connect("cc")
    }

    private func tokens() async throws -> TokenSet? {
        try await store.read { [sealer, account] in try Tokens.tokens(account: account, sealer: sealer, on: $0) }
    }

    private func authorise(_ refresh: String) async throws {
        try await store.write { [sealer, account] connection in
            let tokens = TokenSet(refreshToken: refresh)
            try Tokens.authorise(tokens, account: account, sealer: sealer, on: connection)
        }
    }

    private func replace(_ refresh: String, since generation: Int64) async throws -> Int64? {
        try await store.write { [sealer, account] connection in
            try Tokens.replaceIfUnchanged(
                TokenSet(refreshToken: refresh, accessToken: "access", expiresAt: Timestamp(seconds: 9)),
                since: generation,
                account: account,
                sealer: sealer,
                on: connection
            )
        }
    }

    @Test func hasNoneBeforeAuthorisation() async throws {
        #expect(try await tokens() == nil)
    }

    @Test func notesThatARefreshIsUnderWay() async throws {
        try await authorise("one")
        try await store.write { [account] in
            _ = try Tokens.refreshStarted(account: account, at: Timestamp(seconds: 3), on: $0)
        }
        #expect(try await tokens()?.refreshStartedAt == Timestamp(seconds: 3))
        #expect(try await replace("two", since: 1) == 2)
        #expect(
            try await tokens()
                == TokenSet(
                    refreshToken: "two",
                    accessToken: "access",
                    expiresAt: Timestamp(seconds: 9),
                    generation: 2
                )
        )
    }

    @Test func refusesTheAnswerOfAnOlderRefresh() async throws {
        try await authorise("one")
        #expect(try await replace("two", since: 1) == 2)
        #expect(try await replace("stale", since: 1) == nil)
        #expect(try await tokens()?.refreshToken == "two")
    }

    @Test func letsANewAuthorisationWin() async throws {
        try await authorise("one")
        try await authorise("by a person")
        #expect(try await replace("stale", since: 1) == nil)
        #expect(try await tokens()?.refreshToken == "by a person")
        #expect(try await tokens()?.generation == 2)
    }
}
