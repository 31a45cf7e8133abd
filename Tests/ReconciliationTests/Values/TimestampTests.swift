import Reconciliation
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [(0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2)])
    func roundsSecondsTowardsThePast(milliseconds: Int64, seconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).seconds == seconds)
    }

    @Test func movesBySeconds() {
        #expect(Timestamp(seconds: 10).advanced(bySeconds: -20) == Timestamp(seconds: -10))
    }
}
