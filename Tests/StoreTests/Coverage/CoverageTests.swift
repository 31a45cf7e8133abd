import Reconciliation
import Store
import Testing

@Suite struct CoverageTests {
    private let store: TemporaryStore
    private let account = AccountID("cc")

    init() async throws {
        store = try await TemporaryStore()
        try await store.connect("cc")
    }

    @Test func aSourceIsHeardFromItsFirstTickToItsLast() async throws {
        let account = account
        let (none, source) = try await store.write { connection in
            let none = try Coverage.source(.poll, of: account, in: connection)
            try Coverage.tick(
                .poll,
                of: account,
                at: .init(seconds: 20),
                from: .init(seconds: 10),
                isRunning: true,
                in: connection
            )
            try Coverage.tick(
                .poll,
                of: account,
                at: .init(seconds: 40),
                from: .init(seconds: 30),
                isRunning: true,
                in: connection
            )
            // A reading that began earlier and ended later takes nothing back.
            try Coverage.tick(.poll, of: account, at: .init(seconds: 35), isRunning: true, in: connection)
            try Coverage.setRunning(false, .poll, of: account, in: connection)
            return (none, try Coverage.source(.poll, of: account, in: connection))
        }
        #expect(none == nil)
        #expect(
            source
                == CoverageSource(
                    account: account,
                    kind: .poll,
                    coveredFrom: .init(seconds: 10),
                    tickAt: .init(seconds: 40),
                    isRunning: false
                )
        )
    }

    @Test func aGapThatGoesOnIsOpenedOnceAndClosedOnce() async throws {
        let account = account
        let gap = CoverageGap(account: account, kind: .poll, cause: .killed, beganAt: .init(seconds: 5))
        let (first, again, open, closed) = try await store.write { connection in
            let first = try Coverage.open(gap, in: connection)
            let again = try Coverage.open(gap, in: connection)
            let open = try Coverage.openGaps(of: account, in: connection)
            try Coverage.close(try #require(open.first).id, by: "opt-out poll", at: .init(seconds: 9), in: connection)
            try Coverage.close(try #require(open.first).id, by: "twice", at: .init(seconds: 10), in: connection)
            return (first, again, open, try Coverage.closedGaps(of: account, limit: 5, in: connection))
        }
        #expect(first)
        #expect(!again)
        #expect(open.map(\.cause) == [.killed])
        #expect(open.map(\.endedAt) == [nil])
        #expect(closed.map(\.closedBy) == ["opt-out poll"])
        #expect(closed.map(\.endedAt) == [.init(seconds: 9)])
        #expect(try await store.read { try Coverage.openGaps(of: account, in: $0) }.isEmpty)
    }

    @Test(
        arguments: [
            (CoverageGap.Cause.stopped, false, true), (.killed, false, true), (.restored, false, true),
            (.reconnected, false, true), (.missed, false, false), (.missed, true, true),
        ]
    )
    func whatKeepsAdditionsBack(_ cause: CoverageGap.Cause, isBaseline: Bool, keepsBack: Bool) async throws {
        let account = account
        let found = try await store.write { connection in
            try Coverage.open(
                CoverageGap(
                    account: account,
                    kind: .poll,
                    cause: cause,
                    beganAt: .init(seconds: 1),
                    isBaseline: isBaseline
                ),
                in: connection
            )
            return try Coverage.keepsAdditionsBack(in: connection)
        }
        #expect(found == keepsBack)
    }

    @Test func aRouteThatWasNotListenedToKeepsNobodyBack() async throws {
        let account = account
        let found = try await store.write { connection in
            try Coverage.open(
                CoverageGap(account: account, kind: .webhook, cause: .killed, beganAt: .init(seconds: 1)),
                in: connection
            )
            return try Coverage.keepsAdditionsBack(in: connection)
        }
        #expect(!found)
    }

    @Test func aLongGapBecomesABaselineAndOneBeyondTheProvidersMemoryNeedsAWalk() async throws {
        let account = account
        let gaps = try await store.write { connection in
            for began in [100, 200] {
                try Coverage.open(
                    CoverageGap(
                        account: account,
                        kind: .poll,
                        cause: began == 100 ? .killed : .missed,
                        beganAt: .init(seconds: Int64(began))
                    ),
                    in: connection
                )
            }
            try Coverage.makeBaseline(.poll, of: account, beganBefore: .init(seconds: 200), in: connection)
            try Coverage.demandWalk(of: account, beganBefore: .init(seconds: 150), in: connection)
            return try Coverage.openGaps(of: account, in: connection)
        }
        #expect(gaps.map(\.isBaseline) == [true, false])
        #expect(gaps.map(\.needsWalk) == [true, false])
        let baseline = try await store.read { try Coverage.baseline(of: account, in: $0) }
        #expect(baseline.isBaseline)
        #expect(!baseline.isRestored)
    }

    @Test func refusedDeliveriesAreAGapFromTheLastOneThatWasTaken() async throws {
        let account = account
        let gaps = try await store.write { connection in
            try Coverage.tick(.webhook, of: account, at: .init(seconds: 10), isRunning: true, in: connection)
            _ = try Inbox.insert(Self.delivery("one", at: 50), on: connection)
            try Coverage.refused(account: account, at: .init(seconds: 80), in: connection)
            try Coverage.refused(account: account, at: .init(seconds: 90), in: connection)
            return try Coverage.openGaps(of: account, in: connection)
        }
        #expect(gaps.map(\.cause) == [.refused])
        #expect(gaps.map(\.beganAt) == [.init(seconds: 50)])
        #expect(gaps.map(\.endedAt) == [.init(seconds: 90)])
    }

    @Test func refusedDeliveriesAfterAReadingBackAreAShortGap() async throws {
        let account = account
        let gaps = try await store.write { connection in
            try Coverage.tick(.webhook, of: account, at: .init(seconds: 10), isRunning: true, in: connection)
            try Coverage.refused(account: account, at: .init(seconds: 80), in: connection)
            let first = try #require(try Coverage.openGaps(of: account, in: connection).first)
            try Coverage.close(first.id, by: "opt-out poll", at: .init(seconds: 85), in: connection)
            try Coverage.refused(account: account, at: .init(seconds: 90), in: connection)
            return [first] + (try Coverage.openGaps(of: account, in: connection))
        }
        #expect(gaps.map(\.beganAt) == [.init(seconds: 10), .init(seconds: 80)])
    }

    @Test func whatAnAccountMissedGoesWithTheAccount() async throws {
        let account = account
        try await store.write { connection in
            try Coverage.tick(.poll, of: account, at: .init(seconds: 1), isRunning: true, in: connection)
            try Coverage.open(
                CoverageGap(account: account, kind: .poll, cause: .killed, beganAt: .init(seconds: 1)),
                in: connection
            )
            try Accounts.remove(account, on: connection)
        }
        #expect(try await store.read { try Coverage.source(.poll, of: account, in: $0) } == nil)
        #expect(try await store.read { try !Coverage.keepsAdditionsBack(in: $0) })
    }

    private static func delivery(_ id: String, at second: Int64) -> InboxDelivery {
        InboxDelivery(
            account: AccountID("cc"),
            source: "constant-contact",
            deliveryID: id,
            digest: Array(id.utf8),
            body: [],
            receivedAt: .init(seconds: second)
        )
    }
}
