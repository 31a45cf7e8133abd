import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// C7, C9, C11 and C13, and a refusal to take back: what waits for somebody at the provider's side.
@Suite struct ContactHoldTests {
    private let email = "ada@example.org"

    private func rig() async throws -> (rig: Rig, person: RecordID) {
        let rig = try await Rig()
        let person = rig.add(1, email)
        rig.add(2, "b@example.org")
        try await rig.start()
        return (rig, person)
    }

    // MARK: C9

    private func delete(_ rig: Rig) async throws {
        rig.cc.edit(email) {
            $0.isDeleted = true
            $0.lists = []
        }
        try await rig.verify()
    }

    @Test func aDeletedContactIsMadeAnewOnlyWhenApproved() async throws {
        let (rig, _) = try await rig()
        try await delete(rig)
        #expect(try await rig.openHolds().map(\.choices) == [[.recreate, .keepOff]])
        try await rig.approve(.recreate)
        #expect(rig.cc.contact(email)?.isDeleted == false)
        #expect(rig.cc.addresses(on: "Spring") == [email, "b@example.org"])
        // A second deletion is another cause.
        try await delete(rig)
        #expect(try await rig.openHolds().count == 1)
    }

    @Test func aDeletedContactThatIsDismissedStaysSo() async throws {
        let (rig, person) = try await rig()
        try await delete(rig)
        try await rig.engine.dismiss(hold: 1, reason: nil)
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.verify()
        #expect(rig.cc.contact(email)?.isDeleted == true)
        #expect(try await rig.openHolds().isEmpty)
        #expect(try await !rig.isOptedOut(email))
    }

