import Reconciliation
import Testing

@Suite struct OptOutLatenessTests {
    /// 2026-11-20 was a Friday, 09:00 UTC.
    private static let friday = Timestamp(seconds: 1_795_165_200)
    private static let hour: Int64 = 3600
    private static let day: Int64 = 86_400

    @Test func knowsTheDaysOfTheWeek() {
        // 1970-01-01 was a Thursday.
        let days = (0..<7).map { BusinessDays.isBusinessDay(Timestamp(seconds: $0 * Self.day)) }
        #expect(days == [true, true, false, false, true, true, true])
        #expect(!BusinessDays.isBusinessDay(Timestamp(seconds: -4 * Self.day)))
        #expect(BusinessDays.isBusinessDay(Timestamp(milliseconds: -3 * Self.day * 1000 - 1)) == false)
        #expect(BusinessDays.isBusinessDay(Self.friday))
        #expect(!BusinessDays.isBusinessDay(Self.friday.advanced(bySeconds: Self.day)))
    }

    @Test func weekendsDoNotCount() {
        #expect(BusinessDays.moment(1, after: Self.friday) == Self.friday.advanced(bySeconds: 3 * Self.day))
        #expect(BusinessDays.moment(5, after: Self.friday) == Self.friday.advanced(bySeconds: 7 * Self.day))
        #expect(BusinessDays.moment(10, after: Self.friday) == Self.friday.advanced(bySeconds: 14 * Self.day))
        let saturday = Self.friday.advanced(bySeconds: Self.day)
        #expect(BusinessDays.moment(1, after: saturday) == saturday.advanced(bySeconds: 2 * Self.day))
        #expect(BusinessDays.moment(0, after: saturday) == saturday)
    }

    @Test func warnsBeforeEachTerm() {
        func after(_ seconds: Int64) -> OptOutLateness {
            OptOutLateness(since: Self.friday, at: Self.friday.advanced(bySeconds: seconds))
        }
        #expect(after(0) == .inTime)
        #expect(after(36 * Self.hour - 1) == .inTime)
        #expect(after(36 * Self.hour) == .nearing48Hours)
        #expect(after(48 * Self.hour - 1) == .nearing48Hours)
        #expect(after(48 * Self.hour) == .past48Hours)
        // Eight business days from a Friday end on the Wednesday of the week after next.
        #expect(after(12 * Self.day - 1) == .past48Hours)
        #expect(after(12 * Self.day) == .nearing10BusinessDays)
        #expect(after(14 * Self.day - 1) == .nearing10BusinessDays)
        #expect(after(14 * Self.day) == .past10BusinessDays)
    }

    @Test func neverGetsEarlier() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let start = Timestamp(seconds: Int64(random.below(2_000_000_000)))
            let sooner = start.advanced(bySeconds: Int64(random.below(20 * 86_400)))
            let later = sooner.advanced(bySeconds: Int64(random.below(20 * 86_400)))
            let (first, second) = (OptOutLateness(since: start, at: sooner), OptOutLateness(since: start, at: later))
            return second < first ? "\(first) and then \(second)" : nil
        }
        #expect(failures.isEmpty, "\(failures)")
    }
}
