import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Lists and campaigns that are gone or renamed: the link is held, and the others run.
@Suite struct LinkHoldTests {
    private func rig() async throws -> Rig {
        let rig = try await Rig()
        rig.add(1, "ada@example.org", in: [Rig.spring, Rig.autumn])
        rig.add(2, "b@example.org", in: [Rig.autumn])
        try await rig.start([Rig.spring, Rig.autumn])
        return rig
    }

    private func rename(_ rig: Rig, to name: String) async throws {
        let list = rig.cc.state.withLock { state in state.lists.values.first { $0.description.hasSuffix(" 1") }?.id }
        let id = try #require(list)
        rig.cc.state.withLock { $0.lists[id]?.name = name }
        try await rig.verify()
    }

    @Test func aListThatIsRenamedAgainIsHeldUntilSomebodyChooses() async throws {
        let rig = try await rig()
        try await rename(rig, to: "Primavera")
        #expect(try await rig.openHolds().isEmpty)
        try await rename(rig, to: "Printemps")
        #expect(try await rig.openHolds().map(\.choices) == [[.renameBack, .keepName]])
        try await rig.approve(.renameBack)
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
        try await rename(rig, to: "Lente")
        try await rig.approve(.keepName)
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Lente") == ["ada@example.org"])
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func aNameThatIsDismissedStaysAndTheLinkRuns() async throws {
        let rig = try await rig()
        try await rename(rig, to: "Primavera")
        try await rename(rig, to: "Printemps")
        try await rig.engine.dismiss(hold: 1, reason: nil)
        rig.join(RecordID(.person, 2), Rig.spring)
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Printemps") == ["ada@example.org", "b@example.org"])
        #expect(try await rig.openHolds().isEmpty)
        let problems = try await rig.store.database.read { try Links.all(in: $0).compactMap(\.problem) }
        #expect(problems.isEmpty)
    }

    @Test func aDeletedListHoldsItsLinkAndNobodyHasLeftIt() async throws {
        let rig = try await rig()
        let spring = rig.cc.list(named: "Spring")
        rig.cc.state.withLock { state in
            state.lists[spring] = nil
            for id in state.contacts.keys { state.contacts[id]?.contact.lists.remove(spring) }
        }
        try await rig.verify()
        #expect(try await rig.openHolds().map(\.kind) == [.listDeleted])
        #expect(rig.status(RecordID(.person, 1)) == "Invited")
        // The other link goes on.
        rig.add(3, "c@example.org", in: [Rig.spring, Rig.autumn])
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Autumn") == ["ada@example.org", "b@example.org", "c@example.org"])
        try await rig.approve(.recreateList)
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "c@example.org"])
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func aDeletedCampaignLeavesItsListAndOptOutsStillPass() async throws {
        let rig = try await rig()
        rig.add(3, "c@example.org")
        try await rig.calm()
        let campaign = try #require(rig.crm.state.withLock { $0.campaigns.removeValue(forKey: Rig.spring) })
        try await rig.verify()
        #expect(try await rig.openHolds().map(\.kind) == [.campaignGone])
        rig.crm.edit(Rig.member(RecordID(.person, 3), Rig.spring)) { $0.isDeleted = true }
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring") == ["c@example.org"])
        // It can be read again: the hold closes by itself, and the link runs.
        rig.crm.state.withLock { $0.campaigns[Rig.spring] = campaign }
        try await rig.verify()
        #expect(try await rig.openHolds().isEmpty)
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
    }

    @Test func aHeldLinkCanBeEnded() async throws {
        let rig = try await rig()
        rig.crm.state.withLock { _ = $0.campaigns.removeValue(forKey: Rig.spring) }
        try await rig.verify()
        try await rig.approve(.unlink)
        #expect(try await rig.store.database.read { try Links.all(in: $0).map(\.campaign) } == [Rig.autumn])
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
        #expect(try await rig.openHolds().isEmpty)
    }
}
