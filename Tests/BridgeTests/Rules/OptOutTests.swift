import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

@Suite struct OptOutTests {
    @Test func theProvidersOptOutFlagsEveryRecordAndLeavesEveryList() async throws {
        let rig = try await Rig(other: true)
        let person = rig.add(1, "ada@example.org")
        let lead = rig.add(.lead, 9, "office@example.org", others: ["Ada@example.org"], in: [])
        let other = rig.add(2, "other@example.org")
        try await rig.start([Rig.spring, Rig.autumn])
        #expect(rig.other.addresses(on: "Spring").contains("ada@example.org"))

        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(rig.crm.isFlagged(lead))
        #expect(!rig.crm.isFlagged(other))
        #expect(rig.status(person) == "Unsubscribed")
        #expect(rig.status(other) == "Invited")
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
        #expect(rig.other.listNames(of: "ada@example.org").isEmpty)
        #expect(rig.other.contact("ada@example.org")?.permission == .unsubscribed)
        #expect(rig.other.contact("ada@example.org")?.optOutBy == .account)
        #expect(try await rig.events("ada@example.org").map(\.rule) == [.c1])
    }

    @Test func theMemberStatusIsSetOnceForAnOptOut() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.statusID = rig.crm.status("Invited", of: Rig.spring) }
        try await rig.calm()
        #expect(rig.status(person) == "Invited")
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
    }

    @Test func theStatusIsCreatedWhereItIsMissing() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org", in: [Rig.autumn])
        try await rig.start([Rig.autumn])
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        #expect(rig.status(person, in: Rig.autumn) == "Unsubscribed")
    }

    @Test func aRelaysWebhookActsAtOnce() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        while try await rig.engine.pushCRM().sent > 0 {}
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        #expect(rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Unsubscribed")
        #expect(rig.cc.contact("ada@example.org")?.permission == .unsubscribed)
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
    }

    @Test func aRepeatedDeliveryIsTheSameEvent() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        let report = Observation.optOutReported(
            OptOutReport(
                account: Rig.cc,
                address: Address(compared: "ada@example.org"),
                by: .person,
                occurredAt: rig.clock.now
            )
        )
        try await rig.deliver([report])
        try await rig.calm()
        try await rig.deliver([report])
        try await rig.calm()
        #expect(try await rig.events("ada@example.org").count == 1)
    }

    @Test func factsAreRecordedBesideHints() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.deliver([
            .changeHinted(.anything),
            .optOutReported(
                OptOutReport(
                    account: Rig.cc,
                    address: Address(compared: "ada@example.org"),
                    by: .person,
                    occurredAt: nil
                )
            ),
        ])
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
    }

    @Test func anOptOutOfAnUnknownAddressLandsOnTheRecordThatAppearsLater() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("new@example.org")
        try await rig.calm()
        let late = rig.add(2, "New@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(late))
        #expect(rig.status(late) == "Unsubscribed")
        #expect(rig.cc.contact("new@example.org") == nil)
    }

    @Test func anOptOutReachesTheRecordThatHadTheAddress() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "old@example.org")
        try await rig.start()
        rig.clock.advance(seconds: 60)
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["new@example.org"])
        rig.clock.advance(seconds: 3600)
        try await rig.relay("old@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
    }

    @Test func aBounceMarksTheRecordAndLeavesTheListsButOptsNobodyOut() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relayBounce("ada@example.org")
        try await rig.calm()
        #expect(rig.crm.record(person)?.isUndeliverable == true)
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
        #expect(rig.cc.contact("ada@example.org")?.permission == .implicit)

        rig.crm.edit(person) { $0.isUndeliverable = false }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
    }

    @Test func manyOptOutsAtOnceLeaveTheListsInBulk() async throws {
        let rig = try await Rig { $0.unsubscribesWithoutRemoval = 2 }
        for id in 1...6 { rig.add(Int64(id), "p\(id)@example.org") }
        try await rig.start()
        for id in 1...6 { rig.crm.edit(RecordID(.person, Int64(id))) { $0.isOptedOut = true } }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
        for id in 1...6 { #expect(rig.cc.contact("p\(id)@example.org")?.permission == .unsubscribed) }
        #expect(rig.cc.state.withLock { $0.removals } == 2)
    }

    @Test func anOptOutBetweenDecisionAndClaimStopsTheAdd() async throws {
        let rig = try await Rig()
        rig.add(1, "first@example.org")
        rig.add(2, "second@example.org", in: [Rig.autumn])
        let links = [try await rig.link(), try await rig.link(Rig.autumn)]
        try await rig.engine.readCRM()
        for link in links { try await rig.engine.run(link, isFull: false) }
        let engine = rig.engine
        let decoder = rig.decoder
        try await rig.relay("second@example.org")
        rig.faults.onCall { name in
            // The first of the two imports goes out: both were decided, the second is not claimed yet.
            if name == "cc.submit" { while try await engine.workInbox(decoder: decoder) > 0 {} }
        }
        _ = try await engine.pushProvider(Rig.cc, lanes: 1...5)
        rig.faults.onCall(nil)
        try await rig.calm()
        #expect(rig.cc.state.withLock { $0.imports.flatMap { $0 } } == ["first@example.org"])
        #expect(rig.cc.contact("second@example.org") == nil)
    }

    @Test func aMemberWhoseAddressAnotherFlaggedRecordHasIsNeverAdded() async throws {
        let rig = try await Rig()
        // Flagged before Causeway came, in no campaign: only a search by address finds it.
        rig.add(.lead, 50, "lead@example.org", others: ["shared@example.org"], flagged: true, in: [])
        rig.add(1, "ada@example.org")
        try await rig.engine.readCRM()
        let fresh = try await Rig()
        fresh.add(.lead, 50, "lead@example.org", others: ["shared@example.org"], flagged: true, in: [])
        try await fresh.start()
        fresh.add(2, "shared@example.org")
        try await fresh.calm()
        #expect(fresh.cc.state.withLock { $0.imports.isEmpty })
        #expect(fresh.crm.isFlagged(RecordID(.person, 2)))
    }

    @Test func aRefusedFlagIsTriedAgainUntilItIsSet() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.state.withLock { _ = $0.refused.insert(person) }
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.engine.readOptOuts(of: Rig.cc)
        while try await rig.engine.pushCRM().sent > 0 {}
        #expect(!rig.crm.isFlagged(person))
        rig.crm.state.withLock { $0.refused = [] }
        rig.clock.advance(seconds: 120)
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
    }
}
