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
    func whatKeepsAdditionsBackAtOnce(_ cause: CoverageGap.Cause, isBaseline: Bool, keepsBack: Bool) async throws {
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
            return try Self.keepsBack(at: 2, in: connection)
        }
        #expect(found == keepsBack)
    }

    @Test(arguments: [(60, 900), (300, 900), (600, 1_800)] as [(Int64, Int64)])
    func anAccountThatIsUnreadForTooLongKeepsAdditionsBack(interval: Int64, bound: Int64) async throws {
        let account = account
        let found = try await store.write { connection in
            try connection.execute("UPDATE account SET poll_interval_ms = \(interval * 1000)")
            try Coverage.tick(.poll, of: account, at: .init(seconds: 1), isRunning: true, in: connection)
            let unread = [
                try Self.keepsBack(at: 1 + bound, in: connection), try Self.keepsBack(at: 2 + bound, in: connection),
            ]
            let awaited = try Coverage.awaitedReadings(
                at: .init(seconds: 2 + bound),
                patienceSeconds: 900,
                in: connection
            )
            try Coverage.open(
                CoverageGap(account: account, kind: .poll, cause: .missed, beganAt: .init(seconds: 1)),
                in: connection
            )
            // It was read meanwhile, but not over the gap.
            try Coverage.tick(.poll, of: account, at: .init(seconds: bound), isRunning: true, in: connection)
            let gap = [
                try Self.keepsBack(at: 1 + bound, in: connection), try Self.keepsBack(at: 2 + bound, in: connection),
            ]
            return (unread, awaited, gap)
        }
        #expect(found.0 == [false, true])
        #expect(found.1.map(\.account) == [account])
        #expect(found.1.map(\.since) == [.init(seconds: 1)])
        #expect(found.2 == [false, true])
    }

    @Test func aGapThatWasReadBackIsNotGrownOrWalkedAnyMore() async throws {
        let account = account
        let gaps = try await store.write { connection in
            var gap = CoverageGap(account: account, kind: .webhook, cause: .killed, beganAt: .init(seconds: 1))
            gap.endedAt = .init(seconds: 2)
            try Coverage.open(gap, in: connection)
            let id = try #require(try Coverage.openGaps(of: account, in: connection).first).id
            try Coverage.readBack(id, at: .init(seconds: 3), in: connection)
            gap.beganAt = .init(seconds: 5)
            gap.endedAt = .init(seconds: 6)
            try Coverage.open(gap, in: connection)
            try Coverage.demandWalk(of: account, beganBefore: .init(seconds: 4), in: connection)
            return try Coverage.openGaps(of: account, in: connection)
        }
        #expect(gaps.map(\.endedAt) == [.init(seconds: 2), .init(seconds: 6)])
        #expect(gaps.map(\.readBackAt) == [.init(seconds: 3), nil])
        #expect(gaps.map(\.needsWalk) == [false, false])
    }

    @Test func uptimeLeavesOutWhatWasMissedAgain() async throws {
        let account = account
        let uptime = try await store.write { connection in
            for (began, ended) in [(10, 20), (50, 80)] {
                try Coverage.open(
                    CoverageGap(
                        account: account,
                        kind: .webhook,
                        cause: began == 10 ? .killed : .stopped,
                        beganAt: .init(seconds: Int64(began)),
                        endedAt: .init(seconds: Int64(ended))
                    ),
                    in: connection
                )
            }
            try Coverage.tick(.webhook, of: account, at: .init(seconds: 100), isRunning: true, in: connection)
            return try Coverage.openGaps(of: account, in: connection).map {
                try Coverage.uptime(since: $0, in: connection)
            }
        }
        #expect(uptime == [50_000, 20_000])
    }

    @Test(
        arguments: [
            (.killed, 100, nil, nil), (.killed, 101, nil, 1), (.refused, 500, 450, nil), (.refused, 500, 10, 400),
            (.restored, 3, nil, 3),
        ] as [(CoverageGap.Cause, Int64, Int64?, Int64?)]
    )
    func whatCannotComeAgain(cause: CoverageGap.Cause, end: Int64, refusedFrom: Int64?, lostTo: Int64?) async throws {
        let gap = CoverageGap(
            account: account,
            kind: .webhook,
            cause: cause,
            beganAt: .init(seconds: 0),
            endedAt: .init(seconds: end),
            firstRefusedAt: refusedFrom.map { .init(seconds: $0) }
        )
        #expect(DeliveryWindow(seconds: 100).lost(in: gap)?.to == lostTo.map { .init(seconds: $0) })
        let (account, window) = (account, DeliveryWindow(seconds: 100))
        let listed = try await store.write { connection in
            try Coverage.open(gap, in: connection)
            return try Coverage.lostDeliveries(of: account, window: window, in: connection).map(\.to)
        }
        #expect(listed == [lostTo].compactMap { $0.map { .init(seconds: $0) } })
    }

    @Test func somebodyWhoWasGivenASecretOrHasSentMaySend() async throws {
        let account = account
        let found = try await store.write { connection in
            let first = try Coverage.hasSender(account, in: connection)
            _ = try Inbox.insert(Self.delivery("one", at: 50), on: connection)
            let sent = try Coverage.hasSender(account, in: connection)
            try connection.execute("DELETE FROM inbox")
            try WebhookSecrets.noteGivenOut(of: account, on: connection)
            return [first, sent, try Coverage.hasSender(account, in: connection)]
        }
        #expect(found == [false, true, true])
    }

    @Test func aRouteThatWasNotListenedToKeepsNobodyBack() async throws {
        let account = account
        let found = try await store.write { connection in
            try Coverage.open(
                CoverageGap(account: account, kind: .webhook, cause: .killed, beganAt: .init(seconds: 1)),
                in: connection
            )
            return try Self.keepsBack(at: 2, in: connection)
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
        #expect(try await store.read { try !Self.keepsBack(at: 2, in: $0) })
    }

    private static func keepsBack(at second: Int64, in connection: any SQLConnection) throws -> Bool {
        try !Coverage.awaitedReadings(at: .init(seconds: second), patienceSeconds: 900, in: connection).isEmpty
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
