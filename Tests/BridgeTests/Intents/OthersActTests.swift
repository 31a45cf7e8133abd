import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// What looks like a write of Causeway's whose answer was lost, and is somebody else's act.
@Suite struct OthersActTests {
    private let email = "ada@example.org"

    /// Does something right before a call of a name takes effect, once.
    private func before(
        _ name: String,
        skipping skip: Int = 0,
        in rig: Rig,
        _ act: @escaping @Sendable () -> Void
    ) {
        let left = Mutex(skip)
        rig.faults.onCall { called in
            guard called.hasSuffix(name) else { return }
            let isNow = left.withLock { left in
                left -= 1
                return left == -1
            }
            if isNow { act() }
        }
    }

    @Test(arguments: [SimulatedCRM.ownUser, nil])
    func anOperatorsFlagAtTheVersionOfALostWriteIsTheOperators(_ ownUser: Int64?) async throws {
        let rig = try await Rig { $0.ownUser = ownUser }
        let person = rig.add(1, email)
        try await rig.start()
        rig.cc.personUnsubscribes(email)
        try await rig.engine.readOptOuts(of: Rig.cc)
        before("crm.write", in: rig) { [crm = rig.crm] in crm.edit(person) { $0.isOptedOut = true } }
        rig.faults.plan(.unknownBefore, of: "crm.write")
        try await rig.calm()
        #expect(try await rig.events(email).map(\.rule) == [.c1, .c4])
        // It stands on its own, whoever comes back.
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns(email)
        try await rig.verify()
        #expect(rig.crm.isFlagged(person))
    }

    @Test func otherSoftwareOfTheSameUserDoesNotHideAnOperatorsFlag() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        rig.cc.personUnsubscribes(email)
        try await rig.engine.readOptOuts(of: Rig.cc)
        before("crm.write", in: rig) { [crm = rig.crm] in
            crm.edit(person) { $0.isOptedOut = true }
            crm.edit(person, by: SimulatedCRM.ownUser) { $0.lastName = "Lovelace" }
        }
        rig.faults.plan(.unknownBefore, of: "crm.write")
        try await rig.calm()
        #expect(try await rig.events(email).map(\.rule) == [.c1, .c4])
    }

    @Test func whoWritesIsLearntFromTheFirstEcho() async throws {
        let rig = try await Rig { $0.ownUser = nil }
        let person = rig.add(1, email)
        let other = rig.add(2, "b@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("b@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(other))
        rig.cc.personUnsubscribes(email)
        try await rig.engine.readOptOuts(of: Rig.cc)
        rig.faults.plan(.unknownAfter, of: "crm.write")
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.events(email).map(\.rule) == [.c1])
    }

    @Test func anOperatorsStatusAtTheVersionOfALostWriteIsNotTakenBack() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        rig.cc.personUnsubscribes(email)
        try await rig.engine.readOptOuts(of: Rig.cc)
        let status = rig.crm.status("Unsubscribed", of: Rig.spring)
        // Flags go first.
        before("crm.write", skipping: 1, in: rig) { [crm = rig.crm] in
            crm.edit(Rig.member(person, Rig.spring)) { $0.statusID = status }
        }
        rig.faults.plan(.unknownBefore, of: "crm.write", after: 1)
        try await rig.calm()
        #expect(rig.status(person) == "Unsubscribed")
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns(email)
        try await rig.verify()
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Unsubscribed")
    }

    @Test func aMarkWhoseAnswerIsLostIsKnownAsOurs() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        try await rig.relayBounce(email)
        rig.faults.plan(.unknownAfter, of: "crm.write")
        try await rig.calm()
        #expect(rig.crm.record(person)?.isUndeliverable == true)
        // A mark that Causeway set goes when the main email changes.
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        #expect(rig.crm.record(person)?.isUndeliverable == false)
        #expect(rig.cc.addresses(on: "Spring") == ["new@example.org"])
    }

    @Test func anOperatorsMarkAtTheVersionOfALostWriteIsLeftAlone() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        try await rig.relayBounce(email)
        before("crm.write", in: rig) { [crm = rig.crm] in crm.edit(person) { $0.isUndeliverable = true } }
        rig.faults.plan(.unknownBefore, of: "crm.write")
        try await rig.calm()
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        #expect(rig.crm.record(person)?.isUndeliverable == true)
    }

    @Test(arguments: [ContactActor.contact, .account])
    func anUnsubscribeInPlaceOfALostOneIsNotOurs(_ actor: ContactActor) async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        before("unsubscribe.write", in: rig) { [cc = rig.cc, email] in cc.personUnsubscribes(email, by: actor) }
        rig.faults.plan(.unknownBefore, of: "unsubscribe.write")
        try await rig.calm()
        #expect(try await rig.events(email).map(\.rule) == [.c4, actor == .contact ? .c1 : .c3])
        #expect(try await rig.shadow(email)?.ownUnsubscribe == nil)
    }

    @Test func aPersonsReturnInPlaceOfALostTakingBackIsTheirs() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        try await rig.verify()
        let echoes = try await rig.echoes(Rig.cc)
        rig.crm.edit(person) { $0.isOptedOut = false }
        let lists: Set<ListID> = [rig.cc.list(named: Rig.master), rig.cc.list(named: "Spring")]
        before("resubscribe.write", in: rig) { [cc = rig.cc, email] in
            cc.personReturns(email)
            cc.edit(email) { $0.lists = lists }
        }
        rig.faults.plan(.unknownBefore, of: "resubscribe.write")
        try await rig.calm()
        #expect(try await rig.echoes(Rig.cc) == echoes)
        // Who put them there is not known: they stay when the member goes.
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.listNames(of: email) == [Rig.master, "Spring"])
    }

    @Test func somebodyElsesMembershipIsNotTheImportsThatWasLost() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        rig.cc.add(email)
        try await rig.link()
        before("cc.submit", in: rig) { [cc = rig.cc, email] in
            let lists: Set<ListID> = [cc.list(named: Rig.master), cc.list(named: "Spring")]
            cc.edit(email) {
                $0.lists = lists
                $0.firstName = "Somebody"
            }
        }
        rig.faults.plan(.unknownBefore, of: "cc.submit")
        try await rig.engine.syncRound(campaign: nil, isFull: false)
        try await rig.calm()
        #expect(rig.cc.contact(email)?.firstName == "Ada")
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.listNames(of: email) == [Rig.master, "Spring"])
    }
}
