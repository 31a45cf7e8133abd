import Reconciliation
import Testing

@Suite struct PercentileTests {
    @Test func ofNothingThereIsNone() {
        #expect(Percentile.of(50, among: [Int]()) == nil)
    }

    @Test func theNearestRankIsAValueThatOccurred() {
        #expect(Percentile.of(50, among: [7]) == 7)
        #expect(Percentile.of(99, among: [7]) == 7)
        #expect(Percentile.of(50, among: [4, 1, 3, 2]) == 2)
        #expect(Percentile.of(50, among: [5, 4, 3, 2, 1]) == 3)
        #expect(Percentile.of(99, among: Array(1...100)) == 99)
        #expect(Percentile.of(99, among: Array(1...101)) == 100)
        #expect(Percentile.of(100, among: Array(1...101)) == 101)
        #expect(Percentile.of(1, among: Array(1...100)) == 1)
    }

    @Test func soManyPercentDoNotExceedIt() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let values = (0...random.below(40)).map { _ in random.below(20) }
            let percent = 1 + random.below(100)
            guard let found = Percentile.of(percent, among: values) else { return "nothing" }
            let atMost = values.count { $0 <= found }
            let below = values.count { $0 < found }
            if atMost * 100 < values.count * percent { return "too small: \(percent) of \(values) is \(found)" }
            return below * 100 >= values.count * percent ? "too large: \(percent) of \(values) is \(found)" : nil
        }
        #expect(failures.isEmpty, "\(failures)")
    }
}
