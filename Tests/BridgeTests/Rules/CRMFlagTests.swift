import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

@Suite struct CRMFlagTests {
    @Test func c4RemovesAndUnsubscribesAsTheAccountWithTheBeforeImageStored() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        let lead = rig.add(.lead, 1, "ada@example.org", first: "A", last: "B", in: [])
        try await rig.start()
        let newsletter = ListID("newsletter")
        rig.cc.edit("ada@example.org") { $0.lists.insert(newsletter) }
        try await rig.verify()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        let contact = rig.cc.contact("ada@example.org")
        #expect(contact?.permission == .unsubscribed)
        #expect(contact?.optOutBy == .account)
        #expect(rig.crm.isFlagged(lead))
        let own = try #require(try await rig.shadow("ada@example.org")?.ownUnsubscribe)
        #expect(own.permissionBefore == .implicit)
        #expect(own.listsBefore.contains(newsletter))
        // Causeway's own unsubscribe and flag are no events.
        _ = try await rig.engine.readUnsubscribed(of: Rig.cc, isDue: true)
        try await rig.calm()
        #expect(try await rig.events("ada@example.org").map(\.rule) == [.c4])
    }

    @Test func c5TakesBackWhatTheOptOutChangedAndNoMore() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        let lead = rig.add(.lead, 1, "ada@example.org", first: "A", last: "B", in: [])
        try await rig.start()
        let newsletter = ListID("newsletter")
        rig.cc.state.withLock { state in
            state.lists[newsletter] = ProviderList(id: newsletter, name: "newsletter", description: "")
        }
        rig.cc.edit("ada@example.org") { $0.lists.insert(newsletter) }
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        // The flag speaks for itself in the CRM: only a provider's opt-out sets the status.
        #expect(rig.status(person) == "Invited")
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(!rig.crm.isFlagged(lead))
        #expect(rig.status(person) == "Invited")
        #expect(rig.cc.contact("ada@example.org")?.permission == .implicit)
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring", "newsletter"])
        #expect(try await rig.isOptedOut("ada@example.org") == false)

        // What came back is Causeway's again: it leaves when the member does.
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == ["newsletter"])
    }

    @Test func c6StaysOffIsDisputedAndHeld() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.cc.contact("ada@example.org")?.permission == .unsubscribed)
        #expect(try await rig.isOptedOut("ada@example.org"))
        #expect(try await rig.heldRules("ada@example.org") == ["C6"])

        // A new opt-out sets the flag again.
        rig.clock.advance(seconds: 10)
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func c12ManyFlagsThatGoTogetherLiftNothing() async throws {
        let rig = try await Rig { $0.bulkClearedFlags = 3 }
        for id in 1...5 { rig.add(Int64(id), "p\(id)@example.org", flagged: true) }
        try await rig.start()
        for id in 1...5 { rig.crm.edit(RecordID(.person, Int64(id))) { $0.isOptedOut = false } }
        try await rig.calm()
        for id in 1...5 { #expect(try await rig.isOptedOut("p\(id)@example.org")) }
        #expect(rig.cc.state.withLock { $0.imports.isEmpty })
        let holds = try await rig.openHolds()
        #expect(holds.map(\.kind) == [.flagsGone])
        #expect(try await rig.rows(of: holds[0].id).count == 5)
    }

    @Test func c12SoftwareThatClearsAFlagLiftsNothing() async throws {
        let rig = try await Rig { $0.softwareUsers = [55] }
        let person = rig.add(1, "ada@example.org", flagged: true)
        try await rig.start()
        rig.crm.edit(person, by: 55) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(try await rig.isOptedOut("ada@example.org"))
        #expect(rig.cc.contact("ada@example.org") == nil)
        #expect(try await rig.heldRules("ada@example.org") == ["C12"])
    }

    @Test func c12ARestoredDatabaseGetsItsFlagsBack() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        let backup = try #require(rig.crm.record(person))
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        rig.crm.restore(backup)
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.isOptedOut("ada@example.org"))
    }

    @Test func aFlagThatCausewaySetDoesNotSpreadToOtherAddresses() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org", others: ["private@example.org"])
        let other = rig.add(2, "private@example.org", first: "P", last: "Q")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(!rig.crm.isFlagged(other))
        #expect(try await rig.isOptedOut("private@example.org") == false)
    }

    @Test func anOptOutIsNotShakenOffByAChangedAddress() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        #expect(try await rig.isOptedOut("new@example.org"))
        #expect(rig.cc.contact("new@example.org") == nil)
        #expect(rig.crm.isFlagged(person))
    }

    @Test func aDeletedRecordLiftsNothing() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org", flagged: true)
        try await rig.start()
        rig.crm.edit(person) { $0.isDeleted = true }
        try await rig.calm()
        let again = rig.add(2, "ada@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(again))
        #expect(rig.cc.contact("ada@example.org") == nil)
    }
}
