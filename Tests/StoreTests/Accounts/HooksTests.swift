import Reconciliation
import Store
import Testing

struct HooksTests {
    private let account = AccountID("mailchimp")
    private let now = Timestamp(seconds: 1_772_357_400)

    private func withAccount(_ test: (Store) async throws -> Void) async throws {
        let temporary = try await TemporaryStore()
        try await temporary.connect(account.rawValue)
        try await test(temporary.store)
        withExtendedLifetime(temporary) {}
    }

    private func begin(_ store: Store, topic: String = "audience", secret: String? = "path") async throws -> Hook {
        let (account, now, sealer) = (account, now, store.sealer)
        return try await store.database.write {
            try Hooks.begin(
                account: account,
                topic: topic,
                url: "https://bridge.example.org/webhooks/mailchimp/mailchimp",
                pathSecret: secret,
                now: now,
                sealer: sealer,
                on: $0
            )
        }
    }

    private func activate(
        _ store: Store,
        _ hook: Hook,
        id: String,
        secret: String?,
        overlap: Int64 = 60_000
    ) async throws -> Bool {
        let (now, sealer) = (now, store.sealer)
        return try await store.database.write {
            try Hooks.activateIfCreating(
                hook.id,
                remoteID: id,
                signingSecret: secret,
                overlap: overlap,
                now: now,
                sealer: sealer,
                on: $0
            )
        }
    }

    private func all(_ store: Store, after milliseconds: Int64 = 0) async throws -> [Hook] {
        let (account, sealer) = (account, store.sealer)
        let moment = Timestamp(milliseconds: now.milliseconds + milliseconds)
        return try await store.database.read { try Hooks.all(account: account, now: moment, sealer: sealer, on: $0) }
    }

    @Test func notesAHookBeforeItIsThere() async throws {
        try await withAccount { store async throws in
            let hook = try await begin(store)
            #expect(hook.address == "https://bridge.example.org/webhooks/mailchimp/mailchimp/path")
            #expect(try await all(store) == [hook])
            #expect(hook.state == .creating)
            #expect(hook.remoteID == nil)
        }
    }

    @Test func keepsWhatTheAnswerTold() async throws {
        try await withAccount { store async throws in
            let hook = try await begin(store)
            #expect(try await activate(store, hook, id: "5d9a", secret: "signing"))
            let stored = try #require(try await all(store).first)
            #expect(stored.state == .active)
            #expect(stored.remoteID == "5d9a")
            #expect(stored.signingSecret == "signing")
            #expect(stored.pathSecret == "path")
            #expect(try await activate(store, hook, id: "other", secret: nil) == false)
        }
    }

    @Test func sealsBothSecrets() async throws {
        try await withAccount { store async throws in
            _ = try await activate(store, try await begin(store), id: "5d9a", secret: "signing")
            let bytes = try await store.database.read { connection in
                try connection.rows("SELECT url, path_secret, signing_secret FROM webhook_hook") {
                    (Array($0.text(0).utf8), $0.bytes(1), $0.bytes(2))
                }
            }
            let (url, path, signing) = try #require(bytes.first)
            for text in [url, path, signing] {
                let shown = String(decoding: text, as: UTF8.self)
                #expect(!shown.hasSuffix("/path") && shown != "path" && shown != "signing")
            }
        }
    }

    @Test func takesWhatTheHookBeforeItSentForAWhile() async throws {
        try await withAccount { store async throws in
            _ = try await activate(store, try await begin(store, secret: "first"), id: "1", secret: "a")
            let second = try await begin(store, secret: "second")
            #expect(try await all(store).map(\.state) == [.active, .creating])
            #expect(try await activate(store, second, id: "2", secret: "b"))
            #expect(try await all(store).map(\.pathSecret) == ["first", "second"])
            #expect(try await all(store).map(\.state) == [.retired, .active])
            #expect(try await all(store, after: 60_001).map(\.pathSecret) == ["second"])
        }
    }

    @Test func letsANewCreationTakeThePlaceOfOneThatWasNeverAnswered() async throws {
        try await withAccount { store async throws in
            let lost = try await begin(store, secret: "lost")
            let next = try await begin(store, secret: "next")
            #expect(try await all(store).map(\.pathSecret) == ["next"])
            #expect(try await activate(store, lost, id: "1", secret: nil) == false)
            try await store.database.write { try Hooks.abandonIfCreating(next.id, on: $0) }
            #expect(try await all(store).isEmpty)
        }
    }

    @Test func keepsWhatALookFound() async throws {
        try await withAccount { store async throws in
            _ = try await activate(store, try await begin(store), id: "1", secret: nil)
            let (account, now) = (account, now)
            try await store.database.write {
                try Hooks.checked(account: account, topic: "audience", problem: "it is gone", at: now, on: $0)
            }
            let found = try await store.database.read { try Hooks.findings(account: account, on: $0) }
            #expect(found.map(\.problem) == ["it is gone"])
            #expect(found.map(\.checkedAt) == [now])
            #expect(found.map(\.state) == [.active])
        }
    }

    @Test func goesWithItsAccount() async throws {
        try await withAccount { store async throws in
            _ = try await begin(store)
            let account = account
            try await store.database.write { try Accounts.remove(account, on: $0) }
            #expect(try await all(store).isEmpty)
        }
    }
}
