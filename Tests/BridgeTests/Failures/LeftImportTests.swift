import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// What an import did is known by what it left, though one of its lists was left or deleted before anybody read that.
@Suite struct LeftImportTests {
    private let email = "ada@example.org"

    /// A person whom an import put on two lists just before the process ended, and who is in no campaign any more.
    private func abandoned() async throws -> Rig {
        let rig = try await Rig()
        let person = rig.add(1, email, in: [Rig.spring, Rig.autumn])
        for campaign in [Rig.spring, Rig.autumn] { try await rig.link(campaign) }
        rig.faults.plan(.crashAfter, of: "cc.submit")
        await #expect(throws: (any Error).self) { try await rig.engine.syncRound(campaign: nil, isFull: false) }
        #expect(rig.cc.listNames(of: email) == [Rig.master, "Autumn", "Spring"])
        for campaign in [Rig.spring, Rig.autumn] {
            rig.crm.edit(Rig.member(person, campaign)) { $0.isDeleted = true }
        }
        return rig
    }

    @Test func whoHasLeftOneListIsTakenOffTheOthers() async throws {
        let rig = try await abandoned()
        rig.cc.personLeaves(email, list: rig.cc.list(named: "Autumn"))
        try await rig.restart()
        try await rig.calm()
        #expect(rig.cc.listNames(of: email).isEmpty)
    }

    @Test func whoIsOnAListThatWasDeletedIsTakenOffTheOthers() async throws {
        let rig = try await abandoned()
        rig.cc.deleteList(rig.cc.list(named: Rig.master))
        try await rig.restart()
        try await rig.calm()
        try await rig.verify()
        // Imports are looked for a last time when the slowest one must have ended.
        rig.clock.advance(seconds: 7_200)
        try await rig.calm()
        #expect(rig.cc.listNames(of: email).isEmpty)
    }

    @Test func whoLeavesAListBeforeTheImportIsReadBackIsNotRefused() async throws {
        let rig = try await Rig()
        let person = rig.add(1, email, in: [Rig.spring, Rig.autumn])
        rig.add(2, "b@example.org", in: [Rig.spring, Rig.autumn])
        rig.cc.state.withLock { state in
            state.looks = 1
            state.worksAtOnce = true
        }
        for campaign in [Rig.spring, Rig.autumn] {
            let link = try await rig.link(campaign)
            try await rig.engine.readCRM()
            try await rig.engine.run(link, isFull: false)
        }
        while try await rig.engine.pushProvider(Rig.cc, lanes: 1...5).sent > 0 {}
        #expect(rig.cc.listNames(of: email) == [Rig.master, "Autumn", "Spring"])
        rig.cc.personLeaves(email, list: rig.cc.list(named: "Autumn"))
        try await rig.calm()
        #expect(try await rig.parked(email).isEmpty)
        rig.clock.advance(seconds: 3_600)
        try await rig.verify()
        #expect(rig.status(person, in: Rig.autumn) == "Unsubscribed")
        #expect(rig.status(person, in: Rig.spring) == "Invited")
        #expect(rig.cc.listNames(of: email) == [Rig.master, "Spring"])
    }
}
