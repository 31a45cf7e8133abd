import Bridge
import Reconciliation
import Simulation
import Testing

/// An opt-out is never parked: an unsubscribe that is refused is tried until it is confirmed.
@Suite struct RefusedUnsubscribeTests {
    @Test func itIsTriedAgainThoughTheListsWereLeftMeanwhile() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.faults.plan(.refused, of: ".unsubscribe.write")
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        try #require(rig.cc.listNames(of: "ada@example.org").isEmpty)
        for _ in 1...5 {
            rig.clock.advance(seconds: 400)
            try await rig.pass()
        }
        #expect(rig.cc.contact("ada@example.org")?.permission == .unsubscribed)
    }
}
