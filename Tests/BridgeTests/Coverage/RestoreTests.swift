import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Last week's backup is put back (design §3, *After a restore, a gap or a reconnection*).
@Suite struct RestoreTests {
    @Test func whatWasSaidSinceTheBackupIsReadBackFromBothSides() async throws {
        let rig = try await Rig()
        for (id, name) in ["ada", "cy", "eve", "kim"].enumerated() { rig.add(Int64(id + 1), "\(name)@example.org") }
        try await rig.start()
        try await rig.backUp()

        rig.cc.personUnsubscribes("ada@example.org")
        rig.crm.edit(RecordID(.person, 2)) { $0.isOptedOut = true }
        try await rig.relay("eve@example.org")
        rig.add(5, "new@example.org")
        try await rig.aWeek()
        #expect(rig.cc.addresses(on: "Spring") == ["kim@example.org", "new@example.org"])

        try await rig.putBackupBack()
        rig.faults.forgetCalls()
        let before = rig.cc.state.withLock { $0.imports.count }
        try await rig.verify()
        try await rig.verify()

        for (id, name) in [(1, "ada"), (2, "cy"), (3, "eve")] {
            #expect(try await rig.isOptedOut("\(name)@example.org"), "\(name)")
            #expect(rig.crm.isFlagged(RecordID(.person, Int64(id))), "\(name)")
        }
        #expect(rig.cc.addresses(on: "Spring") == ["kim@example.org", "new@example.org"])
        #expect(rig.cc.state.withLock { $0.imports.count } == before)
        #expect(try await rig.events("ada@example.org").map(\.by) == [.person])
        // An operator's own flag is told by its writer; Causeway's, that nothing explains, is nobody's known word.
        #expect(try await rig.events("cy@example.org").contains { $0.by == .crm })
        #expect(try await rig.events("eve@example.org").allSatisfy { $0.by == .provider })
        #expect(try await rig.openGaps().isEmpty)
        #expect(try await rig.closedGaps().contains { $0.cause == .restored && $0.isBaseline })
    }

    @Test func whoCameBackSinceTheBackupIsBackByTheProvidersWord() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "bob@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("bob@example.org")
        try await rig.calm()
        try await rig.backUp()
        rig.clock.advance(seconds: 3600)
        rig.cc.personReturns("bob@example.org")
        try await rig.aWeek()
        #expect(rig.cc.addresses(on: "Spring") == ["bob@example.org"])

