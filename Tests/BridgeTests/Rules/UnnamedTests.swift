import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// The rules of consent at a provider that names nobody and stamps no opt-outs.
@Suite struct UnnamedTests {
    private let email = "ada@example.org"

    private func rig() async throws -> (rig: Rig, person: RecordID) {
        let rig = try await Rig(shape: .namesNobody)
        let person = rig.add(1, email)
        try await rig.start()
        #expect(rig.cc.listNames(of: email) == ["Spring"])
        rig.clock.advance(seconds: 600)
        return (rig, person)
    }

    /// The provider's own hook says that the person unsubscribed, by its clock in whole seconds.
    private func hook(_ rig: Rig, at moment: Timestamp) async throws {
        let whole = Timestamp(milliseconds: moment.milliseconds / 1000 * 1000)
        try await rig.deliver([
            .optOutReported(
                OptOutReport(
                    account: Rig.cc,
                    address: Address(compared: email),
                    by: .person,
                    occurredAt: whole,
                    isStampedByAccount: true
                )
            )
        ])
    }

    @Test func anOptOutThatOnlyThePollFindsIsByTheProvider() async throws {
        let (rig, person) = try await rig()
        rig.cc.personUnsubscribes(email)
        try await rig.calm()
        #expect(try await rig.events(email).map(\.by) == [.provider])
        #expect(rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Unsubscribed")
        #expect(rig.cc.listNames(of: email).isEmpty)
    }

