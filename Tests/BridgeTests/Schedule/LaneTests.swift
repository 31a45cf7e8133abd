import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

@Suite struct LaneTests {
    /// The lanes in which the calls of a name went out.
    private func lanes(of name: String, in rig: Rig, _ body: () async throws -> Void) async throws -> [Lane] {
        let seen = Seen<Lane>()
        rig.faults.onCall { call in
            if call.hasSuffix(name) { seen.note(Lane.current) }
        }
        try await body()
        rig.faults.onCall(nil)
        return seen.all
    }

    @Test func anAddInARoundWithAnOptOutDoesNotSpendItsReserve() async throws {
        let rig = try await Rig()
        let out = rig.add(1, "out@example.org")
        try await rig.start()
        rig.crm.edit(out) { $0.isOptedOut = true }
        rig.add(2, "new@example.org")
        try await rig.engine.readCRM()
        let lanes = try await lanes(of: "cc.submit", in: rig) {
            _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        }
        #expect(lanes == [.singleChanges])
        #expect(rig.cc.contact("out@example.org")?.permission == .unsubscribed)
    }

    @Test func optOutsGoOutInTheirOwnLane() async throws {
        let rig = try await Rig()
        let out = rig.add(1, "out@example.org")
        try await rig.start()
        rig.crm.edit(out) { $0.isOptedOut = true }
        try await rig.engine.readCRM()
        let lanes = try await lanes(of: "unsubscribe.write", in: rig) {
            _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        }
        #expect(lanes == [.optOuts])
    }

    @Test func bulkChangesAreLookedAtWithGrowingPauses() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.cc.state.withLock {
            $0.looks = 8; $0.worksAtOnce = false
        }
        let link = try await rig.link()
        try await rig.engine.run(link, isFull: false)
        let looks = Seen<Int64>()
        let clock = rig.clock
        rig.faults.onCall { name in
            if name == "cc.progress" { looks.note(clock.now.milliseconds) }
        }
        let start = rig.clock.now.milliseconds
        try await rig.engine.settle()
        rig.faults.onCall(nil)
        let times = looks.all
        let pauses = zip(times.dropFirst(), times).map { $0 - $1 }.filter { $0 > 0 }
        #expect(try #require(times.first) - start <= 2000)
        #expect(pauses.count >= 5)
        #expect(pauses == pauses.sorted())
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
    }

    @Test func anUnreachableProviderKeepsNothingFromTheCRM() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        rig.faults.plan(.unavailable, of: "unsubscribe.read")
        _ = try? await rig.engine.pushProvider(Rig.cc, lanes: 1...3)
        while try await rig.engine.pushCRM().sent > 0 {}
        #expect(rig.crm.isFlagged(person))
        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org")?.permission == .unsubscribed)
    }
}
