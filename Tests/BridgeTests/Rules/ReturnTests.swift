import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

@Suite struct ReturnTests {
    @Test func c7ClearsTheFlagsThatWereOursAndBringsThePersonBack() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns("ada@example.org")
        try await rig.verify()
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Invited")
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
        #expect(try await rig.events("ada@example.org").map(\.rule) == [.c1, .c7])
    }

    /// The unsubscribe emptied the lists; nobody left them.
    @Test func whoCameBackBeforeTheOptOutWasReadHasLeftNoList() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("ada@example.org")
        rig.cc.personUnsubscribes("ada@example.org")
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns("ada@example.org")
        try await rig.calm()
        try await rig.verify()
        #expect(try await rig.isOptedOut("ada@example.org") == false)
        #expect(rig.status(person) == "Invited")
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
    }

    @Test func nobodyWhoWasDeletedIsMadeAnewByAnUnsubscribe() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        rig.cc.edit("ada@example.org") {
            $0.isDeleted = true
            $0.lists = []
        }
        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org")?.isDeleted == true)
        #expect(rig.cc.contact("ada@example.org")?.permission == .implicit)
    }

    @Test func c7LeavesAFlagThatTheCRMSet() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns("ada@example.org")
        try await rig.verify()
        #expect(rig.crm.isFlagged(person))
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
    }

    @Test func c9IsHeldAndNotMadeAnew() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.edit("ada@example.org") {
            $0.isDeleted = true
            $0.lists = []
        }
        try await rig.verify()
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org")?.isDeleted == true)
        #expect(try await rig.heldRules("ada@example.org") == ["C9"])
        #expect(!rig.crm.isFlagged(person))
    }

    @Test func c11MakesNoSecondContact() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.edit("ada@example.org") { $0.email = "lovelace@example.org" }
        try await rig.verify()
        #expect(rig.cc.contact("ada@example.org") == nil)
        #expect(rig.cc.state.withLock { $0.contacts.count } == 1)
    }

    @Test func c13UnsubscribesAgainAtMostHourly() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        func again() async throws {
            rig.cc.ownerResubscribes("ada@example.org")
            try await rig.engine.readUnsubscribed(of: Rig.cc, isDue: true)
            while try await rig.engine.pushProvider(Rig.cc, lanes: 1...5).sent > 0 {}
        }
        rig.faults.forgetCalls()
        try await again()
        #expect(rig.faults.count("cc.unsubscribe.write") == 0)
        rig.clock.advance(seconds: 3600)
        while try await rig.engine.pushProvider(Rig.cc, lanes: 1...5).sent > 0 {}
        #expect(rig.faults.count("cc.unsubscribe.write") == 1)
        #expect(rig.cc.contact("ada@example.org")?.permission == .unsubscribed)
        try await again()
        #expect(rig.faults.count("cc.unsubscribe.write") == 1)
    }
}
