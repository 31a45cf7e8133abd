import Reconciliation
import Store
import Testing

@Suite struct InboxTests {
    private let store: TemporaryStore

    init() async throws {
        store = try await TemporaryStore()
    }

    private func delivery(_ id: String, account: String = "workbooks", at second: Int64 = 100) -> InboxDelivery {
        InboxDelivery(
            account: AccountID(account),
            source: "workbooks",
            deliveryID: id,
            digest: [UInt8](repeating: 9, count: 32),
            headers: #"{"webhook-id":"x"}"#,
            body: Array("{}".utf8),
            receivedAt: Timestamp(seconds: second)
        )
    }

    private func insert(_ delivery: InboxDelivery) async throws -> Inbox.Insertion {
        try await store.write { try Inbox.insert(delivery, on: $0) }
    }

    private func claim(limit: Int = 10, at second: Int64 = 200) async throws -> [InboxEntry] {
        try await store.write { try Inbox.claimWaiting(limit: limit, now: Timestamp(seconds: second), on: $0) }
    }

    @Test func keepsOneRowPerAccountAndID() async throws {
        #expect(try await insert(delivery("a")) == .accepted)
        #expect(try await insert(delivery("a", at: 101)) == .repeated)
        #expect(try await insert(delivery("b")) == .accepted)
        #expect(try await insert(delivery("a", account: "other")) == .accepted)
        #expect(try await store.read { try Inbox.counts(on: $0) } == InboxCounts(waiting: 3, dead: 0))
    }

