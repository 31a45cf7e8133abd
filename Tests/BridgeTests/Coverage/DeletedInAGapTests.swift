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

    // MARK: Where nothing is wanted at the account

    @Test func aMemberOfAnotherAccountAloneIsHeldAndShown() async throws {
        let rig = try await Self.knownElsewhere(2)
        try await rig.forgets(["p1@example.org"])
        #expect(try await rig.doubts() == ["p1@example.org"])
        #expect(rig.cc.addresses(on: "Spring") == ["p2@example.org"])
        #expect(try await rig.heldRules("p1@example.org") == ["C9"])
        #expect(try await rig.parked("p1@example.org") == ["in-doubt"])

        try await rig.approve(.recreate)
        #expect(try await rig.doubts().isEmpty)
        #expect(rig.cc.addresses(on: "Spring") == ["p1@example.org", "p2@example.org"])
        #expect(try await rig.parked("p1@example.org").isEmpty)
        // Nothing is wanted there: nothing is made there.
        #expect(rig.other.contact("p1@example.org")?.isDeleted != false)
    }

    @Test(arguments: [HoldChoice.keepOff, nil]) func whoIsLeftOffStaysOffEverywhereAndIsShown(
        choice: HoldChoice?
    ) async throws {
        let rig = try await Self.knownElsewhere(2)
        try await rig.forgets(["p1@example.org"])
        let hold = try #require(try await rig.openHolds().first)
        if let choice {
            try await rig.engine.approve(hold: hold.id, choice: choice, reason: nil)
        } else {
            try await rig.engine.dismiss(hold: hold.id, reason: nil)
        }
        try await rig.verify()
        #expect(try await rig.openHolds().isEmpty)
        #expect(rig.cc.addresses(on: "Spring") == ["p2@example.org"])
        #expect(try await rig.parked("p1@example.org") == ["in-doubt"])
        // The person comes back there: nothing is left to doubt.
        rig.other.edit("p1@example.org") { $0.isDeleted = false }
        try await rig.deliver(
            [.changeHinted(.contact(Rig.other, Address(compared: "p1@example.org")))],
            from: Rig.other
        )
        try await rig.calm()
        #expect(try await rig.doubts().isEmpty)
        #expect(rig.cc.addresses(on: "Spring") == ["p1@example.org", "p2@example.org"])
    }

    @Test func whomTheCRMDoesNotKnowNobodyIsAskedAbout() async throws {
        let rig = try await Self.knownElsewhere(2)
        rig.other.add("stranger@example.org")
        try await rig.verify()
        try await rig.forgets(["stranger@example.org"])
        #expect(try await rig.openHolds().isEmpty)
        // Until there is a record that has it.
        rig.add(9, "stranger@example.org")
        try await rig.calm()
        #expect(try await rig.heldRules("stranger@example.org") == ["C9"])
        #expect(!rig.cc.addresses(on: "Spring").contains("stranger@example.org"))
    }

    @Test func manyRemovalsForADoubtAreJudgedByTheBreaker() async throws {
        let rig = try await Self.knownElsewhere(30) { $0.breaker = Breaker(rows: 5, percent: 5) }
        let all = (1...30).map { "p\($0)@example.org" }.sorted()
        try await rig.forgets(all)
        #expect(rig.cc.addresses(on: "Spring") == all)
        let breaker = try #require(try await rig.openHolds().first { $0.kind == .removals })
        #expect(try await rig.rows(of: breaker.id).count == 30)
        #expect(try await rig.heldRules("p7@example.org").sorted() == ["C9", "breaker"])
        try await rig.engine.approve(hold: breaker.id, choice: .release, reason: nil)
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == [])
    }

    @Test func anOptOutGoesAtOnceWhateverTheBreakerHolds() async throws {
        let rig = try await Self.knownElsewhere(30) { $0.breaker = Breaker(rows: 5, percent: 5) }
        try await rig.forgets((1...30).map { "p\($0)@example.org" })
        try await rig.relay("p7@example.org")
        try await rig.calm()
        #expect(!rig.cc.addresses(on: "Spring").contains("p7@example.org"))
        #expect(rig.cc.addresses(on: "Spring").count == 29)
    }

    /// People whose campaign is linked at one account alone, and whom the other one has as contacts.
    private static func knownElsewhere(
        _ count: Int64,
        settings edit: (inout EngineSettings) -> Void = { _ in }
    ) async throws -> Rig {
        let rig = try await Rig(other: true, settings: edit)
        for id in 1...count {
            rig.add(id, "p\(id)@example.org")
            rig.other.add("p\(id)@example.org")
        }
        try await rig.link()
        try await rig.verify()
        try await rig.pass()
        #expect(try await rig.shadow("p1@example.org", at: Rig.other) != nil)
        return rig
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
    /// Contacts of the other account are deleted for good while nobody reads it.
    func forgets(_ emails: [String]) async throws {
        try await engine.pollingStops()
        for email in emails { other.delete(email, isForgotten: true) }
        clock.advance(seconds: 3600)
        try await calm()
    }

    /// The addresses that are in doubt.
    func doubts() async throws -> [String] {
        try await store.database.read { try DeletionDoubts.all(in: $0).map(\.address.text) }
    }
}