        try await rig.putBackupBack()
        try await rig.verify()
        try await rig.verify()
        #expect(try await !rig.isOptedOut("bob@example.org"))
        #expect(!rig.crm.isFlagged(person))
        #expect(rig.cc.addresses(on: "Spring") == ["bob@example.org"])
    }

    @Test func aFlagThatAnOperatorClearedSinceTheBackupIsInDisputeAndNobodysReturn() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "dee@example.org", flagged: true)
        rig.add(2, "kim@example.org")
        try await rig.start()
        try await rig.backUp()
        rig.clock.advance(seconds: 3600)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.aWeek()
        #expect(rig.cc.addresses(on: "Spring") == ["dee@example.org", "kim@example.org"])

        try await rig.putBackupBack()
        try await rig.verify()
        try await rig.verify()
        #expect(try await rig.events("dee@example.org").map(\.rule) == [.c4])
        #expect(try await rig.isOptedOut("dee@example.org"))
        #expect(rig.cc.addresses(on: "Spring") == ["kim@example.org"])
        #expect(!rig.crm.isFlagged(person), "left as the operator set it")
    }

    @Test func membersThatCausewayPutOnSinceTheBackupAreNoStrangers() async throws {
        let rig = try await Rig()
        rig.add(1, "kim@example.org")
        let early = rig.add(2, "early@example.org")
        try await rig.start()
        rig.cc.add("stranger@example.org", lists: [rig.cc.list(named: "Spring")])
        try await rig.verify()
        try await rig.backUp()

        let stays = rig.add(3, "stays@example.org")
        let goes = rig.add(4, "goes@example.org")
        try await rig.aWeek()
        rig.cc.add("other@example.org", lists: [rig.cc.list(named: "Spring")])
        // While nobody looks, one member is removed, of each time.
        rig.crm.edit(Rig.member(goes, Rig.spring)) { $0.isDeleted = true }
        rig.crm.edit(Rig.member(early, Rig.spring)) { $0.isDeleted = true }
        try await rig.putBackupBack()
        try await rig.verify()
        let strangers = ["other@example.org", "stranger@example.org"]
        #expect(rig.cc.addresses(on: "Spring") == (["kim@example.org", "stays@example.org"] + strangers).sorted())

        rig.crm.edit(Rig.member(stays, Rig.spring)) { $0.isDeleted = true }
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring") == (["kim@example.org"] + strangers).sorted())
        #expect(rig.cc.addresses(on: Rig.master) == ["kim@example.org"])
    }

    @Test func aDepartureSinceTheBackupIsNotMadeTwiceAndNoneIsInvented() async throws {
        let rig = try await Rig()
        let left = rig.add(1, "jon@example.org")
        let moved = rig.add(2, "mia@example.org")
        try await rig.start()
        rig.clock.advance(seconds: 3600)
        try await rig.backUp()
        let spring = rig.cc.list(named: "Spring")
        rig.cc.edit("jon@example.org") { $0.lists.remove(spring) }
        try await rig.aWeek()
        #expect(rig.status(left) == "Unsubscribed")
        // Taken off in the week, and a member again since.
        rig.crm.edit(Rig.member(moved, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        rig.join(moved, Rig.spring, again: 1)

        try await rig.putBackupBack()
        try await rig.verify()
        try await rig.verify()
        #expect(rig.status(left) == "Unsubscribed")
        #expect(rig.status(moved, again: 1) == "Invited")
        #expect(rig.cc.addresses(on: "Spring") == ["mia@example.org"])
        #expect(try await rig.departures() == 0)
    }

    @Test func nobodyIsAddedWhileAnAccountHasNotBeenWalkedAnew() async throws {
        let rig = try await Rig(other: true)
        rig.add(1, "kim@example.org")
        try await rig.start()
        try await rig.backUp()
        try await rig.aWeek()
        rig.other.personUnsubscribes("kim@example.org")
        rig.add(2, "new@example.org")
        try await rig.putBackupBack()
        for _ in 1...4 { rig.faults.plan(.unavailable, of: "other.contacts") }
        try await rig.engine.readCRM()
        try await rig.engine.readOptOuts(of: Rig.cc)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        #expect(rig.cc.addresses(on: "Spring") == ["kim@example.org"])
        #expect(try await rig.keepsAdditionsBack())
        rig.faults.clear()
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring") == ["new@example.org"])
        #expect(rig.other.addresses(on: "Spring") == ["new@example.org"])
    }

    @Test func aLongGapMakesADisputeOfAClearedFlagAndAShortOneDoesNot() async throws {
        for (hours, rule) in [(20, ConsentRule.c5), (30, nil)] {
            let rig = try await Rig()
            let person = rig.add(1, "dee@example.org", flagged: true)
            try await rig.start()
            rig.clock.advance(seconds: Int64(hours) * 3600)
            rig.crm.edit(person) { $0.isOptedOut = false }
            try await rig.calm()
            #expect(try await rig.events("dee@example.org").last?.rule == rule ?? .c4, "\(hours) hours")
            #expect(try await rig.isOptedOut("dee@example.org") == (rule == nil))
        }
    }

    @Test func whoLeftAListInALongGapIsNeitherMarkedNorPutBackBeforeTheSecondWalk() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "jon@example.org")
        rig.add(2, "kim@example.org")
        try await rig.start()
        try await rig.verify()
        rig.clock.advance(seconds: 3 * 86_400)
        let spring = rig.cc.list(named: "Spring")
        rig.cc.edit("jon@example.org") { $0.lists.remove(spring) }
        try await rig.verify()
        #expect(rig.status(person) == "Invited")
        #expect(rig.cc.addresses(on: "Spring") == ["kim@example.org"])
        try await rig.verify()
        #expect(rig.status(person) == "Unsubscribed")
        #expect(rig.cc.addresses(on: "Spring") == ["kim@example.org"])
    }
}

extension Rig {
    /// Seven days, each with a pass and a verification.
    func aWeek() async throws {
        for _ in 1...7 {
            for _ in 1...3 {
                try await calm()
                clock.advance(seconds: 8 * 3600)
            }
            try await verify()
        }
    }

    func departures() async throws -> Int64? {
        try await store.database.read { try $0.value("SELECT count(*) FROM departure") }
    }
}
