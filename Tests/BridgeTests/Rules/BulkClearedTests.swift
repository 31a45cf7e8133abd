import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// C12: flags that go together within an hour bring nobody back, whenever each of them is read.
@Suite struct BulkClearedTests {
    private func email(_ id: Int64) -> String { "p\(id)@example.org" }
    private func person(_ id: Int64) -> RecordID { RecordID(.person, id) }

    /// Eight people on a list, of whom three an hour may be brought back.
    private func rig() async throws -> Rig {
        let rig = try await Rig { $0.bulkClearedFlags = 3 }
        for id in 1...8 { rig.add(Int64(id), email(Int64(id))) }
        try await rig.start()
        return rig
    }

    private func flag(_ ids: ClosedRange<Int64>, _ isSet: Bool, _ rig: Rig) async throws {
        for id in ids { rig.crm.edit(person(id)) { $0.isOptedOut = isSet } }
        try await rig.calm()
    }

    private func onList(_ rig: Rig) -> [String] { rig.cc.addresses(on: "Spring") }

    @Test func whoWasBroughtBackBeforeThereWereManyIsTakenOffAgain() async throws {
        let rig = try await rig()
        try await flag(1...6, true, rig)
        try await flag(1...2, false, rig)
        #expect(onList(rig) == [1, 2, 7, 8].map(email))
        try await flag(3...5, false, rig)
        #expect(onList(rig) == [7, 8].map(email))
        for id: Int64 in 1...5 {
            #expect(!rig.crm.isFlagged(person(id)))
            #expect(try await rig.isOptedOut(email(id)))
            #expect(rig.cc.contact(email(id))?.permission == .unsubscribed)
        }
        let holds = try await rig.openHolds()
        #expect(holds.map(\.kind) == [.flagsGone])
        #expect(try await rig.rows(of: holds[0].id).count == 5)

        try await rig.approve(.accept)
        #expect(onList(rig) == [1, 2, 3, 4, 5, 7, 8].map(email))
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func restoredTheFlagsOfAllAreSetAgain() async throws {
        let rig = try await rig()
        try await flag(1...6, true, rig)
        try await flag(1...2, false, rig)
        try await flag(3...5, false, rig)
        try await rig.approve(.restoreFlag)
        for id: Int64 in 1...6 { #expect(rig.crm.isFlagged(person(id))) }
        #expect(onList(rig) == [7, 8].map(email))
        // An operator who clears one of them later lifts it.
        rig.clock.advance(seconds: 3700)
        try await flag(1...1, false, rig)
        #expect(onList(rig) == [1, 7, 8].map(email))
    }

    @Test func aDisputeOfOneJoinsTheHoldOfAll() async throws {
        let rig = try await rig()
        rig.cc.personUnsubscribes(email(1), by: .account)
        try await rig.calm()
        try await flag(2...6, true, rig)
        try await flag(1...1, false, rig)
        #expect(try await rig.openHolds().map(\.kind) == [.disputedFlag])
        try await flag(2...5, false, rig)
        let holds = try await rig.openHolds()
        #expect(holds.map(\.kind) == [.flagsGone])
        #expect(try await rig.rows(of: holds[0].id).count == 5)
        #expect(!rig.crm.isFlagged(person(1)))
    }

    @Test func whatSomebodyHasDecidedIsNotDisputedAgain() async throws {
        let rig = try await rig()
        try await flag(1...6, true, rig)
        try await flag(1...2, false, rig)
        try await flag(3...5, false, rig)
        try await rig.approve(.accept)
        try await flag(6...6, false, rig)
        #expect(onList(rig) == [1, 2, 3, 4, 5, 7, 8].map(email))
        let holds = try await rig.openHolds()
        #expect(holds.map(\.kind) == [.flagsGone])
        #expect(try await rig.rows(of: holds[0].id).map(\.address) == [email(6)])
    }

    @Test func aLaterOptOutOfOneOfThemSetsItsFlag() async throws {
        let rig = try await rig()
        try await flag(1...6, true, rig)
        try await flag(1...2, false, rig)
        rig.cc.personUnsubscribes(email(1))
        for id: Int64 in 3...5 { rig.crm.edit(person(id)) { $0.isOptedOut = false } }
        try await rig.calm()
        #expect(rig.crm.isFlagged(person(1)))
        #expect(!rig.crm.isFlagged(person(2)))
        #expect(onList(rig) == [7, 8].map(email))
    }

    @Test func peopleWhoShareAnAddressAreDisputedTogether() async throws {
        let rig = try await rig()
        rig.add(.lead, 1, email(1), first: "Ada", last: "Byron", in: [])
        try await rig.calm()
        try await flag(1...6, true, rig)
        let lead = RecordID(.lead, 1)
        #expect(rig.crm.isFlagged(lead))
        rig.crm.edit(lead) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(try await rig.openHolds().map(\.kind) == [.disputedFlag])
        try await flag(1...2, false, rig)
        try await flag(3...4, false, rig)
        #expect(!rig.crm.isFlagged(lead))
        #expect(onList(rig) == [7, 8].map(email))
        let holds = try await rig.openHolds()
        #expect(holds.map(\.kind) == [.flagsGone])
        #expect(try await rig.rows(of: holds[0].id).count == 5)
    }

    @Test func theFlagsOfAnHourAgoAreTheOperators() async throws {
        let rig = try await rig()
        try await flag(1...6, true, rig)
        try await flag(1...3, false, rig)
        rig.clock.advance(seconds: 3700)
        try await flag(4...6, false, rig)
        #expect(onList(rig) == (1...8).map(email))
        #expect(try await rig.openHolds().isEmpty)
    }
}