    @Test func keepsOneRowOfManyAtOnce() async throws {
        let repeated = delivery("a")
        let store = store
        let outcomes = try await withThrowingTaskGroup(of: Inbox.Insertion.self) { group in
            for _ in 0..<50 {
                group.addTask { try await store.write { try Inbox.insert(repeated, on: $0) } }
            }
            return try await group.reduce(into: [Inbox.Insertion]()) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == .accepted }.count == 1)
    }

    @Test func doesNotTakeADecidedDeliveryAgain() async throws {
        _ = try await insert(delivery("a"))
        let id = try #require(try await claim().first).id
        try await store.write { _ = try Inbox.markDone(id, now: Timestamp(seconds: 300), on: $0) }
        #expect(try await insert(delivery("a")) == .repeated)
        #expect(try await claim().isEmpty)
    }

    @Test func marksManyDoneAtOnceAndCountsThoseThatWaited() async throws {
        for id in ["a", "b", "c"] { _ = try await insert(delivery(id)) }
        let ids = try await claim().map(\.id)
        let marked = try await store.write { connection in
            try Inbox.markDead(ids[1], reason: "no JSON", now: Timestamp(seconds: 299), on: connection)
            return try Inbox.markDone(ids, now: Timestamp(seconds: 300), on: connection)
        }
        #expect(marked == 2)
        let states = try await store.read { connection in try ids.map { try Inbox.show($0, on: connection)?.state } }
        #expect(states == [.done, .dead, .done])
    }

    @Test func handsOutWhatIsDueInOrder() async throws {
        for id in ["a", "b", "c"] { _ = try await insert(delivery(id)) }
        _ = try await insert(delivery("later", at: 500))
        let entries = try await claim(limit: 2)
        #expect(entries.map(\.delivery.deliveryID) == ["a", "b"])
        #expect(entries.first?.delivery == delivery("a"))
        #expect(try await claim().map(\.delivery.deliveryID) == ["a", "b", "c"])
    }

    @Test func putsOffAndCountsTheAttempt() async throws {
        _ = try await insert(delivery("a"))
        let id = try #require(try await claim().first).id
        try await store.write { connection in
            _ = try Inbox.retryLater(id, notBefore: Timestamp(seconds: 250), reason: "busy", on: connection)
        }
        #expect(try await claim(at: 249).isEmpty)
        let entry = try #require(try await claim(at: 250).first)
        #expect(entry.attempts == 1)
        #expect(entry.error == "busy")
        #expect(try await store.read { try Inbox.nextDue(on: $0) } == Timestamp(seconds: 250))
    }

    @Test func handsOutWhatIsToldApart() async throws {
        for (id, account) in [("a", "workbooks"), ("b", "cc"), ("c", "gone"), ("d", "workbooks")] {
            _ = try await insert(delivery(id, account: account))
        }
        let ids = try await claim().map(\.id)
        try await store.write { connection in
            try Inbox.markTold(Array(ids.prefix(3)), on: connection)
            _ = try Inbox.retryLater(ids[0], notBefore: Timestamp(seconds: 150), reason: "busy", on: connection)
        }
        #expect(try await claim().map(\.delivery.deliveryID) == ["d"])
        #expect(try await told(.only(AccountID("cc"))) == ["b"])
        // What was put off comes after what nobody has tried.
        #expect(try await told(.others([AccountID("cc")])) == ["c", "a"])
        #expect(try await told(.others([])) == ["b", "c", "a"])
        // Decided again, it is looked at again.
        try await store.write { connection in
            try Inbox.markDone(ids[1], now: Timestamp(seconds: 160), on: connection)
            _ = try Inbox.replay(ids[1], now: Timestamp(seconds: 170), on: connection)
        }
        #expect(try await claim().map(\.delivery.deliveryID) == ["d", "b"])
    }

    private func told(_ sender: InboxSender) async throws -> [String] {
        try await store.read { connection in
            try Inbox.claimTold(of: sender, limit: 10, now: Timestamp(seconds: 200), on: connection)
                .map(\.delivery.deliveryID)
        }
    }

    @Test func keepsADeadLetterUntilItIsReplayed() async throws {
        _ = try await insert(delivery("a"))
        let id = try #require(try await claim().first).id
        let (killed, again) = try await store.write { connection in
            (
                try Inbox.markDead(id, reason: "no JSON", now: Timestamp(seconds: 300), on: connection),
                try Inbox.markDone(id, now: Timestamp(seconds: 301), on: connection)
            )
        }
        #expect(killed)
        #expect(!again)
        #expect(try await store.read { try Inbox.counts(on: $0) } == InboxCounts(waiting: 0, dead: 1))
        let dead = try await store.read { try Inbox.show(id, on: $0) }
        #expect(dead?.state == .dead)
        #expect(dead?.error == "no JSON")
        #expect(dead?.decidedAt == Timestamp(seconds: 300))
        let replayed = try await store.write { try Inbox.replay(id, now: Timestamp(seconds: 400), on: $0) }
        #expect(replayed)
        #expect(try await claim(at: 400).map(\.id) == [id])
        #expect(try await store.write { try Inbox.replay(id, now: Timestamp(seconds: 400), on: $0) } == false)
    }

    @Test func listsPagesNewestFirst() async throws {
        for number in 1...5 { _ = try await insert(delivery("\(number)")) }
        try await store.write { _ = try Inbox.markDead(2, reason: "x", now: Timestamp(seconds: 1), on: $0) }
        let first = try await store.read { try Inbox.list(limit: 2, on: $0) }
        #expect(first.map(\.deliveryID) == ["5", "4"])
        let last = first.last?.id
        let second = try await store.read { try Inbox.list(before: last, limit: 9, on: $0) }
        #expect(second.map(\.deliveryID) == ["3", "2", "1"])
        let dead = try await store.read { try Inbox.list(state: .dead, limit: 9, on: $0) }
        #expect(dead.map(\.deliveryID) == ["2"])
        #expect(dead.first?.bytes == 2)
    }

    @Test func removesOnlyWhatWasDoneLongAgo() async throws {
        for id in ["a", "b", "c"] { _ = try await insert(delivery(id)) }
        let removed = try await store.write { connection in
            try Inbox.markDone(1, now: Timestamp(seconds: 10), on: connection)
            try Inbox.markDone(2, now: Timestamp(seconds: 30), on: connection)
            try Inbox.markDead(3, reason: "x", now: Timestamp(seconds: 10), on: connection)
            return try Inbox.removeDone(before: Timestamp(seconds: 20), on: connection)
        }
        #expect(removed == 1)
        #expect(try await store.read { try Inbox.list(limit: 9, on: $0) }.map(\.id) == [3, 2])
    }

    @Test func findsOpenDeliveriesByIndex() async throws {
        let plan = try await store.read { connection in
            try connection.rows(
                """
                EXPLAIN QUERY PLAN SELECT id FROM inbox
                WHERE state = 'waiting' AND state <> 'done' AND is_told = 0 AND not_before <= 5
                ORDER BY not_before, id LIMIT 5
                """
            ) { $0.text(3) }
        }
        #expect(plan.count == 1)
        #expect(plan.first?.contains("inbox_open") == true, "\(plan)")
    }
}
