import Bridge
import Reconciliation
import Simulation
import Store
import Testing

/// A contact that was deleted while nobody read its account (C9).
@Suite struct DeletedInAGapTests {
    @Test func anUnsubscribeThatTheHistoryShowsIsThePersons() async throws {
        let rig = try await Self.linked()
        try await rig.engine.pollingStops()
        rig.clock.advance(seconds: 3600)
        let left = rig.clock.now
        rig.cc.delete("ada@example.org", unsubscribedAt: left)
        rig.clock.advance(seconds: 3600)
        try await rig.calm()
        let event = try #require(try await rig.events("ada@example.org").first)
        #expect(event.rule == .c1)
        #expect(event.by == .person)
        #expect(event.occurredAt == left)
        #expect(rig.crm.isFlagged(RecordID(.person, 1)))
        #expect(rig.other.contact("ada@example.org")?.permission == .unsubscribed)
        #expect(try await rig.doubts().isEmpty)
    }

    @Test func whereNothingIsSaidTheContactIsOffTheListsEverywhereAndNobodysOptOut() async throws {
        let rig = try await Self.linked()
        try await rig.engine.pollingStops()
        rig.cc.delete("ada@example.org", isForgotten: true)
        rig.clock.advance(seconds: 3600)
        try await rig.calm()
        #expect(try await rig.events("ada@example.org").isEmpty)
        #expect(!rig.crm.isFlagged(RecordID(.person, 1)))
        #expect(rig.other.addresses(on: "Spring") == ["bob@example.org"])
        #expect(rig.other.contact("ada@example.org")?.permission == .implicit)
        #expect(try await rig.doubts() == ["ada@example.org"])
        #expect(try await rig.heldRules("ada@example.org").contains("C9"))

        // Somebody brings the contact back: there is nothing to doubt any more.
        let spring = rig.cc.list(named: "Spring")
        rig.cc.edit("ada@example.org") {
            $0.isDeleted = false
            $0.lists = [spring]
        }
        try await rig.verify()
        #expect(try await rig.doubts().isEmpty)
        #expect(rig.other.addresses(on: "Spring") == ["ada@example.org", "bob@example.org"])
    }

    @Test func anOperatorsWordEndsTheDoubt() async throws {
        let rig = try await Self.linked()
        try await rig.engine.pollingStops()
        rig.cc.delete("ada@example.org", isForgotten: true)
        rig.clock.advance(seconds: 3600)
        try await rig.calm()
        try await rig.approve(.recreate)
        #expect(try await rig.doubts().isEmpty)
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "bob@example.org"])
        #expect(rig.other.addresses(on: "Spring") == ["ada@example.org", "bob@example.org"])
    }

    @Test func aHistoryWithoutAnOptOutLeavesTheOtherAccountsAlone() async throws {
        let rig = try await Self.linked()
        try await rig.engine.pollingStops()
        rig.cc.delete("ada@example.org")
        rig.clock.advance(seconds: 3600)
        try await rig.calm()
        #expect(rig.other.addresses(on: "Spring") == ["ada@example.org", "bob@example.org"])
        #expect(rig.cc.addresses(on: "Spring") == ["bob@example.org"])
        #expect(try await rig.heldRules("ada@example.org").contains("C9"))
        #expect(try await rig.doubts().isEmpty)
    }

    @Test func aHistoryThatCannotBeReadKeepsTheGapOpen() async throws {
        let rig = try await Self.linked()
        try await rig.engine.pollingStops()
        rig.cc.delete("ada@example.org", unsubscribedAt: rig.clock.now)
        rig.clock.advance(seconds: 3600)
        rig.faults.plan(.unavailable, of: "cc.optOuts")
        await #expect(throws: PortError.self) { try await rig.engine.readOptOuts(of: Rig.cc) }
        #expect(try await !rig.openGaps().isEmpty)
        try await rig.calm()
        #expect(try await rig.isOptedOut("ada@example.org"))
        #expect(try await rig.openGaps().isEmpty)
    }

    @Test func aDeletionThatNoGapHidesIsReadWithoutAnyDoubt() async throws {
        let rig = try await Self.linked()
        rig.cc.delete("ada@example.org", isForgotten: true)
        rig.clock.advance(seconds: 30)
        try await rig.engine.readUnsubscribed(of: Rig.cc, isDue: true)
        #expect(try await rig.doubts().isEmpty)
        #expect(rig.faults.count("cc.optOuts") == 0)
    }

    private static func linked() async throws -> Rig {
        let rig = try await Rig(other: true)
        rig.add(1, "ada@example.org")
        rig.add(2, "bob@example.org")
        try await rig.start()
        try await rig.pass()
        return rig
    }
}

extension Rig {
    /// The addresses that are in doubt.
    func doubts() async throws -> [String] {
        try await store.database.read { try DeletionDoubts.all(in: $0).map(\.address.text) }
    }
}
