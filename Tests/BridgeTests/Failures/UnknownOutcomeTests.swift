import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

@Suite struct UnknownOutcomeTests {
    @Test func aStaleLockVersionIsDecidedAgain() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.lastName = "Lovelace" }
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        while try await rig.engine.pushCRM().sent > 0 {}
        #expect(rig.crm.isFlagged(person))
        #expect(rig.crm.record(person)?.lastName == "Lovelace")
    }

    @Test(arguments: [Fault.unknownAfter, .unknownBefore, .unavailable])
    func aFlagWhoseAnswerIsLostIsNobodyElsesAct(_ fault: Fault) async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.engine.readOptOuts(of: Rig.cc)
        rig.faults.plan(fault, of: "crm.write")
        _ = try? await rig.engine.pushCRM()
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Unsubscribed")
        #expect(try await rig.events("ada@example.org").map(\.rule) == [.c1])
        rig.clock.advance(seconds: 600)
        rig.cc.personReturns("ada@example.org")
        try await rig.verify()
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Invited")
    }

    @Test func aWriteThatCannotBeReadBackAtOnceIsReadBackLater() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.engine.readOptOuts(of: Rig.cc)
        rig.faults.plan(.unknownAfter, of: "crm.write")
        rig.faults.plan(.unavailable, of: "crm.records")
        _ = try? await rig.engine.pushCRM()
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.events("ada@example.org").map(\.rule) == [.c1])
    }

    @Test(arguments: [Fault.unknownAfter, .unknownBefore])
    func anUnsubscribeWhoseAnswerIsLostIsAnEcho(_ fault: Fault) async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        rig.faults.plan(fault, of: "unsubscribe.write")
        try? await rig.calm()
        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org")?.permission == .unsubscribed)
        #expect(try await rig.events("ada@example.org").map(\.rule) == [.c4])
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
    }

    @Test func anUnsubscribeThatCannotBeReadBackAtOnceIsReadBackLater() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        rig.faults.plan(.unknownBefore, of: "unsubscribe.write")
        rig.faults.plan(.unavailable, of: "cc.contact")
        _ = try? await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org")?.permission == .unsubscribed)
        #expect(try await rig.events("ada@example.org").map(\.rule) == [.c4])
    }

    /// The process ended after the write, and the person came back before anybody read the contact again.
    @Test func whoCameBackFromAnUnsubscribeWhoseAnswerIsLostIsHeldAndNotUnsubscribedAgain() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        rig.faults.plan(.crashAfter, of: "unsubscribe.write")
        _ = try? await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        #expect(rig.cc.contact("ada@example.org")?.permission == .unsubscribed)
        rig.clock.advance(seconds: 60)
        rig.cc.personReturns("ada@example.org")
        try await rig.restart()
        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org")?.permission == .explicit)
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
        #expect(try await rig.heldRules("ada@example.org") == ["C13"])
        #expect(rig.cc.state.withLock { $0.violations }.isEmpty)
    }

    @Test func anOwnersUnsubscribeInTheSameMomentIsNotTakenForOurs() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        rig.cc.personUnsubscribes("ada@example.org", by: .account)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        try await rig.calm()
        #expect(Set(try await rig.events("ada@example.org").map(\.rule)) == [.c3, .c4])
    }

    @Test(arguments: [Fault.unknownAfter, .unknownBefore])
    func aTakenBackUnsubscribeWhoseAnswerIsLostIsReadBack(_ fault: Fault) async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        rig.faults.plan(fault, of: "resubscribe.write")
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
        #expect(try await rig.shadow("ada@example.org")?.ownUnsubscribe == nil)
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
    }

    @Test(arguments: [Fault.unknownAfter, .unknownBefore], [true, false])
    func anImportWhoseAnswerIsLostIsReadBackAndDecidedAgain(_ fault: Fault, _ isNew: Bool) async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        if !isNew { rig.cc.add("ada@example.org") }
        rig.faults.plan(fault, of: "cc.submit")
        try await rig.start()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
        #expect(rig.cc.contact("ada@example.org")?.firstName == "Ada")
        #expect(try await rig.parked("ada@example.org").isEmpty)

        rig.faults.plan(fault, of: "cc.submit")
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org")?.firstName == "Augusta")

        // What was put there is known to be ours.
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
    }

    @Test(arguments: [Fault.unknownAfter, .unknownBefore])
    func aRemovalWhoseAnswerIsLostIsRepeated(_ fault: Fault) async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        try await rig.start()
        rig.faults.plan(fault, of: "cc.submit")
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["b@example.org"])
        rig.join(person, Rig.spring, again: 1)
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "b@example.org"])
        try await rig.verify()
        #expect(rig.status(person, again: 1) == "Invited")
    }

    @Test(arguments: [Fault.unknownAfter, .unknownBefore])
    func aSingleWriteWhoseAnswerIsLostIsReadBack(_ fault: Fault) async throws {
        let rig = try await Rig()
        let long = String(repeating: "x", count: 48) + "@example.org"
        let person = rig.add(1, long)
        rig.faults.plan(fault, of: "cc.upsert")
        try await rig.start()
        #expect(rig.cc.addresses(on: "Spring") == [long])
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
    }

    @Test func unnamedRefusalsAreFoundByReading() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        rig.cc.add("ada@example.org")
        let link = try await rig.link()
        try await rig.engine.readCRM()
        try await rig.engine.run(link, isFull: false)
        // Opted out after the walk, and before anybody polls.
        rig.cc.personUnsubscribes("ada@example.org")
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        try await rig.engine.watchActivities(of: Rig.cc)
        #expect(try await rig.isOptedOut("ada@example.org"))
        try await rig.calm()
        #expect(rig.crm.isFlagged(RecordID(.person, 1)))
        #expect(rig.cc.addresses(on: "Spring") == ["b@example.org"])
    }

    @Test func anActivityThatFailsIsDecidedAgainAndParksNobody() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.cc.state.withLock {
            $0.looks = 2; $0.worksAtOnce = false
        }
        let link = try await rig.link()
        try await rig.engine.run(link, isFull: false)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        rig.cc.state.withLock { state in
            for id in state.activities.keys {
                state.activities[id]?.looksLeft = 0
                state.activities[id]?.result = ActivityResult(completed: false, state: "timed_out")
            }
        }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
        #expect(try await rig.parked("ada@example.org").isEmpty)
    }

    @Test func oneRowThatMakesTheWholeImportRefusedBlocksNobody() async throws {
        let rig = try await Rig()
        for id in 1...7 { rig.add(Int64(id), "p\(id)@example.org") }
        rig.cc.state.withLock { $0.poison = "p5@example.org" }
        try await rig.start()
        #expect(rig.cc.addresses(on: "Spring").count == 6)
        #expect(try await rig.parked("p5@example.org") == ["refused"])
    }
}
