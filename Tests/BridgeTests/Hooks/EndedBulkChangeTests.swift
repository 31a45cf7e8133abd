import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// What is done when a service tells that a bulk change ended.
@Suite struct EndedBulkChangeTests {
    private func running(_ rig: Rig) async throws -> [String] {
        try await rig.store.database.read {
            try Intents.underWay(account: Rig.cc, states: [.running], in: $0).compactMap(\.activity)
        }
    }

    /// A bridge with a bulk change of its own that is under way.
    private func rig() async throws -> Rig {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.cc.state.withLock {
            $0.looks = 1_000
            $0.worksAtOnce = false
        }
        let link = try await rig.link()
        try await rig.engine.run(link, isFull: false)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        return rig
    }

    @Test func onlyOnesOwnAreLookedAt() async throws {
        let rig = try await rig()
        let own = ActivityID(try #require(try await running(rig).first))
        #expect(try await rig.engine.lookAtEnded([Rig.cc: [own, ActivityID("unknown")]]) == [Rig.cc])
        #expect(try await rig.engine.lookAtEnded([Rig.cc: [ActivityID("unknown")]]).isEmpty)
        #expect(try await rig.engine.lookAtEnded([Rig.other: [own]]).isEmpty)
        #expect(try await rig.engine.lookAtEnded([AccountID("nobody"): [own]]).isEmpty)
        #expect(try await rig.engine.lookAtEnded([:]).isEmpty)
    }

    @Test func whatIsSaidIsNotBelieved() async throws {
        let rig = try await rig()
        let own = try #require(try await running(rig).first)
        for id in [own, own, "unknown"] { try await rig.deliver([.changeHinted(.bulkChange(Rig.cc, id: id))]) }
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        // It runs on, whatever was said.
        try await rig.engine.watchActivities(of: Rig.cc)
        #expect(try await running(rig) == [own])

        rig.cc.state.withLock { state in
            for id in state.activities.keys { state.activities[id]?.looksLeft = 1 }
        }
        try await rig.engine.watchActivities(of: Rig.cc)
        #expect(try await running(rig).isEmpty)
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
        #expect(try await rig.engine.lookAtEnded([Rig.cc: [ActivityID(own)]]).isEmpty)
    }
}
