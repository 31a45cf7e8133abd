import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Records that a change of permissions hides are not gone, and nobody but an operator takes them for it.
@Suite struct HiddenRecordTests {
    private func rig(people: Int64 = 12) async throws -> Rig {
        let rig = try await Rig()
        for id in 1...people { rig.add(id, email(id)) }
        try await rig.start()
        return rig
    }

    private func email(_ id: Int64) -> String { "p\(id)@example.org" }

    private func ids(_ range: ClosedRange<Int64>) -> [RecordID] { range.map { RecordID(.person, $0) } }

    private func onList(_ rig: Rig) -> Set<String> { Set(rig.cc.addresses(on: "Spring")) }

    /// They are hidden, and the CRM tells of changes of them.
    private func hide(_ range: ClosedRange<Int64>, in rig: Rig) async throws {
        rig.crm.hide(ids(range))
        try await rig.engine.follow(ids(range).map { .record($0) })
        try await rig.calm()
    }

    @Test func thoseOfBothKindsAreJudgedTogether() async throws {
        let rig = try await Rig()
        for id in 1...6 { rig.add(.person, Int64(id), email(Int64(id))) }
        for id in 7...12 { rig.add(.lead, Int64(id), email(Int64(id))) }
        try await rig.start()
        let all = rig.crm.state.withLock { $0.records.keys.sorted() }
        rig.crm.hide(all)
        try await rig.engine.follow(all.map { .record($0) })
        try await rig.calm()
        #expect(onList(rig).count == 12)
        #expect(try await rig.openHolds().map(\.kind) == [.recordsHidden])
    }

    @Test func oneThatIsReadByItselfLaterJoinsThem() async throws {
        let rig = try await rig()
        try await hide(1...11, in: rig)
        try await hide(12...12, in: rig)
        #expect(onList(rig).count == 12)
        let hold = try #require(try await rig.openHolds().first)
        #expect(try await rig.rows(of: hold.id).count == 12)
        #expect(hold.reason.contains("12 records"))
    }

    @Test func whatADismissedHoldNamesIsLeftAsItStands() async throws {
        let rig = try await rig()
        try await hide(1...12, in: rig)
        let hold = try #require(try await rig.openHolds().first)
        _ = try await rig.engine.dismiss(hold: hold.id, reason: nil)
        try await hide(3...3, in: rig)
        #expect(onList(rig).count == 12)
        #expect(try await rig.openHolds().isEmpty)
        // Once they were read again, the next time is another.
        rig.crm.show()
        try await rig.verify()
        try await hide(1...12, in: rig)
        #expect(try await rig.openHolds().map(\.kind) == [.recordsHidden])
    }

    @Test func theyAreAskedForAgainAndWhatChangedMeanwhileIsRead() async throws {
        let rig = try await rig()
        try await hide(1...12, in: rig)
        rig.crm.edit(RecordID(.person, 4)) { $0.isOptedOut = true }
        // A later change that is shown: no delta begins before it any more.
        rig.add(20, email(20))
        try await rig.calm()
        #expect(onList(rig).contains(email(4)))
        rig.crm.show()
        rig.clock.advance(seconds: 3_600)
        try await rig.calm()
        #expect(try await rig.openHolds().isEmpty)
        #expect(!onList(rig).contains(email(4)))
        #expect(onList(rig).count == 12)
    }

    @Test func oneThatCouldNotBeReadForAWhileIsBackOnItsList() async throws {
        let rig = try await rig()
        try await hide(5...5, in: rig)
        #expect(!onList(rig).contains(email(5)))
        rig.crm.show()
        rig.clock.advance(seconds: 3_600)
        try await rig.calm()
        #expect(onList(rig).contains(email(5)))
    }

    @Test func theRarerTheLongerTheyAreAway() async throws {
        let rig = try await rig()
        try await hide(1...12, in: rig)
        rig.clock.advance(seconds: 30 * 86_400)
        try await rig.pass()
        rig.faults.forgetCalls()
        rig.clock.advance(seconds: 86_400)
        try await rig.engine.readCRM()
        #expect(rig.faults.count("crm.records") == 0)
        rig.clock.advance(seconds: 7 * 86_400)
        try await rig.engine.readCRM()
        #expect(rig.faults.count("crm.records") == 3)
    }

    @Test func anOptOutTakesThemOffAndTheFlagIsTriedAgainWithGrowingPauses() async throws {
        let rig = try await rig()
        try await hide(1...12, in: rig)
        rig.cc.personUnsubscribes(email(2))
        try await rig.calm()
        #expect(rig.cc.listNames(of: email(2)).isEmpty)
        rig.faults.forgetCalls()
        // A poll each minute of three hours.
        for _ in 1...180 {
            rig.clock.advance(seconds: 60)
            try await rig.pass()
        }
        #expect((2...8).contains(rig.faults.count("crm.write")))
        rig.crm.show()
        rig.clock.advance(seconds: 4_000)
        try await rig.calm()
        #expect(rig.crm.isFlagged(RecordID(.person, 2)))
    }

    @Test func recordsOfWhichNobodyKnewAreLookedForWhenTheyCanBeReadAgain() async throws {
        let rig = try await rig()
        try await hide(1...12, in: rig)
        // It was hidden from the first, and nobody tells of it.
        rig.crm.hide([RecordID(.person, 30)])
        rig.add(30, "shared@example.org", flagged: true, in: [])
        rig.add(31, "shared@example.org")
        try await rig.calm()
        #expect(onList(rig).contains("shared@example.org"))
        rig.crm.show()
        // What it changed is older than what the deltas begin with.
        rig.crm.state.withLock { $0.recordChanges[RecordID(.person, 30)] = 0 }
        try await rig.verify()
        #expect(!onList(rig).contains("shared@example.org"))
    }

    @Test func whatIsToBeWrittenToOneThatIsBackIsDecidedAnew() async throws {
        let rig = try await rig()
        try await hide(6...6, in: rig)
        rig.crm.show()
        rig.clock.advance(seconds: 3_600)
        try await rig.engine.readCRM()
        let address = email(6)
        let marked = try await rig.store.database.read { connection in
            try connection.rows("SELECT account FROM dirty WHERE address = \(address) ORDER BY 1") { $0.text(0) }
        }
        #expect(marked == [Rig.cc.rawValue, Rig.crm.rawValue])
    }
}
