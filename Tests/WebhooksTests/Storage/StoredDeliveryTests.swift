import Bridge
import Foundation
import HTTPTypes
import Logging
import Reconciliation
import Store
import Testing
import Webhooks

/// The listener on a store on disk.
struct StoredDeliveryTests {
    private let clock = ManualClock()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let name = AccountID("constant-contact")

    /// Opens a store with one provider account for the time of a test.
    private func withStore(_ test: (Store, WebhookSecret) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "webhooks-\(UUID().uuidString)")
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        let store = try await Store.open(dataDirectory: directory.path)
        defer { store.close() }
        let (clock, name) = (clock, name)
        let secret = try await store.database.write { connection in
            _ = try Accounts.connect(
                Account(name: name, role: .provider, kind: "constant-contact", createdAt: clock.now),
                on: connection
            )
            return try WebhookSecrets.currentOrCreate(
                account: name,
                now: clock.now,
                sealer: store.sealer,
                on: connection
            )
        }
        try await test(store, try WebhookSecret(text: secret))
    }

    private func delivery(_ id: String, body: String = "{}") -> ProvedDelivery {
        ProvedDelivery(
            account: name,
            source: .constantContact,
            id: id,
            sentAt: clock.now,
            receivedAt: clock.now,
            body: Array(body.utf8)
        )
    }

    @Test func putsDeliveriesIntoTheInbox() async throws {
        try await withStore { store, _ async throws in
            let wakes = Wakes()
            let intake = DeliveryIntake(store: store, logger: logger) { wakes.add() }
            #expect(await intake.accept(delivery("msg_1", body: "first")) == .committed)
            #expect(await intake.accept(delivery("msg_1", body: "again")) == .committed)
            #expect(wakes.count == 1)
            let listed = try await store.database.read { try Inbox.list(limit: 10, on: $0) }
            #expect(listed.map(\.deliveryID) == ["msg_1"])
            let id = try #require(listed.first?.id)
            let entry = try #require(try await store.database.read { try Inbox.show(id, on: $0) })
            #expect(entry.delivery.body == Array("first".utf8))
            #expect(entry.delivery.source == "constant-contact")
            #expect(entry.delivery.headers == #"{"webhook-timestamp":"1772357400"}"#)
            #expect(entry.state == .waiting)
        }
    }

    @Test func keepsOneRowOfManyDeliveriesAtOnce() async throws {
        try await withStore { store, _ async throws in
            let intake = DeliveryIntake(store: store, logger: logger) {}
            await withTaskGroup(of: DeliveryIntake.Outcome.self) { group in
                for number in 0..<500 { group.addTask { await intake.accept(delivery("msg_\(number % 100)")) } }
                for await outcome in group { #expect(outcome == .committed) }
            }
            let counts = try await store.database.read { try Inbox.counts(on: $0) }
            #expect(counts.waiting == 100)
        }
    }

    @Test func refusesWhenTheStoreIsClosed() async throws {
        try await withStore { store, _ async throws in
            let intake = DeliveryIntake(store: store, logger: logger) {}
            store.close()
            #expect(await intake.accept(delivery("msg_1")) == .failed)
        }
    }

    @Test func provesWithTheSecretsOfTheStore() async throws {
        try await withStore { store, first async throws in
            let accounts = WebhookAccounts(store: store, clock: clock, logger: logger)
            #expect(try await proves(first, accounts))
            let rotated = try await store.database.write { [clock, name] connection in
                try WebhookSecrets.rotate(
                    account: name,
                    now: clock.now,
                    overlap: 60_000,
                    sealer: store.sealer,
                    on: connection
                )
            }
            let second = try WebhookSecret(text: rotated)
            clock.advance(milliseconds: 1001)
            #expect(try await proves(second, accounts))
            #expect(try await proves(first, accounts))
            clock.advance(milliseconds: 60_000)
            #expect(try await proves(second, accounts))
            #expect(try await proves(first, accounts) == false)
        }
    }

    private func proves(_ secret: WebhookSecret, _ accounts: WebhookAccounts) async throws -> Bool {
        let account = try #require(try await accounts.account(name, source: .constantContact))
        let signed = SignedHeaders(seconds: clock.now.seconds, body: "{}", secret: secret)
        let proof = try DeliveryProof(try signed.fields())
        return Array("{}".utf8).withUnsafeBytes { body in
            proof.refusal(of: body, keys: account.keys, now: clock.now) == nil
        }
    }

    @Test func countsRefusalsInTheStore() async throws {
        try await withStore { store, _ async throws in
            let counter = RefusalCounter(store: store, clock: clock, logger: logger)
            for _ in 0..<3 { counter.count(name, .noMatchingSignature) }
            await counter.flush()
            counter.count(name, .noMatchingSignature)
            await counter.flush()
            let counts = try await store.database.read { try RejectedDeliveries.all(on: $0) }
            #expect(counts.map(\.count) == [4])
            #expect(counts.map(\.reason) == ["no matching signature"])
        }
    }
}
