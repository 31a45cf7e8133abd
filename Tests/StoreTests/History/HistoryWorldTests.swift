import Reconciliation
import Testing

@testable import Store

/// Small worlds of random changes: what is told of a moment at the end is what was told at that moment.
struct HistoryWorldTests {
    @Test(arguments: UInt64(1)...12)
    func whatIsToldOfAMomentIsWhatWasToldThen(seed: UInt64) async throws {
        let store = try await TemporaryStore()
        try await store.connect("cc")
        try await store.connect("mc")
        let moments = try await store.write { connection in
            var world = HistoryWorld(seed: seed)
            var then: [Timestamp: [HistoryWorld.Telling]] = [:]
            for _ in 0..<150 {
                try world.step(in: connection)
                then[world.now] = try world.present(in: connection)
            }
            then[Timestamp(milliseconds: 0)] = world.nothing
            return try then.sorted { $0.key < $1.key }.map { moment, then in
                (moment: moment, then: then, later: try world.past(at: moment, in: connection))
            }
        }
        for (moment, then, later) in moments {
            for (then, later) in zip(then, later) where then != later {
                Issue.record("seed \(seed), moment \(moment.milliseconds): \(then.differences(from: later))")
            }
        }
    }
}
