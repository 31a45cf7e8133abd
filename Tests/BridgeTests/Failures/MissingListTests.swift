import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Lists that somebody has deleted at the provider while Causeway writes to them, and contacts that only the list of
/// everybody still shows.
@Suite struct MissingListTests {
    private let email = "ada@example.org"

    private func rig() async throws -> (rig: Rig, person: RecordID) {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        return (rig, person)
    }

    /// A refusal for the sake of a list says nothing about its rows: halved, eight of them would cost fifteen calls.
    @Test func anImportOntoADeletedListIsNotHalvedAndItsLinkIsHeld() async throws {
        let (rig, _) = try await rig()
        rig.cc.deleteList(rig.cc.list(named: "Spring"))
        for id in 2...9 as ClosedRange<Int64> { rig.add(id, "p\(id)@example.org") }
        rig.faults.forgetCalls()
        try await rig.calm()
        #expect(rig.faults.count("cc.submit") == 1)
        #expect(try await rig.openHolds().map(\.kind) == [.listDeleted])
        let parked = try await rig.store.database.read { try Parked.all(in: $0) }
        #expect(parked.isEmpty)
        try await rig.approve(.recreateList)
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring").count == 9)
    }

    @Test func whoLeftTheCampaignWhileItsListWasGoneLeavesTheListOfEverybody() async throws {
        let (rig, person) = try await rig()
        rig.add(2, "b@example.org")
        try await rig.calm()
        rig.cc.deleteList(rig.cc.list(named: "Spring"))
        try await rig.verify()
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        try await rig.approve(.recreateList)
        try await rig.verify()
        #expect(rig.cc.addresses(on: Rig.master) == ["b@example.org"])
    }

    @Test func aDismissedHoldOnADeletedListCostsNothing() async throws {
        let (rig, person) = try await rig()
        rig.cc.deleteList(rig.cc.list(named: "Spring"))
        try await rig.verify()
        try await rig.engine.dismiss(hold: 1, reason: nil)
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.verify()
        rig.faults.forgetCalls()
        try await rig.verify()
        #expect(rig.faults.count("cc.submit") == 0)
    }

    @Test func theListOfEverybodyIsMadeAnewAndFilled() async throws {
        let (rig, _) = try await rig()
        rig.cc.deleteList(rig.cc.list(named: Rig.master))
        rig.add(2, "b@example.org")
        try await rig.calm()
        rig.clock.advance(seconds: 3_600)
        try await rig.engine.syncRound(campaign: nil, isFull: false)
        try await rig.calm()
        #expect(rig.cc.addresses(on: Rig.master) == [email, "b@example.org"])
        #expect(rig.cc.addresses(on: "Spring") == [email, "b@example.org"])
        #expect(try await rig.openHolds().isEmpty)
    }

    /// The contact is not known: its import's answer was lost, and it has another address by now.
    @Test func anOptOutFindsWhoIsOnTheListOfEverybodyAlone() async throws {
        let (rig, _) = try await rig()
        let stray = rig.cc.add("stray@example.org", lists: [rig.cc.list(named: Rig.master)])
        try await rig.relay("stray@example.org")
        try await rig.calm()
        try await rig.verify()
        let held = try #require(rig.cc.state.withLock { $0.contacts[stray]?.contact })
        #expect(held.lists.isEmpty)
        #expect(held.permission == .unsubscribed)
    }

    @Test func anUnsubscribeIsTakenBackWithoutAListThatIsGone() async throws {
        let (rig, person) = try await rig()
        let newsletter = ListID("newsletter")
        rig.cc.state.withLock { state in
            state.lists[newsletter] = ProviderList(id: newsletter, name: "newsletter", description: "")
        }
        rig.cc.edit(email) { $0.lists.insert(newsletter) }
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        rig.cc.deleteList(newsletter)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(rig.cc.listNames(of: email) == [Rig.master, "Spring"])
        #expect(try await rig.openHolds().isEmpty)
    }

    /// What an import put a contact on, an opt-out after it has ended.
    @Test func whoLeftAndCameBackWhileAnImportWasUnderWayIsPutBack() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        rig.cc.add(email)
        rig.cc.state.withLock { $0.looks = 1_000 }
        try await rig.link()
        try await rig.engine.recover()
        try await rig.engine.readCRM()
        try await rig.engine.readOptOuts(of: Rig.cc)
        try await rig.engine.runDueLinks(of: Rig.cc)
        rig.cc.state.withLock { state in
            state.looks = 1
            for id in state.activities.keys { state.activities[id]?.looksLeft = 1 }
        }
        rig.clock.advance(seconds: 60)
        rig.cc.personUnsubscribes(email)
        try await rig.engine.readOptOuts(of: Rig.cc)
        rig.clock.advance(seconds: 60)
        rig.cc.personReturns(email)
        try await rig.engine.readUnsubscribed(of: Rig.cc, isDue: true)
        try await rig.calm()
        #expect(rig.cc.listNames(of: email) == [Rig.master, "Spring"])
        try await rig.verify()
        #expect(rig.status(person) == "Invited")
    }
}
