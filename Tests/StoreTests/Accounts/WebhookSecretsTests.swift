import Foundation
import Reconciliation
import Store
import Testing

@Suite struct WebhookSecretsTests {
    private let store: TemporaryStore
    private let sealer: Sealer
    private let account = AccountID("cc")

    init() async throws {
        store = try await TemporaryStore()
        sealer = store.store.sealer
        try await store.connect("cc")
    }

    private func current() async throws -> String {
        try await store.write { [sealer, account] connection in
            try WebhookSecrets.currentOrCreate(
                account: account,
                now: Timestamp(seconds: 0),
                sealer: sealer,
                on: connection
            )
        }
    }

    private func rotate(at second: Int64, overlap: Int64) async throws -> String {
        try await store.write { [sealer, account] connection in
            try WebhookSecrets.rotate(
                account: account,
                now: Timestamp(seconds: second),
                overlap: overlap,
                sealer: sealer,
                on: connection
            )
        }
    }

    private func valid(at second: Int64) async throws -> [String] {
        try await store.read { [sealer, account] connection in
            try WebhookSecrets.valid(account: account, now: Timestamp(seconds: second), sealer: sealer, on: connection)
        }
    }

    @Test func printsAsStandardWebhooksHasIt() async throws {
        let secret = try await current()
        #expect(secret.hasPrefix("whsec_"))
        #expect(Data(base64Encoded: String(secret.dropFirst(6)))?.count == 32)
        #expect(try await current() == secret)
        #expect(try await valid(at: 0) == [secret])
    }

    @Test func letsTheOldOneHoldForAWhile() async throws {
        let old = try await current()
        let new = try await rotate(at: 100, overlap: 60_000)
        #expect(old != new)
        #expect(try await valid(at: 159) == [new, old])
        #expect(try await valid(at: 160) == [new])
        #expect(try await current() == new)
    }

    @Test func endsTheOldOneAtOnceWhenAsked() async throws {
        _ = try await current()
        let new = try await rotate(at: 100, overlap: 0)
        #expect(try await valid(at: 100) == [new])
        #expect(try await store.read { try $0.value("SELECT count(*) FROM webhook_secret") } == 1)
    }

    @Test func neverProlongsAnOldOne() async throws {
        let first = try await current()
        let second = try await rotate(at: 100, overlap: 10_000)
        let third = try await rotate(at: 105, overlap: 100_000)
        #expect(try await valid(at: 109) == [third, second, first])
        #expect(try await valid(at: 110) == [third, second])
    }
}
