import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// C6 and C12: who decides what becomes of a flag that went, and what the decision reaches.
@Suite struct DisputeHoldTests {
    private let email = "ada@example.org"

    /// A person who was opted out there and whose flag an operator has cleared.
    private func disputed(by actor: ContactActor = .account) async throws -> (rig: Rig, person: RecordID) {
        let rig = try await Rig()
        let person = rig.add(1, email)
        rig.add(2, "b@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes(email, by: actor)
        try await rig.calm()
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        return (rig, person)
    }

    @Test func theChoicesFollowWhoOptedOut() async throws {
        let owner = try await disputed(by: .account)
        #expect(try await owner.rig.openHolds().map(\.choices) == [[.restoreFlag, .lift]])
        let person = try await disputed(by: .contact)
        #expect(try await person.rig.openHolds().map(\.choices) == [[.restoreFlag, .sendConfirmation]])
    }

    @Test func restoringSetsTheFlagAndEndsTheDispute() async throws {
        let (rig, person) = try await disputed()
        try await rig.approve(.restoreFlag)
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.openHolds().isEmpty)
        #expect(try await rig.rows(of: 1).map(\.state) == [.done])
    }

    @Test func liftingIsAnOperatorsActOnTheLedgerWithItsReason() async throws {
        let (rig, person) = try await disputed()
        let hold = try await rig.openHolds()[0]
        await #expect(throws: HoldProblem.self) {
            try await rig.engine.approve(hold: hold.id, choice: .lift, reason: " ")
        }
        try await rig.approve(.lift, reason: "signed a new form")
        #expect(try await !rig.isOptedOut(email))
        let act = try #require(try await rig.events(email).last)
        #expect(act.kind == .optIn)
        #expect(act.by == .operator)
        #expect(act.source == .account(Rig.cc))
        #expect(act.reason == "signed a new form")
        #expect(act.through == "hold \(hold.id)")
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Invited")
    }

    @Test func whatArrivesAfterTheApprovalStandsHoweverEarlyItOccurred() async throws {
        let (rig, person) = try await disputed()
        let hold = try await rig.openHolds()[0]
        try await rig.engine.approve(hold: hold.id, choice: .lift, reason: "asked for")
        try await rig.deliver([
            .optOutReported(
                OptOutReport(
                    account: Rig.cc,
                    address: Address(compared: email),
                    by: .operator,
                    occurredAt: rig.clock.now.advanced(bySeconds: -86_400)
                )
            )
        ])
        try await rig.calm()
        #expect(try await rig.isOptedOut(email))
        #expect(rig.crm.isFlagged(person))
    }

    @Test func anOptOutThatArrivedBeforeTheApprovalAndIsNotNamedStands() async throws {
        let (rig, _) = try await disputed()
        let hold = try await rig.openHolds()[0]
        rig.clock.advance(seconds: 1)
        try await rig.relay(email, by: .operator)
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        // A new opt-out has ended the dispute: there is nothing to approve any more.
        await #expect(throws: HoldProblem.self) {
            try await rig.engine.approve(hold: hold.id, choice: .lift, reason: "asked for")
        }
        #expect(try await rig.isOptedOut(email))
    }

    @Test func anotherRecordsFlagIsTakenAlongWhenItsOptOutIsLifted() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        let lead = rig.add(.lead, 1, email, in: [])
        try await rig.start()
        rig.crm.edit(lead) { $0.isOptedOut = true }
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        try await rig.approve(.lift, reason: "both are the same person")
        #expect(!rig.crm.isFlagged(person))
        #expect(!rig.crm.isFlagged(lead))
        #expect(rig.cc.addresses(on: "Spring") == [email])
    }

    @Test func aPersonsOwnWordIsNeverLifted() async throws {
        let (rig, _) = try await disputed(by: .contact)
        let hold = try await rig.openHolds()[0]
        await #expect(throws: HoldProblem.self) {
            try await rig.engine.approve(hold: hold.id, choice: .lift, reason: "they called")
        }
        #expect(try await rig.isOptedOut(email))
    }

    @Test func theProviderAsksThePersonOnceAndTheirReturnLiftsIt() async throws {
        let (rig, person) = try await disputed(by: .contact)
        try await rig.approve(.sendConfirmation)
        try await rig.verify()
        #expect(rig.cc.state.withLock { $0.asked.count } == 1)
        #expect(try await rig.isOptedOut(email))
        #expect(try await rig.openHolds().isEmpty)
        rig.clock.advance(seconds: 60)
        rig.cc.personReturns(email)
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring").contains(email))
        #expect(!rig.crm.isFlagged(person))
        #expect(try await rig.openHolds() == [])
    }

    @Test(arguments: [Fault.crashBefore, .crashAfter])
    func aMailWhoseAnswerIsLostIsNotSentTwice(fault: Fault) async throws {
        let (rig, _) = try await disputed(by: .contact)
        let hold = try await rig.openHolds()[0]
        try await rig.engine.approve(hold: hold.id, choice: .sendConfirmation, reason: nil)
        rig.faults.plan(fault, of: "requestConfirmation")
        await #expect(throws: Crash.self) { try await rig.calm() }
        try await rig.restart()
        try await rig.calm()
        #expect(rig.faults.count("cc.requestConfirmation") == 1)
        #expect(try await rig.rows(of: hold.id).map(\.effect) == [.failed])
    }

    @Test func dismissedItLeavesThingsAndRaisesNoSecondOne() async throws {
        let (rig, person) = try await disputed()
        let hold = try await rig.openHolds()[0]
        try await rig.engine.dismiss(hold: hold.id, reason: "known")
        try await rig.verify()
        try await rig.restart()
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.verify()
        #expect(try await rig.openHolds().isEmpty)
        #expect(!rig.crm.isFlagged(person))
        #expect(try await rig.isOptedOut(email))
        #expect(!rig.cc.addresses(on: "Spring").contains(email))
        await #expect(throws: HoldProblem.self) { try await rig.engine.dismiss(hold: hold.id, reason: nil) }
    }

    @Test func aSecondDisputeIsAnotherCause() async throws {
        let (rig, person) = try await disputed()
        try await rig.approve(.restoreFlag)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(try await rig.openHolds().map(\.id) == [2])
    }

    @Test func whatIsHeldBlocksNobodyElse() async throws {
        let (rig, _) = try await disputed()
        rig.add(3, "c@example.org")
        rig.cc.personUnsubscribes("b@example.org")
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["c@example.org"])
        #expect(rig.crm.isFlagged(RecordID(.person, 2)))
        #expect(try await rig.openHolds().count == 1)
    }

    @Test(arguments: [HoldChoice.restoreFlag, .accept])
    func anApprovalReachesARecordWhoseAddressHasChanged(choice: HoldChoice) async throws {
        let rig = try await Rig { $0.bulkClearedFlags = 3 }
        for id in 1...5 { rig.add(Int64(id), "p\(id)@example.org", flagged: true) }
        try await rig.start()
        for id in 1...5 { rig.crm.edit(RecordID(.person, Int64(id))) { $0.isOptedOut = false } }
        try await rig.calm()
        let hold = try await rig.openHolds()[0]
        let moved = RecordID(.person, 1)
        rig.crm.edit(moved) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        let rows = try await rig.rows(of: hold.id)
        #expect(rows.count { $0.state == .open } == 5)
        #expect(rows.map(\.address).contains("new@example.org"))
        try await rig.approve(choice)
        #expect(rig.crm.isFlagged(moved) == (choice == .restoreFlag))
        #expect(try await rig.isOptedOut("new@example.org") == (choice == .restoreFlag))
        #expect(try await rig.rows(of: hold.id).allSatisfy { $0.state == .done })
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func anApprovalReachesARecordWhoseAddressHasChangedSince() async throws {
        let (rig, person) = try await disputed()
        let hold = try await rig.openHolds()[0]
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.engine.readCRM()
        try await rig.engine.approve(hold: hold.id, choice: .restoreFlag, reason: nil)
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.rows(of: hold.id).map(\.state) == [.done])
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test(arguments: [HoldChoice.restoreFlag, .accept])
    func manyFlagsThatWentAreDecidedTogether(choice: HoldChoice) async throws {
        let rig = try await Rig { $0.bulkClearedFlags = 3 }
        for id in 1...5 { rig.add(Int64(id), "p\(id)@example.org", flagged: true) }
        try await rig.start()
        for id in 1...5 { rig.crm.edit(RecordID(.person, Int64(id))) { $0.isOptedOut = false } }
        try await rig.calm()
        try await rig.approve(choice)
        for id in 1...5 {
            #expect(rig.crm.isFlagged(RecordID(.person, Int64(id))) == (choice == .restoreFlag))
            #expect(try await rig.isOptedOut("p\(id)@example.org") == (choice == .restoreFlag))
        }
        #expect(rig.cc.addresses(on: "Spring").count == (choice == .restoreFlag ? 0 : 5))
        #expect(try await rig.openHolds().isEmpty)
    }
}
