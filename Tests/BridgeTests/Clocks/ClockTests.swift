import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// The clocks of opt-outs: received, flagged, off the lists.
@Suite struct ClockTests {
    @Test func bothClocksStopWhenEachIsConfirmed() async throws {
        let rig = try await Rig(other: true)
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        let received = rig.clock.now
        try await rig.engine.settleClocks()
        #expect(try await rig.clocks().map(\.isOpen) == [true])

        rig.clock.advance(seconds: 5)
        while try await rig.engine.pushCRM().sent > 0 {}
        var clock = try #require(try await rig.clocks().first)
        #expect(clock.receivedAt == received)
        #expect(clock.secondsToFlag == 5)
        #expect(clock.hadRecord == true)
        #expect(clock.offListsAt == nil && clock.isOpen)

        // Off at one account is not off the lists.
        rig.clock.advance(seconds: 5)
        while try await rig.engine.pushProvider(Rig.cc, lanes: 1...3).sent > 0 {}
        #expect(try await rig.clocks().first?.offListsAt == nil)
        rig.clock.advance(seconds: 10)
        while try await rig.engine.pushProvider(Rig.other, lanes: 1...3).sent > 0 {}
        clock = try #require(try await rig.clocks().first)
        #expect(clock.secondsToLeave == 20)
        #expect(clock.secondsToFlag == 5)
        #expect(!clock.isOpen)
    }

    @Test func aClockOutlivesTheProcess() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        try await rig.engine.settleClocks()
        rig.clock.advance(seconds: 3600)
        try await rig.restart()
        try await rig.calm()
        try await rig.engine.settleClocks()
        let clock = try #require(try await rig.clocks().first)
        #expect((clock.secondsToFlag ?? 0) >= 3600)
        #expect((clock.secondsToLeave ?? 0) >= 3600)
    }

    @Test func anOptOutOfAnAddressThatNoRecordHasIsCarriedOut() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("nobody@example.org")
        try await rig.calm()
        let clock = try #require(try await rig.clocks().first)
        #expect(!clock.isOpen)
        #expect(clock.hadRecord == false)
    }

    @Test func whatTheCRMRefusesStaysOpenAndIsWarnedOfInTime() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.state.withLock { _ = $0.refused.insert(person) }
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        _ = try await rig.engine.pushCRM()
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        var clock = try #require(try await rig.clocks().first)
        #expect(clock.flaggedAt == nil)
        #expect(clock.offListsAt != nil)
        #expect(clock.isOpen)
        #expect(try await rig.late() == 0)
        #expect(try await rig.engine.warnOfLateOptOuts() == 0)

        rig.clock.advance(seconds: 36 * 3600)
        #expect(try await rig.late() == 1)
        #expect(clock.lateness(at: rig.clock.now) == .nearing48Hours)
        #expect(try await rig.engine.warnOfLateOptOuts() == 1)
        #expect(try await rig.engine.warnOfLateOptOuts() == 0, "warned of twice")
        rig.clock.advance(seconds: 12 * 3600)
        #expect(try await rig.engine.warnOfLateOptOuts() == 1)
        rig.clock.advance(seconds: 14 * 86_400)
        #expect(clock.lateness(at: rig.clock.now) == .past10BusinessDays)
        #expect(try await rig.engine.warnOfLateOptOuts() == 1)

        rig.crm.state.withLock { _ = $0.refused.remove(person) }
        try await rig.calm()
        clock = try #require(try await rig.clocks().first)
        #expect(!clock.isOpen)
        #expect(clock.lateness(at: rig.clock.now) == .inTime)
        #expect(try await rig.late() == 0)
    }

    @Test func anOptOutThatIsLiftedBeforeItIsCarriedOutIsNotLate() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        try await rig.start()
        rig.cc.state.withLock { $0.looks = 1_000 }
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        try await rig.engine.settleClocks()
        #expect(try await rig.clocks().map(\.isOpen) == [true])
        rig.clock.advance(seconds: 60)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.engine.readCRM()
        try await rig.engine.settleClocks()
        let clock = try #require(try await rig.clocks().first)
        #expect(!clock.isOpen)
        #expect(clock.liftedAt != nil)
        rig.clock.advance(seconds: 30 * 86_400)
        #expect(try await rig.late() == 0)
    }

    @Test func whatWasKnownBeforeTheFirstLinkCountsFromThere() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.cc.add("ada@example.org")
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.engine.readOptOuts(of: Rig.cc)
        try await rig.engine.settleClocks()
        rig.clock.advance(seconds: 20 * 86_400)
        #expect(try await rig.late() == 0)
        #expect(try await rig.engine.warnOfLateOptOuts() == 0)
        try await rig.start()
        let clock = try #require(try await rig.clocks().first)
        #expect(!clock.isOpen)
        #expect((clock.secondsToFlag ?? 1_000_000) < 3600)
    }

    @Test func seededLivesLeaveNoClockRunningButThoseInDispute() async throws {
        var failures: [String] = []
        for seed in Seeds.all(10) {
            let life = Life(seed: seed, length: 10)
            let rig = try await Rig(other: true)
            life.begin(rig)
            try await rig.startWhatIsMissing()
            try await rig.calm()
            for happening in life.happenings {
                rig.clock.advance(seconds: 120)
                try await life.happen(happening, in: rig)
                try await rig.pass()
            }
            try await rig.calm()
            try await rig.verify()
            rig.clock.advance(seconds: 7200)
            try await rig.verify()
            let open = try await rig.store.database.read { try OptOutClocks.open(in: $0) }
            let events = try await rig.store.database.read {
                try $0.value("SELECT count(*) FROM consent_event WHERE kind = 'opt-out'") ?? 0
            }
            if try await rig.clocks().count != Int(events) {
                failures.append("CAUSEWAY_SEED=\(seed): a clock is missing")
            }
            for clock in open {
                let isDisputed = try await rig.store.database.read {
                    try RecordMirrors.having([clock.address], in: $0).contains { $0.mirror.disputedAfter != nil }
                }
                if !isDisputed { failures.append("CAUSEWAY_SEED=\(seed): \(clock)") }
            }
            if failures.count > 2 { break }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }
}

extension Rig {
    /// The clocks, in the order of the ledger.
    func clocks() async throws -> [OptOutClocks.Row] {
        try await store.database.read {
            try OptOutClocks.all(since: Timestamp(milliseconds: 0), in: $0).values.sorted { $0.event < $1.event }
        }
    }

    /// How many opt-outs are late.
    func late() async throws -> Int64 {
        let now = clock.now
        return try await store.database.read { try OptOutClocks.openCounts(at: now, in: $0).late }
    }
}
