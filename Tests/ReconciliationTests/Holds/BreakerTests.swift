import Reconciliation
import Testing

@Suite struct BreakerTests {
    private let breaker = Breaker()

    @Test(arguments: [
        (0, 200), (3_000, 200), (4_000, 200), (4_020, 201), (100_000, 5_000),
    ])
    func theLimitIsTwoHundredRowsOrFivePercent(size: Int, limit: Int) {
        #expect(breaker.limit(ofList: size) == limit)
        #expect(breaker.allows(total: limit, ofList: size, isHeld: false))
        #expect(!breaker.allows(total: limit + 1, ofList: size, isHeld: false))
    }

    @Test func whatBelongsToAHeldRunIsHeld() {
        #expect(!breaker.allows(total: 1, ofList: 1_000_000, isHeld: true))
    }

    @Test func moreRowsAreNeverMoreUsual() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let breaker = Breaker(rows: random.below(300), percent: random.below(101))
            let size = random.below(50_000)
            let total = random.below(50_000)
            let fewer = total - random.below(total + 1)
            if breaker.allows(total: total, ofList: size, isHeld: false),
                !breaker.allows(total: fewer, ofList: size, isHeld: false)
            {
                return "\(total) of \(size) pass and \(fewer) do not"
            }
            // What passes in parts is counted together: no way of cutting a run up lets more of it pass.
            var passed = 0
            while passed < total, breaker.allows(total: passed + 1, ofList: size, isHeld: false) { passed += 1 }
            return passed <= max(breaker.rows, size * breaker.percent / 100) ? nil : "\(passed) of \(size) passed"
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    @Test func aReadingWithNothingLeftOrLessThanHalfIsSuspicious() {
        for (missing, known, isSuspicious) in [
            (0, 100, false), (1, 1, false), (2, 2, false), (3, 3, true), (100, 100, true), (9, 12, false),
            (10, 20, false), (11, 20, true), (50, 1_000, false),
        ] {
            #expect(Breaker.isSuspicious(missing: missing, of: known) == isSuspicious, "\(missing) of \(known)")
        }
    }

    @Test func manyThatAreNotAnsweredTogetherAreHiddenAndNotGone() {
        for (unanswered, asked, isHeld, isHiding) in [
            (0, 10, true, false), (1, 1, false, false), (9, 9, false, false), (10, 10, false, true),
            (10, 20, false, false), (11, 20, false, true), (1, 1, true, true), (1, 100, true, true),
        ] {
            #expect(
                Breaker.isHiding(unanswered: unanswered, of: asked, isHeld: isHeld) == isHiding,
                "\(unanswered) of \(asked)"
            )
        }
    }
}
