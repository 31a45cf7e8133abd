import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Every kind of write: its echo is absorbed once, and its address decided again.
@Suite struct EchoTests {
    private let email = "ada@example.org"

    @Test(arguments: [true, false])
    func aFlagsEchoIsAbsorbedOnceAndItsAddressDecidedAgain(_ isSet: Bool) async throws {
        let rig = try await Rig()
        rig.add(1, "b@example.org")
        let person = rig.add(2, email, in: [])
        let flagged = rig.add(3, email, in: [])
        try await rig.start()
        if !isSet {
            rig.crm.edit(flagged) { $0.isOptedOut = true }
            try await rig.calm()
        }
        rig.crm.edit(flagged) { $0.isOptedOut = isSet }
        try await rig.engine.readCRM()
        while try await rig.engine.pushCRM().decided > 0 {}
        while try await rig.engine.pushProvider(Rig.cc, lanes: 1...5).decided > 0 {}
        #expect(rig.crm.isFlagged(person) == isSet)
        let before = try await rig.echoes(Rig.crm)
        #expect(try await rig.awaitedEchoes(Rig.crm) == ["person 2"])
        #expect(try await rig.dirty(email, Rig.crm) == false)
        try await rig.engine.readCRM()
        #expect(try await rig.echoes(Rig.crm) == before + 1)
        #expect(try await rig.awaitedEchoes(Rig.crm).isEmpty)
        #expect(try await rig.dirty(email, Rig.crm))
        // The row comes again and again, and is nothing any more.
        try await rig.engine.readCRM()
        try await rig.calm()
        #expect(try await rig.echoes(Rig.crm) == before + 1)
        #expect(try await rig.events(email).map(\.rule) == (isSet ? [.c4] : [.c4, .c5]))
    }

    @Test func aMarksEchoIsAbsorbedOnce() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        let before = try await rig.echoes(Rig.crm)
        try await rig.relayBounce(email)
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        while try await rig.engine.pushCRM().decided > 0 {}
        #expect(rig.crm.record(person)?.isUndeliverable == true)
        #expect(try await rig.echoes(Rig.crm) == before)
        try await rig.engine.readCRM()
        #expect(try await rig.echoes(Rig.crm) == before + 1)
        try await rig.calm()
        try await rig.verify()
        #expect(try await rig.echoes(Rig.crm) == before + 1)
        #expect(try await rig.events(email).map(\.kind) == [.undeliverable])
    }

    @Test func aStatusEchoIsAbsorbedOnce() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        rig.cc.personUnsubscribes(email)
        try await rig.engine.readOptOuts(of: Rig.cc)
        while try await rig.engine.pushCRM().decided > 0 {}
        #expect(rig.status(person) == "Unsubscribed")
        #expect(try await rig.awaitedEchoes(Rig.crm).count == 2)
        let before = try await rig.echoes(Rig.crm)
        try await rig.engine.readCRM()
        // The flag's and the status'.
        #expect(try await rig.echoes(Rig.crm) == before + 2)
        try await rig.verify()
        #expect(try await rig.echoes(Rig.crm) == before + 2)
        #expect(try await rig.awaitedEchoes(Rig.crm).isEmpty)
    }

    @Test func anImportsEchoIsTheFirstSightingOfEachContact() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        rig.add(2, "b@example.org")
        try await rig.start()
        // New contacts are read back for their ids.
        #expect(try await rig.echoes(Rig.cc) == 2)
        try await rig.verify()
        #expect(try await rig.echoes(Rig.cc) == 2)
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.calm()
        #expect(try await rig.awaitedEchoes(Rig.cc) == ["person 1"])
        #expect(try await rig.echoes(Rig.cc) == 2)
        try await rig.verify()
        #expect(try await rig.echoes(Rig.cc) == 3)
        try await rig.verify()
        #expect(try await rig.echoes(Rig.cc) == 3)
    }

    @Test func aRemovalsEchoIsTheFirstSightingOffTheList() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email, in: [Rig.spring, Rig.autumn])
        try await rig.start([Rig.spring, Rig.autumn])
        let before = try await rig.echoes(Rig.cc)
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(try await rig.echoes(Rig.cc) == before)
        // Autumn's list is walked, and shows the person off Spring's.
        try await rig.verify()
        #expect(try await rig.echoes(Rig.cc) == before + 1)
        try await rig.verify()
        #expect(try await rig.echoes(Rig.cc) == before + 1)
        #expect(rig.status(person, in: Rig.autumn) == "Invited")
    }

    @Test func anUnsubscribesEchoIsTheFirstPollAndItsTakingBackTheFirstWalk() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        let before = try await rig.echoes(Rig.cc)
        while try await rig.engine.pushProvider(Rig.cc, lanes: 1...3).sent > 0 {}
        #expect(rig.cc.contact(email)?.permission == .unsubscribed)
        #expect(try await rig.echoes(Rig.cc) == before)
        try await rig.engine.readOptOuts(of: Rig.cc)
        #expect(try await rig.echoes(Rig.cc) == before + 1)
        #expect(try await rig.dirty(email, Rig.cc))
        try await rig.verify()
        #expect(try await rig.echoes(Rig.cc) == before + 1)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(rig.cc.listNames(of: email) == [Rig.master, "Spring"])
        #expect(try await rig.echoes(Rig.cc) == before + 1)
        try await rig.verify()
        #expect(try await rig.echoes(Rig.cc) == before + 2)
        try await rig.verify()
        #expect(try await rig.echoes(Rig.cc) == before + 2)
        #expect(try await rig.events(email).map(\.rule) == [.c4, .c5])
    }
}
