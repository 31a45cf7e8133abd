import Bridge
import Reconciliation
import Testing

@Suite struct ReportScheduleTests {
    private static let hour: Int64 = 3_600
    private static let day: Int64 = 86_400

    private func pause(atAge age: Int64) -> Int64? {
        let sent = Timestamp(seconds: 1_772_712_000)
        let looked = sent.advanced(bySeconds: age)
        return ReportSchedule.nextLook(sentAt: sent, lookedAt: looked).map {
            ($0.milliseconds - looked.milliseconds) / 1000
        }
    }

    @Test(arguments: [
        (Int64(0), Int64(3_600)), (86_399, 3_600), (86_400, 21_600), (259_199, 21_600), (259_200, 86_400),
        (1_209_599, 86_400), (1_209_600, 604_800), (5_183_999, 604_800),
    ])
    func thinsOutWithTheMailingsAge(age: Int64, pause: Int64) {
        #expect(self.pause(atAge: age) == pause)
    }

    @Test func endsAfterSixtyDays() {
        #expect(pause(atAge: 60 * Self.day) == nil)
        #expect(pause(atAge: 400 * Self.day) == nil)
    }

    @Test func looksAtOnceAtWhatIsSaidToComeFromTheFuture() {
        #expect(pause(atAge: -Self.day) == Self.hour)
    }

    /// 24 on the first day, 8 to the third, 11 to the fourteenth, 7 to the sixtieth, and a last one after it.
    @Test func aMailingCostsAFewDozenLooks() {
        let sent = Timestamp(seconds: 1_772_712_000)
        var looks = 0
        var next: Timestamp? = sent
        while let at = next {
            looks += 1
            next = ReportSchedule.nextLook(sentAt: sent, lookedAt: at)
        }
        #expect(looks == 24 + 8 + 11 + 7 + 1)
    }

    @Test(arguments: [(0, Int64(0)), (1, 0), (2, 2), (24, 24), (1_000, 24)])
    func aLargeReportIsReadFromItsBeginningDailyAtMost(pages: Int, hours: Int64) {
        let read = Timestamp(seconds: 0)
        #expect(ReportSchedule.nextWhole(pages: pages, readAt: read) == Timestamp(seconds: hours * Self.hour))
    }
}
