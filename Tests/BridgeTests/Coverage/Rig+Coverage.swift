import Bridge
import Reconciliation
import Simulation
import Store
import Testing

extension Rig {
    func openGaps(of account: AccountID = Rig.cc) async throws -> [CoverageGap] {
        try await store.database.read { try Coverage.openGaps(of: account, in: $0) }
    }

    func closedGaps(of account: AccountID = Rig.cc) async throws -> [CoverageGap] {
        try await store.database.read { try Coverage.closedGaps(of: account, limit: 100, in: $0) }
    }

    /// Up to when an account has been read.
    func tick(of account: AccountID = Rig.cc) async throws -> Timestamp {
        let source = try await store.database.read { try Coverage.source(.poll, of: account, in: $0) }
        return try #require(source).tickAt
    }

    func keepsAdditionsBack() async throws -> Bool {
        let (now, patience) = (clock.now, settings.secondsUntilAdditionsWait)
        return try await store.database.read {
            try !Coverage.awaitedReadings(at: now, patienceSeconds: patience, in: $0).isEmpty
        }
    }

    func cursors(of account: AccountID = Rig.cc) async throws -> [String: String] {
        try await store.database.read { try Cursors.all(account: account, on: $0) }
    }

    /// An opt-out poll that gets no answer.
    func failToPoll() async throws {
        faults.plan(.unavailable, of: "cc.contacts")
        await #expect(throws: PortError.self) { try await engine.readOptOuts(of: Rig.cc) }
    }

    /// A delivery whose signature fits no secret.
    func refuseDelivery() async throws {
        let now = clock.now
        try await store.database.write { try Coverage.refused(account: Rig.cc, at: now, in: $0) }
    }

    /// Somebody is given the secret of the account's deliveries.
    func giveSecretOut() async throws {
        try await store.database.write { try WebhookSecrets.noteGivenOut(of: Rig.cc, on: $0) }
    }

    /// The listener is up for a while, and says so.
    func listen(for seconds: Int64) async throws {
        let listening = Listening(store: store, clock: clock, logger: Self.logger)
        var left = seconds
        while left > 0 {
            clock.advance(seconds: min(left, 20))
            left -= 20
            try await listening.tick()
        }
    }
}
