import Bridge
import Reconciliation
import Simulation
import Store
import Testing

/// What a report's rows say about consent reaches the ledger, once, and nobody is lost on the way.
@Suite struct ReportedConsentTests {
    private let email = "ada@example.org"

    @Test func joinsTheOptOutThatIsThere() async throws {
        let world = try await ReportRig()
        world.send()
        world.rig.cc.personUnsubscribes(email)
        world.act(.optedOut, email, reason: "Too many")
        try await world.rig.calm()
        let before = try await world.rig.events(email)
        try #require(before.count == 1)
        try await world.read()
        #expect(try await world.rig.events(email) == before)
        #expect(try await world.people(.optedOut).first?.event != nil)
        #expect(try await world.people(.optedOut).first?.reason == "Too many")
    }

    @Test(arguments: [ContactActor.account, .unnamed])
    func makesAnOptOutThatNobodyExplainedThePersons(actor: ContactActor) async throws {
        let world = try await ReportRig()
        world.send()
        world.rig.cc.personUnsubscribes(email, by: actor)
        try await world.rig.calm()
        try #require(try await world.rig.events(email).map(\.by).contains(.person) == false)
        world.act(.optedOut, email, reason: "Too many")
        try await world.read()
        let events = try await world.rig.events(email)
        #expect(events.last?.by == .person)
        #expect(events.last?.rule == .c3)
        #expect(events.last?.reason == "Too many")
        // Read again, and again: once is enough.
        try await world.rig.engine.syncRound(campaign: nil, isFull: true)
        #expect(try await world.rig.events(email).count == events.count)
    }

    @Test func readsTheContactBackWhereNothingIsKnown() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.optedOut, email)
        // The poll has not come by yet.
        world.rig.cc.personUnsubscribes(email)
        try await world.read()
        #expect(try await world.rig.events(email).map(\.rule) == [.c1])
        #expect(try await world.people(.optedOut).first?.event != nil)
        try await world.rig.calm()
        #expect(world.rig.crm.record(RecordID(.person, 1))?.isOptedOut == true)
    }

    @Test func isHeldAndKeptOffWhereTheContactMayBeMailed() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.optedOut, email)
        try await world.read()
        #expect(try await world.rig.events(email).isEmpty)
        let hold = try #require(try await world.rig.openHolds().first)
        #expect(hold.kind == .reportedOptOut)
        #expect(hold.choices == [.optOut])
        try await world.rig.calm()
        #expect(!world.rig.cc.addresses(on: "Spring").contains(email))
        #expect(try await !world.rig.isOptedOut(email))

        try await world.rig.approve(.optOut)
        #expect(try await world.rig.events(email).map(\.by) == [.person])
        #expect(try await world.rig.openHolds().isEmpty)
        #expect(world.rig.crm.record(RecordID(.person, 1))?.isOptedOut == true)
    }

    @Test func aDismissedHoldBringsThePersonBackAndIsNotRaisedAgain() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.optedOut, email)
        try await world.read()
        try await world.rig.calm()
        try await world.rig.engine.dismiss(hold: 1, reason: nil)
        try await world.rig.calm()
        #expect(world.rig.cc.addresses(on: "Spring").contains(email))
        try await world.rig.engine.syncRound(campaign: nil, isFull: true)
        #expect(try await world.rig.openHolds().isEmpty)
        // Another mailing is another cause.
        world.rig.clock.advance(seconds: 600)
        world.send("m2")
        world.act(.optedOut, email, on: "m2")
        try await world.readLater()
        #expect(try await world.rig.openHolds().count == 1)
    }

    @Test func theHoldClosesWhenTheOptOutShows() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.optedOut, email)
        try await world.read()
        try #require(try await world.rig.openHolds().count == 1)
        world.rig.cc.personUnsubscribes(email)
        try await world.rig.calm()
        #expect(try await world.rig.openHolds().isEmpty)
        #expect(try await world.rig.isOptedOut(email))
    }

    @Test func anOldOptOutOfSomebodyWhoCameBackIsHistory() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.optedOut, email)
        world.rig.clock.advance(seconds: 60)
        world.rig.cc.personReturns(email)
        try await world.read()
        #expect(try await world.rig.openHolds().isEmpty)
        #expect(try await world.rig.events(email).isEmpty)
    }

    @Test func aComplaintIsAnOptOut() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.complained, email)
        try await world.read()
        let event = try #require(try await world.rig.events(email).first)
        #expect(event.isComplaint)
        #expect(event.rule == .c2)
        try await world.rig.calm()
        #expect(!world.rig.cc.addresses(on: "Spring").contains(email))
    }

    @Test func aHardBounceIsUndeliverableOnTheReportsWord() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.hardBounced, email)
        world.act(.softBounced, "bob@example.org")
        try await world.read()
        #expect(try await world.rig.events(email).map(\.rule) == [.c8])
        #expect(try await world.rig.events("bob@example.org").isEmpty)
        try await world.rig.calm()
        #expect(world.rig.crm.record(RecordID(.person, 1))?.isUndeliverable == true)
        #expect(!world.rig.cc.addresses(on: "Spring").contains(email))
    }

    @Test func aHardBounceIsReadBackWhereTheContactShowsIt() async throws {
        let world = try await ReportRig(bouncesShowOnContact: true)
        world.send()
        world.act(.hardBounced, email)
        world.act(.hardBounced, "bob@example.org")
        world.rig.cc.edit(email) {
            $0.permission = .cleaned
            $0.bounce = .hard
        }
        try await world.read()
        #expect(try await world.rig.events(email).map(\.rule) == [.c8])
        #expect(try await world.rig.events("bob@example.org").isEmpty)
    }

    @Test func whatWasNotWeighedBeforeACrashIsWeighedAfterIt() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.optedOut, email)
        world.rig.cc.personUnsubscribes(email)
        world.rig.faults.plan(.crashBefore, of: "cc.contacts")
        await #expect(throws: Crash.self) { try await world.read() }
        try await world.rig.restart()
        #expect(try await world.rig.events(email).isEmpty)
        try await world.read()
        #expect(try await world.rig.events(email).map(\.rule) == [.c1])
    }

    @Test func anErasedAddressLeavesTheReportsAndIsCountedOn() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.opened, email)
        world.rig.cc.personUnsubscribes(email)
        world.act(.optedOut, email, reason: "I am ada@example.org")
        try await world.rig.calm()
        try await world.read()
        _ = try await world.rig.store.erase(Address(compared: email), at: world.rig.clock.now)
        #expect(try await world.counts()[.opened] == 1)
        #expect(try await world.people(.optedOut).map(\.reason) == [nil])
        #expect(try await world.people(.optedOut).allSatisfy { $0.address.isErased })
        // Read anew, it is the same row, and nothing of the address comes back.
        try await world.rig.engine.syncRound(campaign: nil, isFull: true)
        #expect(try await world.counts()[.optedOut] == 1)
        #expect(try await !world.rig.store.holds(Address(compared: email)))
    }
}
