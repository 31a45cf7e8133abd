import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Writes whose answer could not be stored, in a process that goes on, and imports that work on when nobody waits.
@Suite struct AbandonedWriteTests {
    private let email = "ada@example.org"

    @Test(arguments: [Fault.crashBefore, .crashAfter], ["crm.write", "unsubscribe.write", "cc.submit"])
    func aWriteWhoseAnswerIsNotStoredIsReadBackByTheSameProcess(_ fault: Fault, _ call: String) async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        let other = rig.add(2, "b@example.org")
        let lead = rig.add(.lead, 1, email, in: [])
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        rig.crm.edit(Rig.member(other, Rig.spring)) { $0.isDeleted = true }
        rig.faults.plan(fault, of: call)
        await #expect(throws: Crash.self) { try await rig.calm() }
        // Nothing starts anew: the store is the same, and so is the engine.
        try await rig.calm()
        #expect(rig.crm.isFlagged(lead))
        #expect(rig.cc.contact(email)?.permission == .unsubscribed)
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
        #expect(try await rig.events(email).map(\.rule) == [.c4])
    }

    @Test func aCallUnderWayIsNotTakenForAnAbandonedOne() async throws {
        let rig = try await Rig()
        rig.add(1, email)
        let link = try await rig.link()
        try await rig.engine.run(link, isFull: false)
        let seen = Seen<String>()
        rig.faults.onCall { [engine = rig.engine, store = rig.store] name in
            guard name == "cc.submit" else { return }
            try await engine.watchActivities(of: Rig.cc)
            let states = try await store.database.read { connection in
                try connection.rows("SELECT state FROM intent WHERE kind = 'upsert'") { $0.text(0) }
            }
            for state in states { seen.note(state) }
        }
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        #expect(seen.all == ["open"])
    }

    @Test func anImportThatWorksLongerThanAnybodyWaitsLeavesNoStranger() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        rig.cc.state.withLock {
            $0.worksAtOnce = false
            $0.looks = 1_000
        }
        let link = try await rig.link()
        rig.faults.plan(.unknownAfter, of: "cc.submit")
        try await rig.engine.run(link, isFull: false)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        // Nobody knows of it, and nobody wants it any more.
        rig.cc.state.withLock {
            $0.worksAtOnce = true
            $0.looks = 1
        }
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
        rig.cc.finishForgottenActivities()
        #expect(rig.cc.addresses(on: "Spring") == [email])
        rig.clock.advance(seconds: rig.settings.secondsToEnd)
        try await rig.calm()
        #expect(rig.cc.listNames(of: email).isEmpty)
        #expect(try await rig.awaitedEchoes(Rig.cc).allSatisfy { $0.hasPrefix("contact ") })
    }

    @Test func aStuckImportThatEndsAfterAllLeavesNoStranger() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        rig.cc.state.withLock {
            $0.worksAtOnce = false
            $0.looks = 1_000_000
        }
        let link = try await rig.link()
        try await rig.engine.run(link, isFull: false)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        rig.clock.advance(seconds: rig.settings.secondsToEnd)
        rig.cc.state.withLock {
            $0.worksAtOnce = true
            $0.looks = 1
        }
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        rig.cc.finishForgottenActivities()
        rig.clock.advance(seconds: rig.settings.secondsToEnd)
        try await rig.calm()
        #expect(rig.cc.listNames(of: email).isEmpty)
    }

    @Test func aRemovalThatIsHandedOverAgainLateHasItsTimeFromThenOn() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        rig.cc.state.withLock {
            $0.worksAtOnce = false
            $0.looks = 3
        }
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.engine.readCRM()
        rig.faults.plan(.unknownBefore, of: "cc.submit")
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        // Nobody could look after it for hours.
        rig.clock.advance(seconds: rig.settings.secondsToEnd)
        rig.faults.forgetCalls()
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
        #expect(rig.faults.count("cc.submit") == 1)
    }
}
