import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// A record's main address changes in the CRM: its contact gets the new one and keeps everything else.
@Suite struct AddressChangeTests {
    private let old = "ada@example.org"
    private let new = "lovelace@example.org"

    private func rig(
        shape: SimulatedProvider.Shape = .namesWhoActed,
        other: Bool = false
    ) async throws -> (rig: Rig, person: RecordID, contact: ContactID) {
        let rig = try await Rig(other: other, shape: shape)
        let person = rig.add(1, old)
        rig.add(2, "b@example.org")
        try await rig.start()
        return (rig, person, try #require(rig.cc.contact(old)?.id))
    }

    private func change(_ rig: Rig, _ person: RecordID, to email: String? = nil) {
        rig.crm.edit(person) { $0.mainEmail = email ?? new }
    }

    private func changeCalls(_ rig: Rig) -> Int { rig.faults.count("cc.changeAddress.write") }

    @Test(arguments: [SimulatedProvider.Shape.namesWhoActed, .namesNobody])
    func theContactIsChangedInPlaceAndNothingIsLeftToDo(shape: SimulatedProvider.Shape) async throws {
        let (rig, person, contact) = try await rig(shape: shape)
        change(rig, person, to: "Lovelace@Example.org")
        try await rig.calm()
        #expect(rig.cc.contact(new)?.id == contact)
        #expect(rig.cc.contact(new)?.email == "Lovelace@Example.org")
        #expect(rig.cc.contact(old) == nil)
        #expect(rig.cc.addresses(on: "Spring") == ["Lovelace@Example.org", "b@example.org"])
        #expect(rig.cc.state.withLock { $0.contacts.count } == 2)
        try await rig.verify()
        #expect(try await rig.openHolds().isEmpty)
        #expect(changeCalls(rig) == 1)
        #expect(try await rig.engine.dryRun(campaign: nil).isEmpty)
        #expect(try await rig.awaitedEchoes(Rig.cc).isEmpty)
    }

    @Test func everyAccountIsChangedByItself() async throws {
        let (rig, person, _) = try await rig(other: true)
        let elsewhere = try #require(rig.other.contact(old)?.id)
        rig.other.edit(old) { $0.lists.insert(ListID("newsletter")) }
        try await rig.verify()
        change(rig, person)
        try await rig.verify()
        #expect(changeCalls(rig) == 1)
        // There, the person is on somebody else's list by the old address.
        #expect(rig.other.contact(old)?.id == elsewhere)
        #expect(rig.other.contact(old)?.lists == [ListID("newsletter")])
        #expect(rig.other.listNames(of: new) == [Rig.master, "Spring"])
    }

    @Test func whatElseChangedFollows() async throws {
        let (rig, person, contact) = try await rig()
        rig.crm.edit(person) {
            $0.mainEmail = new
            $0.firstName = "Augusta"
        }
        rig.join(person, Rig.autumn)
        try await rig.link(Rig.autumn)
        try await rig.verify()
        #expect(rig.cc.contact(new)?.id == contact)
        #expect(rig.cc.contact(new)?.firstName == "Augusta")
        #expect(rig.cc.listNames(of: new) == [Rig.master, "Autumn", "Spring"])
    }

    @Test func theDryRunTellsItOnce() async throws {
        let (rig, person, contact) = try await rig()
        change(rig, person)
        try await rig.engine.readCRM()
        let rows = try await rig.engine.dryRun(campaign: nil)
        #expect(rows.map(\.action) == [.changeAddress])
        #expect(rows.map(\.address) == [Address(compared: new)])
        #expect(rows.first?.subject == "contact \(contact)")
    }

    // MARK: Consent

    @Test func anOptOutOfTheOldAddressIsNotTakenAlongByAChange() async throws {
        let (rig, person, contact) = try await rig()
        change(rig, person)
        try await rig.relay(old)
        try await rig.calm()
        #expect(changeCalls(rig) == 0)
        #expect(rig.cc.contact(old)?.id == contact)
        #expect(rig.cc.contact(old)?.permission == .unsubscribed)
        #expect(rig.cc.contact(new) == nil)
        #expect(rig.crm.isFlagged(person))
    }

    @Test func anOptOutOfTheNewAddressStopsTheChange() async throws {
        let (rig, person, _) = try await rig()
        try await rig.relay(new)
        try await rig.calm()
        change(rig, person)
        try await rig.calm()
        #expect(changeCalls(rig) == 0)
        #expect(rig.cc.contact(new) == nil)
        #expect(rig.cc.listNames(of: old).isEmpty)
        #expect(rig.crm.isFlagged(person))
    }

    /// Consent is asked once more between the read and the write.
    @Test func anOptOutThatComesBetweenTheReadAndTheWriteIsNotOvertaken() async throws {
        let (rig, person, contact) = try await rig()
        change(rig, person)
        rig.faults.onCall { [rig] name in
            if name == "cc.changeAddress.read" { rig.cc.personUnsubscribes("ada@example.org") }
        }
        try await rig.calm()
        #expect(changeCalls(rig) == 0)
        #expect(rig.cc.contact(old)?.id == contact)
        #expect(try await rig.isOptedOut(old))
        #expect(try await rig.isOptedOut(new))
        #expect(rig.crm.isFlagged(person))
        #expect(rig.cc.contact(new) == nil)
    }

    @Test func aLateOptOutOfTheOldAddressReachesTheChangedContact() async throws {
        let (rig, person, contact) = try await rig()
        change(rig, person)
        try await rig.calm()
        try await rig.relay(old)
        try await rig.calm()
        #expect(rig.cc.contact(new)?.id == contact)
        #expect(rig.cc.contact(new)?.permission == .unsubscribed)
        #expect(rig.crm.isFlagged(person))
    }

    /// The person opted in by the old address; an opt-out of the new one that arrives afterwards is another contact's.
    @Test func whatWasOptedInByTheOldAddressLiftsNothingOfTheNewOne() async throws {
        let (rig, person, contact) = try await rig()
        let before = rig.clock.now
        rig.clock.advance(seconds: 60)
        rig.cc.personReturns(old)
        try await rig.verify()
        change(rig, person)
        try await rig.calm()
        #expect(rig.cc.contact(new)?.id == contact)
        try await rig.deliver([
            .optOutReported(
                OptOutReport(account: Rig.cc, address: Address(compared: new), by: .person, occurredAt: before)
            )
        ])
        try await rig.verify()
        #expect(try await rig.isOptedOut(new))
        #expect(rig.cc.listNames(of: new).isEmpty)
        #expect(rig.crm.isFlagged(person))
    }

    // MARK: Echoes, conflicts and lost answers

    @Test func ourChangeIsNeverTakenForThePersons() async throws {
        let (rig, person, _) = try await rig()
        change(rig, person)
        try await rig.verify()
        try await rig.verify()
        #expect(try await rig.openHolds().isEmpty)
        // What the person changes afterwards is theirs.
        rig.cc.edit(new) { $0.email = "third@example.org" }
        try await rig.verify()
        #expect(try await rig.openHolds().map(\.kind) == [.addressChanged])
    }

    @Test func anAddressThatTheAccountHasAlreadyIsLeftToItsContact() async throws {
        let (rig, person, contact) = try await rig()
        rig.cc.add(new)
        change(rig, person)
        try await rig.verify()
        #expect(rig.cc.contact(old)?.id == contact)
        #expect(rig.cc.listNames(of: old).isEmpty)
        #expect(rig.cc.listNames(of: new) == [Rig.master, "Spring"])
        #expect(changeCalls(rig) <= 1)
        #expect(try await rig.openHolds().isEmpty)
    }

    @Test func aRefusedChangeIsNotAskedForAgain() async throws {
        let (rig, person, contact) = try await rig()
        rig.cc.state.withLock { _ = $0.refused.insert(Address(compared: "lovelace@example.org")) }
        change(rig, person)
        try await rig.verify()
        try await rig.verify()
        #expect(changeCalls(rig) == 1)
        #expect(rig.cc.contact(old)?.id == contact)
        #expect(rig.cc.listNames(of: old).isEmpty)
        #expect(try await rig.parked(new) == ["refused"])
    }

    @Test(arguments: [Fault.crashBefore, .crashAfter], ["changeAddress.read", "changeAddress.write"])
    func theEndOfTheProcessLosesNothing(fault: Fault, call: String) async throws {
        let (rig, person, contact) = try await rig()
        change(rig, person)
        rig.faults.plan(fault, of: call)
        await #expect(throws: Crash.self) { try await rig.calm() }
        try await rig.restart()
        try await rig.engine.recover()
        try await rig.verify()
        #expect(rig.cc.contact(new)?.id == contact)
        #expect(rig.cc.addresses(on: "Spring") == ["b@example.org", new])
        #expect(rig.cc.state.withLock { $0.contacts.count } == 2)
        #expect(try await rig.openHolds().isEmpty)
        #expect(rig.cc.state.withLock { $0.violations }.isEmpty)
    }

    @Test func anAnswerThatWasLostIsReadBack() async throws {
        let (rig, person, contact) = try await rig()
        change(rig, person)
        rig.faults.plan(.unknownAfter, of: "changeAddress.write")
        try await rig.calm()
        #expect(rig.cc.contact(new)?.id == contact)
        #expect(changeCalls(rig) == 1)
        #expect(try await rig.openHolds().isEmpty)
        #expect(rig.cc.addresses(on: "Spring") == ["b@example.org", new])
    }

    // MARK: Whose the old address is

    @Test func anAddressThatSomebodyElseHasKeepsItsContact() async throws {
        let (rig, person, contact) = try await rig()
        rig.add(3, old)
        try await rig.verify()
        change(rig, person)
        try await rig.verify()
        #expect(changeCalls(rig) == 0)
        #expect(rig.cc.contact(old)?.id == contact)
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "b@example.org", new])
    }

    @Test func anAddressThatChangesBackIsChangedBack() async throws {
        let (rig, person, contact) = try await rig()
        change(rig, person)
        try await rig.calm()
        change(rig, person, to: old)
        try await rig.verify()
        #expect(rig.cc.contact(old)?.id == contact)
        #expect(changeCalls(rig) == 2)
        #expect(rig.cc.state.withLock { $0.contacts.count } == 2)
        #expect(try await rig.openHolds().isEmpty)
    }
}