    /// An address that another contact gets is no return of the one that had it when the person opted out.
    @Test func anAddressThatIsPutBackIsNoReturn() async throws {
        let (rig, person) = try await rig()
        rig.cc.edit(email) { $0.email = "lovelace@example.org" }
        try await rig.verify()
        #expect(try await rig.heldRules(email) == ["C11"])
        let other = rig.cc.add(email)
        rig.clock.advance(seconds: 600)
        rig.cc.personUnsubscribes(email)
        try await hook(rig, at: rig.clock.now)
        try await rig.calm()
        rig.clock.advance(seconds: 600)
        // Somebody gives the second contact another address, and the first one its own back.
        rig.cc.state.withLock { $0.contacts[other]?.contact.email = "second@example.org" }
        try await rig.approve(.putBack)
        for _ in 1...3 { try await rig.verify() }
        #expect(try await rig.isOptedOut(email))
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.events(email).map(\.rule).contains(.c7) == false)
    }

    /// Whichever comes first, the poll or the hook, and however often the hook comes.
    @Test(arguments: [true, false])
    func aReturnAfterThePersonsOwnOptOutLiftsIt(hookIsFirst: Bool) async throws {
        let (rig, person) = try await rig()
        rig.cc.personUnsubscribes(email)
        let left = rig.clock.now
        if !hookIsFirst { try await rig.calm() }
        try await hook(rig, at: left)
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns(email)
        try await rig.verify()
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.cc.listNames(of: email) == ["Spring"])
        #expect(try await rig.events(email).last?.rule == .c7)

        // The same hook again, late: the return stands.
        try await hook(rig, at: left)
        try await rig.calm()
        #expect(!rig.crm.isFlagged(person))
    }

    @Test func aHookThatComesAfterTheReturnUndoesNothing() async throws {
        let (rig, person) = try await rig()
        rig.cc.personUnsubscribes(email)
        let left = rig.clock.now
        rig.clock.advance(seconds: 5)
        rig.cc.personReturns(email)
        try await rig.calm()
        try await hook(rig, at: left)
        try await rig.calm()
        #expect(rig.cc.contact(email)?.permission == .explicit)
        #expect(!rig.crm.isFlagged(person))
        #expect(try await rig.events(email).map(\.rule) == [.c1, .c7])
    }

    @Test func aReturnThatNobodyCanProveIsHeldAndUndone() async throws {
        let (rig, person) = try await rig()
        rig.cc.personUnsubscribes(email)
        try await rig.calm()
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns(email)
        try await rig.verify()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.heldRules(email) == ["C13"])
        #expect(rig.cc.contact(email)?.permission == .unsubscribed)
    }

    @Test func anArchiveAndAnImportBringNobodyBack() async throws {
        let (rig, person) = try await rig()
        rig.cc.personUnsubscribes(email)
        try await hook(rig, at: rig.clock.now)
        try await rig.calm()
        rig.cc.edit(email) {
            $0.isDeleted = true
            $0.lists = []
        }
        try await rig.verify()
        rig.clock.advance(seconds: 600)
        rig.cc.edit(email) {
            $0.isDeleted = false
            $0.permission = .explicit
        }
        try await rig.verify()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.heldRules(email).contains("C13"))
        #expect(rig.cc.contact(email)?.permission == .unsubscribed)
    }

    @Test func anUnsubscribeOfOnesOwnIsNoEventAndIsTakenBack() async throws {
        let (rig, person) = try await rig()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        #expect(rig.cc.contact(email)?.permission == .unsubscribed)
        #expect(rig.cc.listNames(of: email).isEmpty)
        try await rig.verify()
        #expect(try await rig.events(email).map(\.rule) == [.c4])
        rig.clock.advance(seconds: 7200)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.verify()
        #expect(rig.cc.contact(email)?.permission == .explicit)
        #expect(rig.cc.listNames(of: email) == ["Spring"])
    }

    /// Nobody can say whether it was Causeway or the person, so it is an opt-out, and the provider decides what comes
    /// of taking it back.
    @Test(arguments: [Fault.unknownBefore, .unknownAfter])
    func anUnsubscribeWhoseAnswerWasLostCanBeThePersonsOwn(fault: Fault) async throws {
        let (rig, person) = try await rig()
        rig.crm.edit(person) { $0.isOptedOut = true }
        rig.faults.plan(fault, of: "unsubscribe.write")
        try await rig.engine.readCRM()
        _ = try? await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        rig.cc.personUnsubscribes(email)
        try await rig.calm()
        try await rig.verify()
        #expect(try await rig.events(email).contains { $0.source == .account(Rig.cc) && $0.kind == .optOut })
        rig.clock.advance(seconds: 7200)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.verify()
        #expect(try await rig.isOptedOut(email))
        #expect(rig.cc.contact(email)?.permission == .unsubscribed)
        #expect(rig.cc.listNames(of: email).isEmpty)
    }

    @Test func anOptInThatWaitsForItsConfirmationIsLeft() async throws {
        let (rig, _) = try await rig()
        rig.cc.personUnsubscribes(email)
        try await hook(rig, at: rig.clock.now)
        try await rig.calm()
        rig.clock.advance(seconds: 600)
        rig.cc.edit(email) { $0.permission = .pendingConfirmation }
        try await rig.verify()
        #expect(rig.cc.contact(email)?.permission == .pendingConfirmation)
        #expect(try await rig.isOptedOut(email))
        #expect(try await rig.openHolds().isEmpty)
        rig.clock.advance(seconds: 600)
        rig.cc.edit(email) { $0.permission = .explicit }
        try await rig.verify()
        #expect(try await rig.isOptedOut(email) == false)
        #expect(rig.cc.listNames(of: email) == ["Spring"])
    }

    @Test func aBounceThatNobodyCanExplainKeepsThePersonOffTillSomebodyDecides() async throws {
        let (rig, person) = try await rig()
        rig.cc.edit(email) {
            $0.permission = .cleaned
            $0.bounce = .unclear
        }
        try await rig.calm()
        #expect(rig.crm.record(person)?.isUndeliverable == true)
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.cc.listNames(of: email).isEmpty)
        let hold = try #require(try await rig.openHolds().first)
        #expect(hold.kind == .unclearBounce)
        #expect(hold.choices == [.complaint, .bounce])
        try await rig.approve(.complaint)
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.events(email).last?.isComplaint == true)
        try await rig.verify()
        #expect(try await rig.openHolds().isEmpty)
        #expect(rig.cc.contact(email)?.permission == .cleaned)
    }

    @Test func aBounceThatProvesToBeAComplaintOptsOut() async throws {
        let (rig, person) = try await rig()
        rig.cc.edit(email) {
            $0.permission = .cleaned
            $0.bounce = .unclear
        }
        try await rig.calm()
        rig.clock.advance(seconds: 60)
        rig.cc.edit(email) { $0.bounce = .complaint }
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.openHolds().isEmpty)
    }
}
