import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Ways in which an opt-out could be shaken off by an order of events that nobody meant.
@Suite struct ShakingOffTests {
    @Test func anAddressThatIsEmptiedFirstTakesADisputedOptOutAlong() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(try await rig.heldRules("ada@example.org") == ["C6"])

        rig.crm.edit(person) { $0.mainEmail = "" }
        try await rig.calm()
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.statusID = rig.crm.status("Invited", of: Rig.spring) }
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        #expect(try await rig.isOptedOut("new@example.org"))
        #expect(rig.cc.contact("new@example.org") == nil)
    }

    @Test func anAddressThatIsEmptiedBeforeTheFlagIsWrittenTakesTheOptOutAlong() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.engine.readOptOuts(of: Rig.cc)
        // Nothing has been written to the CRM yet.
        rig.crm.edit(person) { $0.mainEmail = "" }
        try await rig.engine.readCRM()
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        #expect(try await rig.isOptedOut("new@example.org"))
        #expect(rig.crm.isFlagged(person))
        #expect(rig.cc.contact("new@example.org") == nil)
    }

    @Test func aRelaysWordAfterAReturnStandsWhateverItsClockSays() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("ada@example.org")
        try await rig.calm()
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns("ada@example.org")
        try await rig.verify()
        #expect(!rig.crm.isFlagged(person))

        rig.clock.advance(seconds: 600)
        let longAgo = Timestamp(milliseconds: 1_000)
        for _ in 0..<2 {
            try await rig.deliver([
                .optOutReported(
                    OptOutReport(
                        account: Rig.cc,
                        address: Address(compared: "ada@example.org"),
                        by: .person,
                        occurredAt: longAgo
                    )
                )
            ])
        }
        try await rig.verify()
        #expect(try await rig.isOptedOut("ada@example.org"))
        #expect(rig.crm.isFlagged(person))
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
    }

    @Test func aRelaysWordIsNotLiftedByAnOptInThatWasThereBefore() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.cc.add("ada@example.org")
        rig.cc.personReturns("ada@example.org")
        try await rig.start()
        let before = rig.clock.now.advanced(bySeconds: -3_600)
        try await rig.deliver([
            .optOutReported(
                OptOutReport(
                    account: Rig.cc,
                    address: Address(compared: "ada@example.org"),
                    by: .person,
                    occurredAt: before
                )
            )
        ])
        _ = try await rig.engine.workInbox(decoder: rig.decoder)
        // Read again as it was: still subscribed, by an opt-in that its stamp has later than the relay's clock.
        try await rig.engine.readUnsubscribed(of: Rig.cc, isDue: true)
        #expect(try await rig.isOptedOut("ada@example.org"))
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
    }

    @Test func whoOptsOutWhileAnImportIsRefusedIsInNoneOfItsHalves() async throws {
        let rig = try await Rig()
        for index in 1...6 { rig.add(Int64(index), "p\(index)@example.org") }
        rig.cc.state.withLock { $0.poison = "p1@example.org" }
        let carried = Mutex<[[String]]>([])
        let hasHappened = Mutex(false)
        rig.cc.adding.withLock { adding in adding = { emails in carried.withLock { $0.append(emails) } } }
        rig.cc.whileSubmitting.withLock { happening in
            happening = {
                let isFirst = hasHappened.withLock { done in
                    defer { done = true }
                    return !done
                }
                if !isFirst { return }
                do {
                    try await rig.relay("p6@example.org")
                    _ = try await rig.engine.workInbox(decoder: rig.decoder)
                } catch { Issue.record(error) }
            }
        }
        try await rig.start()
        let calls = carried.withLock { $0 }
        #expect(calls.first?.contains("p6@example.org") == true)
        #expect(!calls.dropFirst().contains { $0.contains("p6@example.org") })
        #expect(rig.cc.contact("p6@example.org") == nil)
        #expect(rig.cc.listNames(of: "p2@example.org") == [Rig.master, "Spring"])
    }
}
