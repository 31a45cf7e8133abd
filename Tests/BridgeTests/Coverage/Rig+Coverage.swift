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
        try await store.database.read { try Coverage.keepsAdditionsBack(in: $0) }
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
}
