import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// The breaker: a run that would take unusually many off a list waits for an operator, and opt-outs never do.
@Suite struct BreakerHoldTests {
    /// A linked campaign of ten, of whom two a day are usual.
    private func rig(people: Int64 = 10) async throws -> Rig {
        let rig = try await Rig { $0.breaker = Breaker(rows: 2, percent: 5) }
        for id in 1...people { rig.add(id, email(id)) }
        try await rig.start()
        return rig
    }

    private func email(_ id: Int64) -> String { "p\(id)@example.org" }

    private func leave(_ rig: Rig, _ ids: ClosedRange<Int64>) {
        for id in ids { rig.crm.edit(Rig.member(RecordID(.person, id), Rig.spring)) { $0.isDeleted = true } }
    }

    private func onList(_ rig: Rig) -> Int { rig.cc.addresses(on: "Spring").count }

    @Test func aRunThatIsTooLargeIsHeldInWholeAndGoesWhenApproved() async throws {
        let rig = try await rig()
        leave(rig, 1...3)
        try await rig.calm()
        #expect(onList(rig) == 10)
        let hold = try #require(try await rig.openHolds().first)
        #expect(hold.kind == .removals)
        #expect(hold.link != nil)
        #expect(hold.reason.contains("3 of 10"))
        #expect(Set(try await rig.rows(of: hold.id).map(\.address)) == [email(1), email(2), email(3)])
        try await rig.approve(nil)
        #expect(onList(rig) == 7)
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func theRunsOfADayAreCountedTogetherAlsoAfterARestart() async throws {
        let rig = try await rig()
        leave(rig, 1...1)
        try await rig.calm()
        leave(rig, 2...2)
        try await rig.calm()
        #expect(onList(rig) == 8)
        try await rig.restart()
        leave(rig, 3...3)
        try await rig.calm()
        #expect(onList(rig) == 8)
        #expect(try await rig.openHolds().map(\.kind) == [.removals])
        // What comes later joins the run that is held.
        leave(rig, 4...4)
        try await rig.calm()
        #expect(try await rig.openHolds().count == 1)
        #expect(try await rig.rows(of: 1).count == 2)
    }

    @Test func thereIsRoomAgainAfterADay() async throws {
        let rig = try await rig()
        leave(rig, 1...2)
        try await rig.calm()
        rig.clock.advance(seconds: 86_500)
        leave(rig, 3...4)
        try await rig.calm()
        #expect(onList(rig) == 6)
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func optOutsPassWhileARunIsHeldAndSoDoesEverythingElse() async throws {
        let rig = try await rig()
        leave(rig, 1...5)
        try await rig.calm()
        rig.cc.personUnsubscribes(email(9))
        rig.crm.edit(RecordID(.person, 8)) { $0.isOptedOut = true }
        try await rig.relayBounce(email(7))
        rig.add(20, "new@example.org")
        // One of the held opts out: that is carried out at once.
        rig.crm.edit(RecordID(.person, 1)) { $0.isOptedOut = true }
        try await rig.calm()
        #expect(rig.crm.isFlagged(RecordID(.person, 9)))
        #expect(rig.cc.contact(email(8))?.permission == .unsubscribed)
        #expect(rig.cc.contact(email(1))?.permission == .unsubscribed)
        #expect(rig.cc.listNames(of: email(7)).isEmpty)
        #expect(rig.cc.addresses(on: "Spring").contains("new@example.org"))
        #expect(rig.cc.addresses(on: "Spring").contains(email(2)))
        #expect(try await rig.heldRules(email(1)).isEmpty)
        #expect(try await rig.openHolds().count == 1)
    }

    @Test func whatNoLongerAppliesDropsOutAndWhatIsNewIsJudgedAnew() async throws {
        let rig = try await rig()
        leave(rig, 1...3)
        try await rig.calm()
        rig.join(RecordID(.person, 1), Rig.spring, again: 1)
        try await rig.calm()
        let hold = try await rig.openHolds()[0]
        try await rig.engine.approve(hold: hold.id, choice: nil, reason: nil)
        leave(rig, 4...6)
        try await rig.calm()
        #expect(onList(rig) == 8)
        #expect(rig.cc.addresses(on: "Spring").contains(email(1)))
        #expect(try await rig.openHolds().map(\.kind) == [.removals])
    }

    @Test func whatIsHeldIsNotGoneWhileTheSamePersonLeavesAnotherList() async throws {
        let rig = try await Rig { $0.breaker = Breaker(rows: 2, percent: 5) }
        for id in Int64(1)...10 { rig.add(id, email(id), in: id == 1 ? [Rig.spring, Rig.autumn] : [Rig.spring]) }
        try await rig.start([Rig.spring, Rig.autumn])
        leave(rig, 1...3)
        rig.crm.edit(Rig.member(RecordID(.person, 1), Rig.autumn)) { $0.isDeleted = true }
        try await rig.engine.readCRM()
        rig.clock.advance(seconds: 2)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        let isUnderWay = try await rig.store.database.read {
            try !Intents.inFlight(among: [Address(compared: email(1))], account: Rig.cc, in: $0).isEmpty
        }
        #expect(isUnderWay)
        let hold = try #require(try await rig.openHolds().first)
        // Decided once more meanwhile.
        rig.crm.edit(RecordID(.person, 1)) { $0.firstName = "Augusta" }
        try await rig.engine.readCRM()
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        #expect(try await rig.rows(of: hold.id).filter { $0.state == .open }.count == 3)
        try await rig.engine.approve(hold: hold.id, choice: nil, reason: nil)
        #expect(try await rig.rows(of: hold.id).allSatisfy { $0.state == .approved })
        try await rig.calm()
        #expect(onList(rig) == 7)
        #expect(rig.cc.listNames(of: email(1)).isEmpty)
    }

    /// An approval finds that nobody is to leave any more: who dropped out is decided again.
    @Test func whoDropsOutOfAHoldWhenItIsApprovedIsDecidedAgain() async throws {
        let rig = try await rig()
        leave(rig, 1...3)
        try await rig.calm()
        let hold = try #require(try await rig.openHolds().first)
        for id in 1...3 { rig.join(RecordID(.person, Int64(id)), Rig.spring, again: 1) }
        try await rig.engine.readCRM()
        try await rig.store.database.write { try $0.execute("DELETE FROM dirty") }
        await #expect(throws: HoldProblem.self) {
            try await rig.engine.approve(hold: hold.id, choice: nil, reason: nil)
        }
        for id in 1...3 { #expect(try await rig.dirty(email(Int64(id)), Rig.cc)) }
    }

    @Test func theHoldClosesWhenEverybodyIsBack() async throws {
        let rig = try await rig()
        leave(rig, 1...3)
        try await rig.calm()
        for id in 1...3 { rig.join(RecordID(.person, Int64(id)), Rig.spring, again: 1) }
        try await rig.calm()
        #expect(onList(rig) == 10)
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func dismissedThePeopleStayOnTheList() async throws {
        let rig = try await rig()
        leave(rig, 1...3)
        try await rig.calm()
        try await rig.engine.dismiss(hold: 1, reason: nil)
        try await rig.verify()
        #expect(onList(rig) == 10)
        #expect(try await rig.openHolds().isEmpty)
    }

    // MARK: Wipes

    /// A linked campaign of ten with a mapped field that a blank value clears.
    private func rigWithTowns() async throws -> Rig {
        let rig = try await Rig { $0.breaker = Breaker(rows: 2, percent: 5) }
        for id: Int64 in 1...10 {
            rig.add(id, email(id))
            rig.crm.edit(RecordID(.person, id)) { $0.fields = ["town": "London"] }
        }
        try await rig.store.database.write { connection in
            _ = try Mappings.insert(
                FieldMapping(attribute: "town", field: "town", clears: true),
                fieldID: "f1",
                account: Rig.cc,
                in: connection
            )
        }
        try await rig.start()
        #expect(towns(rig) == 10)
        return rig
    }

    private func towns(_ rig: Rig) -> Int { (1...10).count { rig.cc.contact(email($0))?.fields["town"] == "London" } }

    private func empty(_ rig: Rig, _ ids: ClosedRange<Int64>) async throws {
        for id in ids { rig.crm.edit(RecordID(.person, id)) { $0.fields = ["town": ""] } }
        try await rig.calm()
    }

    @Test func aFieldThatIsSuddenlyBlankEmptiesNothingBeforeSomebodySaysSo() async throws {
        let rig = try await rigWithTowns()
        try await empty(rig, 1...3)
        #expect(towns(rig) == 10)
        let hold = try #require(try await rig.openHolds().first)
        #expect(hold.kind == .wipes)
        #expect(hold.reason.contains("3 of 10"))
        #expect(Set(try await rig.rows(of: hold.id).map(\.address)) == [email(1), email(2), email(3)])
        // Everything else of the same people goes on, and what follows joins the hold.
        rig.crm.edit(RecordID(.person, 1)) { $0.firstName = "Augusta" }
        try await empty(rig, 4...4)
        #expect(rig.cc.contact(email(1))?.firstName == "Augusta")
        #expect(towns(rig) == 10)
        #expect(try await rig.rows(of: hold.id).count == 4)

        try await rig.approve(.release)
        #expect(towns(rig) == 6)
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func aFewBlankFieldsOfADayAreEmptiedAndTheRestIsCountedWithThem() async throws {
        let rig = try await rigWithTowns()
        try await empty(rig, 1...2)
        #expect(towns(rig) == 8)
        try await empty(rig, 3...3)
        #expect(towns(rig) == 8)
        #expect(try await rig.openHolds().map(\.kind) == [.wipes])
        // The value is back: the cause is gone.
        rig.crm.edit(RecordID(.person, 3)) { $0.fields = ["town": "London"] }
        try await rig.calm()
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func aCampaignThatReadsAsEmptyTakesNobodyOff() async throws {
        let rig = try await rig()
        let members = rig.crm.state.withLock { state in
            defer { state.members = [:] }
            return state.members
        }
        try await rig.verify()
        #expect(onList(rig) == 10)
        #expect(try await rig.openHolds().map(\.kind) == [.membersMissing])
        #expect(try await rig.rows(of: 1).count == 10)
        // They can be read again: it closes by itself.
        rig.crm.state.withLock { $0.members = members }
        try await rig.verify()
        #expect(try await rig.openHolds().isEmpty)
        #expect(onList(rig) == 10)
    }

    @Test func aCampaignThatIsEmptyIndeedIsEmptiedWithOneApproval() async throws {
        let rig = try await rig()
        rig.crm.state.withLock { $0.members = [:] }
        try await rig.verify()
        try await rig.approve(.release)
        #expect(onList(rig) == 0)
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func recordsThatAreHiddenAllAtOnceAreNotGone() async throws {
        let rig = try await rig(people: 12)
        let records = rig.crm.state.withLock { state in
            defer { state.records = [:] }
            return state.records
        }
        try await rig.engine.follow(records.keys.sorted().map { .record($0) })
        try await rig.calm()
        #expect(onList(rig) == 12)
        #expect(try await rig.openHolds().map(\.kind) == [.recordsHidden])
        rig.crm.state.withLock { $0.records = records }
        try await rig.engine.follow(records.keys.sorted().map { .record($0) })
        try await rig.calm()
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func aListThatReadsAsEmptyIsNobodysLeaving() async throws {
        let rig = try await rig()
        rig.clock.advance(seconds: 3600)
        let spring = rig.cc.list(named: "Spring")
        for id in 1...10 { rig.cc.edit(email(Int64(id))) { $0.lists.remove(spring) } }
        try await rig.verify()
        for id in 1...10 { #expect(rig.status(RecordID(.person, Int64(id))) == "Invited") }
        #expect(try await rig.openHolds().map(\.kind) == [.departures])
        try await rig.approve(.release)
        try await rig.verify()
        for id in 1...10 { #expect(rig.status(RecordID(.person, Int64(id))) == "Unsubscribed") }
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func anotherDatabaseUnderTheSameKeyIsNeitherReadNorWritten() async throws {
        let rig = try await rig()
        try await rig.store.database.write { connection in
            try Accounts.pin(Rig.cc, id: "the account of before", label: "Before", on: connection)
        }
        leave(rig, 1...1)
        rig.faults.forgetCalls()
        await #expect(throws: PortError.self) { try await rig.verify() }
        try await rig.engine.readCRM()
        await #expect(throws: PortError.self) { _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5) }
        #expect(rig.writes == 0)
        #expect(onList(rig) == 10)
    }
}
