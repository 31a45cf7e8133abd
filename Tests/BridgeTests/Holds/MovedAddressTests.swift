import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// C11: until somebody decides on an address that was changed at the provider, the two addresses are one, whatever
/// happens meanwhile.
@Suite struct MovedAddressTests {
    private let old = "ada@example.org"
    private let new = "lovelace@example.org"

    /// A person on a list whose contact has another address now, which had opted out before.
    private func movedToAnOptedOutAddress(by author: Author = .person) async throws -> (rig: Rig, person: RecordID) {
        let rig = try await Rig()
        let person = rig.add(1, old)
        try await rig.start()
        try await rig.relay(new, by: author)
        try await rig.calm()
        try await move(rig, from: old, to: new)
        return (rig, person)
    }

    private func move(_ rig: Rig, from old: String, to new: String) async throws {
        rig.cc.edit(old) { $0.email = new }
        try await rig.verify()
    }

    private func setStatus(_ text: String, of person: RecordID, _ rig: Rig) async throws {
        let status = rig.crm.status(text, of: Rig.spring)
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.statusID = status }
        try await rig.calm()
    }

    @Test func anEarlierOptOutOfTheNewAddressReachesTheRecordAndItsMembers() async throws {
        let (rig, person) = try await movedToAnOptedOutAddress()
        #expect(rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Unsubscribed")
        // Each address is decided by itself now and then: the other one is looked at all the same.
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.calm()
        #expect(rig.status(person) == "Unsubscribed")
        #expect(rig.crm.state.withLock { $0.written.count } == 2)
    }

    /// It was made while nobody knew that the known contact had moved, and is on no list that is walked.
    @Test func anOptOutReachesAContactThatAnImportMadeInPlaceOfOneThatHadMoved() async throws {
        let rig = try await Rig()
        let person = rig.add(1, old)
        try await rig.start()
        rig.cc.edit(old) { $0.email = new }
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.calm()
        let made = try #require(rig.cc.contact(old))
        rig.cc.edit(old) { $0.lists = [] }
        #expect(try await rig.shadow(old)?.contact.id != made.id)
        try await rig.verify()
        #expect(try await rig.shadow(old)?.contact.id == made.id)
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        #expect(rig.cc.contact(old)?.permission == .unsubscribed)
    }

    @Test func anAddressThatTheAccountRefusesIsLookedForNoMore() async throws {
        let rig = try await Rig()
        rig.add(1, "bob@example.org")
        try await rig.start()
        let sought = Address(compared: old)
        try await rig.store.database.write { try SoughtAddresses.add(sought, account: Rig.cc, in: $0) }
        rig.faults.plan(.unavailable, of: "cc.contacts", after: 1)
        await #expect(throws: PortError.self) { try await rig.engine.readOptOuts(of: Rig.cc) }
        #expect(try await rig.store.database.read { try SoughtAddresses.of(Rig.cc, limit: 9, in: $0) } == [sought])
        rig.faults.plan(.refused, of: "cc.contacts", after: 1)
        try await rig.engine.readOptOuts(of: Rig.cc)
        #expect(try await rig.store.database.read { try SoughtAddresses.of(Rig.cc, limit: 9, in: $0) }.isEmpty)
    }

    /// The record was flagged for what stands on the other address of its contact, and kept off with each of its own.
    @Test func aRecordsOtherAddressIsMarkedWhenAContactHasItsFirstOneBack() async throws {
        let rig = try await Rig()
        let second = "bob@example.org"
        let person = rig.add(1, second, others: [old])
        rig.add(2, old)
        try await rig.start()
        try await rig.relay(new)
        try await rig.calm()
        try await move(rig, from: old, to: new)
        #expect(rig.crm.isFlagged(person))
        rig.cc.edit(new) { $0.email = old }
        try await rig.store.database.write { try $0.execute("DELETE FROM dirty") }
        try await rig.engine.readUnsubscribed(of: Rig.cc, isDue: true)
        #expect(try await rig.dirty(second, Rig.cc))
    }

    /// The ledger has no row of the address itself.
    @Test func aRecordThatGetsAnAddressWhichIsOneWithAnOptedOutOneIsFlaggedAtOnce() async throws {
        let rig = try await Rig()
        rig.add(1, old)
        let other = rig.add(2, "bob@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes(old)
        try await rig.calm()
        try await move(rig, from: old, to: new)
        rig.crm.edit(other) { $0.mainEmail = new }
        try await rig.engine.readCRM()
        #expect(try await rig.dirty(new, Rig.crm))
        while try await rig.engine.pushCRM().sent > 0 {}
        #expect(rig.crm.isFlagged(other))
    }

    @Test func anOptOutThatWasThereBeforeUnsubscribesTheContactAndHoldsUpNobody() async throws {
        let rig = try await Rig(shape: .namesNobody)
        let person = rig.add(1, old)
        let leaving = rig.add(2, "bob@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        rig.crm.edit(Rig.member(leaving, Rig.spring)) { $0.isDeleted = true }
        try await move(rig, from: old, to: new)
        #expect(rig.cc.contact(new)?.permission == .unsubscribed)
        #expect(rig.cc.listNames(of: "bob@example.org").isEmpty)
    }

    /// The write was for the address that the contact had when it was decided.
    @Test func anUnsubscribeOfAContactThatWasChangedMeanwhileIsOurs() async throws {
        let rig = try await Rig()
        let person = rig.add(1, old)
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        rig.cc.edit(old) { $0.email = new }
        try await rig.calm()
        #expect(rig.cc.contact(new)?.permission == .unsubscribed)
        #expect(try await rig.events(old).map(\.rule) == [.c4])
        #expect(try await rig.events(new).allSatisfy { $0.rule == .c4 })
    }

    @Test func whatFollowedFromTheOtherAddressEndsWithIt() async throws {
        let rig = try await Rig()
        let person = rig.add(1, old)
        let other = rig.add(2, new)
        rig.crm.edit(other) { $0.isOptedOut = true }
        try await rig.start()
        try await move(rig, from: old, to: new)
        #expect(rig.crm.isFlagged(person))
        rig.crm.edit(other) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(!rig.crm.isFlagged(person))
    }

    /// Nobody reads a contact again that is on no list; somebody else has the address by now.
    @Test func aChangeThatNobodyHasReadHidesNoContact() async throws {
        let rig = try await Rig()
        let person = rig.add(1, old)
        try await rig.start()
        rig.cc.edit(old) {
            $0.email = new
            $0.lists = []
        }
        try await setStatus("Unsubscribed", of: person, rig)
        rig.cc.add(old)
        try await setStatus("Invited", of: person, rig)
        try await rig.verify()
        #expect(rig.cc.listNames(of: old) == [Rig.master, "Spring"])
        #expect(rig.cc.listNames(of: new).isEmpty)
    }

    @Test func softwareDecidesNothingWhoeverIsWantedMeanwhile() async throws {
        let (rig, person) = try await movedToAnOptedOutAddress()
        for status in ["Unsubscribed", "Invited", "Unsubscribed", "Invited"] {
            try await setStatus(status, of: person, rig)
            #expect(rig.crm.isFlagged(person))
            #expect(try await rig.heldRules(old) == ["C11"])
        }
        #expect(rig.cc.contact(old) == nil)
        #expect(rig.cc.listNames(of: new).isEmpty)
    }

    @Test func whoIsWantedNowhereIsHeldAllTheSame() async throws {
        let rig = try await Rig()
        let person = rig.add(1, old)
        try await rig.start()
        try await setStatus("Unsubscribed", of: person, rig)
        try await move(rig, from: old, to: new)
        #expect(try await rig.heldRules(old) == ["C11"])
    }

    @Test func theOldAddressThatIsBackEndsIt() async throws {
        let (rig, person) = try await movedToAnOptedOutAddress()
        try await move(rig, from: new, to: old)
        #expect(try await rig.openHolds().isEmpty)
        #expect(try await rig.rows(of: 1).map(\.state) == [.gone])
        #expect(!rig.crm.isFlagged(person))
        #expect(try await rig.isOptedOut(new))
    }

    @Test func aContactThatMovesOnIsAnotherCause() async throws {
        let (rig, person) = try await movedToAnOptedOutAddress()
        try await rig.engine.dismiss(hold: 1, reason: "two people")
        try await rig.calm()
        #expect(!rig.crm.isFlagged(person))
        try await rig.relay("third@example.org")
        try await rig.calm()
        try await move(rig, from: new, to: "third@example.org")
        #expect(try await rig.openHolds().map(\.kind) == [.addressChanged])
        #expect(rig.crm.isFlagged(person))
    }

    @Test func takenOverTheTwoStayOneUntilTheRecordHasTheNewAddress() async throws {
        let (rig, person) = try await movedToAnOptedOutAddress()
        try await rig.approve(.takeOver)
        try await setStatus("Unsubscribed", of: person, rig)
        try await setStatus("Invited", of: person, rig)
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.rows(of: 1).map(\.state) == [.approved])
        rig.crm.edit(person) { $0.mainEmail = new }
        try await rig.verify()
        #expect(try await rig.rows(of: 1).map(\.state) == [.done])
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func takenOverAfterTheRecordWasChangedIsDoneAtOnce() async throws {
        let (rig, person) = try await movedToAnOptedOutAddress()
        rig.crm.edit(person) { $0.mainEmail = new }
        try await rig.verify()
        #expect(try await rig.openHolds().map(\.kind) == [.addressChanged])
        try await rig.approve(.takeOver)
        #expect(try await rig.rows(of: 1).map(\.state) == [.done])
        #expect(rig.crm.isFlagged(person))
    }

    @Test func aFlagThatIsClearedMeanwhileIsDisputedAndLiftedWithBothAddresses() async throws {
        let (rig, person) = try await movedToAnOptedOutAddress(by: .operator)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(!rig.crm.isFlagged(person))
        let dispute = try #require(try await rig.openHolds().first { $0.kind == .disputedFlag })
        try await rig.engine.approve(hold: dispute.id, choice: .lift, reason: "signed a new form")
        try await rig.calm()
        #expect(!rig.crm.isFlagged(person))
        #expect(try await !rig.isOptedOut(new))
        #expect(try await rig.openHolds().map(\.kind) == [.addressChanged])
    }
}