    @Test func theHoldClosesWhenTheMemberHasGone() async throws {
        let (rig, person) = try await rig()
        try await delete(rig)
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(try await rig.openHolds().isEmpty)
        await #expect(throws: HoldProblem.self) {
            try await rig.engine.approve(hold: 1, choice: .recreate, reason: nil)
        }
        #expect(rig.cc.contact(email)?.isDeleted == true)
    }

    @Test func whereAnUnsubscribeCannotBeRuledOutItIsOffEveryListTillDecided() async throws {
        let rig = try await Rig(other: true)
        rig.add(1, email)
        try await rig.start()
        let id = try #require(rig.cc.contact(email)?.id)
        rig.cc.state.withLock { _ = $0.contacts.removeValue(forKey: id) }
        _ = try await rig.engine.providers[Rig.cc]?.contact(id)
        rig.clock.advance(seconds: 400)
        try await rig.verify()
        #expect(try await rig.heldRules(email) == ["C9"])
        #expect(rig.other.listNames(of: email).isEmpty)
        #expect(rig.other.contact(email)?.permission == .implicit)
        try await rig.approve(.keepOff)
        #expect(rig.other.listNames(of: email) == [Rig.master, "Spring"])
        #expect(rig.cc.contact(email) == nil)
    }

    // MARK: C11

    private func move(_ rig: Rig) async throws {
        rig.cc.edit(email) { $0.email = "lovelace@example.org" }
        try await rig.verify()
    }

    @Test func twoAddressesAreOneUntilSomebodyDecides() async throws {
        let (rig, person) = try await rig()
        try await move(rig)
        #expect(try await rig.heldRules(email) == ["C11"])
        try await rig.relay("lovelace@example.org")
        try await rig.calm()
        #expect(try await rig.isOptedOut(email))
        #expect(rig.crm.isFlagged(person))
        #expect(rig.cc.contact("lovelace@example.org")?.permission == .unsubscribed)
    }

    @Test func anOptOutOfTheOldAddressTakesTheMovedContactOff() async throws {
        let (rig, person) = try await rig()
        try await move(rig)
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        #expect(rig.cc.contact("lovelace@example.org")?.permission == .unsubscribed)
        #expect(rig.cc.listNames(of: "lovelace@example.org").isEmpty)
    }

    @Test func theOldAddressIsPutBack() async throws {
        let (rig, _) = try await rig()
        try await move(rig)
        try await rig.approve(.putBack)
        #expect(rig.cc.state.withLock { $0.contacts.count } == 2)
        #expect(rig.cc.addresses(on: "Spring") == [email, "b@example.org"])
        #expect(try await rig.openHolds().isEmpty)
    }

    /// What stands for an erased address here is no address.
    @Test func anErasedAddressIsNotPutBack() async throws {
        let (rig, _) = try await rig()
        try await move(rig)
        try await rig.engine.approve(hold: 1, choice: .putBack, reason: nil)
        _ = try await rig.store.erase(Address(compared: email), at: rig.clock.now)
        try await rig.calm()
        #expect(rig.cc.contact("lovelace@example.org")?.permission == .unsubscribed)
        #expect(rig.faults.count("cc.changeAddress") == 0)
    }

    @Test func nothingCanBeChosenForAnErasedAddress() async throws {
        let (rig, _) = try await rig()
        try await move(rig)
        _ = try await rig.store.erase(Address(compared: email), at: rig.clock.now)
        await #expect(throws: HoldProblem.self) {
            try await rig.engine.approve(hold: 1, choice: .putBack, reason: nil)
        }
        try await rig.engine.dismiss(hold: 1, reason: nil)
        try await rig.calm()
        #expect(rig.faults.count("cc.changeAddress") == 0)
    }

    @Test(arguments: [Fault.crashBefore, .crashAfter])
    func puttingBackSurvivesTheEndOfTheProcess(fault: Fault) async throws {
        let (rig, _) = try await rig()
        try await move(rig)
        try await rig.engine.approve(hold: 1, choice: .putBack, reason: nil)
        rig.faults.plan(fault, of: "changeAddress.write")
        await #expect(throws: Crash.self) { try await rig.calm() }
        try await rig.restart()
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring") == [email, "b@example.org"])
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func takenOverTheContactWaitsForTheRecord() async throws {
        let (rig, person) = try await rig()
        try await move(rig)
        try await rig.approve(.takeOver)
        #expect(rig.cc.contact(email) == nil)
        rig.crm.edit(person) { $0.mainEmail = "lovelace@example.org" }
        try await rig.verify()
        #expect(rig.cc.state.withLock { $0.contacts.count } == 2)
        #expect(rig.cc.addresses(on: "Spring") == ["b@example.org", "lovelace@example.org"])
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func dismissedNoSecondContactIsMadeAndEachSpeaksForItself() async throws {
        let (rig, person) = try await rig()
        try await move(rig)
        try await rig.engine.dismiss(hold: 1, reason: nil)
        try await rig.verify()
        #expect(rig.cc.contact(email) == nil)
        #expect(try await rig.openHolds().isEmpty)
        try await rig.relay("lovelace@example.org")
        try await rig.calm()
        #expect(!rig.crm.isFlagged(person))
    }

    // MARK: C13 and C7

    @Test func anOwnersResubscriptionIsNamedAndUndone() async throws {
        let (rig, person) = try await rig()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        rig.clock.advance(seconds: 3700)
        rig.cc.ownerResubscribes(email)
        try await rig.verify()
        #expect(rig.cc.contact(email)?.permission == .unsubscribed)
        #expect(try await rig.heldRules(email) == ["C13"])
        rig.clock.advance(seconds: 3700)
        rig.cc.ownerResubscribes(email)
        try await rig.verify()
        #expect(try await rig.openHolds().count == 1)
        // The opt-out is lifted by whom it is from: the cause is gone.
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func thePersonsReturnIsHeldWhereAnotherOptOutStands() async throws {
        let (rig, person) = try await rig()
        rig.crm.edit(person) { $0.isOptedOut = true }
        rig.cc.personUnsubscribes(email)
        try await rig.calm()
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns(email)
        try await rig.verify()
        #expect(try await rig.openHolds().map(\.kind) == [.otherOptOutStands])
        #expect(rig.crm.isFlagged(person))
        try await rig.approve(.lift, reason: "they told us")
        #expect(!rig.crm.isFlagged(person))
        #expect(try await !rig.isOptedOut(email))
        #expect(rig.cc.addresses(on: "Spring").contains(email))
    }

    @Test func aFlagThatIsKeptOnReturnGoesWhenApproved() async throws {
        let rig = try await Rig { $0.clearsFlagOnOptIn = false }
        let person = rig.add(1, email)
        try await rig.start()
        rig.cc.personUnsubscribes(email)
        try await rig.calm()
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns(email)
        try await rig.verify()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.openHolds().map(\.kind) == [.keptFlag])
        try await rig.approve(.clearFlag)
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.cc.addresses(on: "Spring") == [email])
    }

    @Test func aReturnThatNothingProvesIsHeldAndNotUndoneInThePersonsName() async throws {
        let (rig, _) = try await rig()
        rig.cc.personUnsubscribes(email)
        try await rig.calm()
        rig.clock.advance(seconds: 3700)
        rig.cc.personReturns(email)
        rig.cc.edit(email) { $0.optInAt = nil }
        rig.faults.forgetCalls()
        try await rig.verify()
        #expect(try await rig.openHolds().map(\.kind) == [.unprovedReturn])
        #expect(try await rig.isOptedOut(email))
        #expect(rig.cc.listNames(of: email).isEmpty)
        #expect(rig.faults.count("cc.unsubscribe.write") == 0)
        try await rig.approve(.unsubscribe)
        #expect(rig.cc.contact(email)?.permission == .unsubscribed)
        #expect(try await rig.openHolds().isEmpty)
    }

    // MARK: Lifting

    @Test func aRefusalToTakeBackIsAHoldAndNoRetry() async throws {
        let (rig, person) = try await rig()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        // Only a reading right before the write shows that the person has opted out there, too.
        rig.faults.onCall { name in
            if name == "cc.resubscribe.read" { rig.cc.edit("ada@example.org") { $0.optOutBy = .unknown } }
        }
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        rig.faults.onCall(nil)
        #expect(try await rig.openHolds().map(\.kind) == [.refusedReturn])
        let asked = rig.faults.count("cc.resubscribe.read")
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.calm()
        #expect(rig.faults.count("cc.resubscribe.read") == asked)
        #expect(rig.cc.listNames(of: email).isEmpty)
    }
}
