import Foundation
import Reconciliation
import Store
import Testing

@Suite struct AccountSecretsTests {
    private let store: TemporaryStore
    private let sealer: Sealer
    private let account = AccountID("cc")

    init() async throws {
        store = try await TemporaryStore()
        sealer = store.store.sealer
        try await store.connect("cc")
    }

    @Test func keepsNoSecretInTheClear() async throws {
        let (sealer, account) = (sealer, account)
        let secret = "correct horse battery staple"
        try await store.write { connection in
            try AccountSecrets.set(secret, named: "api-key", account: account, sealer: sealer, on: connection)
            try Tokens.authorise(
                TokenSet(refreshToken: secret, accessToken: secret),
                account: account,
                sealer: sealer,
                on: connection
            )
        }
        let path = Store.databasePath(in: store.store.dataDirectory)
        for file in [path, path + "-wal"] {
            let content = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(content.range(of: Data(secret.utf8)) == nil)
        }
        let found = try await store.read {
            try AccountSecrets.secret(named: "api-key", account: account, sealer: sealer, on: $0)
        }
        #expect(found == secret)
    }

    @Test func replacesAndRemoves() async throws {
        let (sealer, account) = (sealer, account)
        let (second, names, gone) = try await store.write { connection in
            try AccountSecrets.set("one", named: "a", account: account, sealer: sealer, on: connection)
            try AccountSecrets.set("two", named: "a", account: account, sealer: sealer, on: connection)
            let second = try AccountSecrets.secret(named: "a", account: account, sealer: sealer, on: connection)
            let names = try AccountSecrets.names(account: account, on: connection)
            try AccountSecrets.remove(named: "a", account: account, on: connection)
            return (
                second, names, try AccountSecrets.secret(named: "a", account: account, sealer: sealer, on: connection)
            )
        }
        #expect(second == "two")
        #expect(names == ["a"])
        #expect(gone == nil)
    }

    @Test func refusesASecretOfNobody() async throws {
        let sealer = sealer
        await #expect(throws: StoreError.self) {
            try await store.write { connection in
                try AccountSecrets.set("s", named: "a", account: AccountID("no"), sealer: sealer, on: connection)
            }
        }
    }
}
