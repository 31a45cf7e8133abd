import Reconciliation
import Store
import Testing

struct DirtyTests {
    private let account = AccountID("constant-contact")

    @Test func handsOutTheUrgentLaneFirstAndThenWhatHasWaitedLongest() async throws {
        let store = try await TemporaryStore()
        let account = account
        let texts = try await store.write { connection in
            func mark(_ text: String, lane: Int, at second: Int64, notBefore: Int64? = nil) throws {
                try Dirty.mark(
                    Address(compared: text),
                    account: account,
                    lane: lane,
                    reason: "test",
                    at: Timestamp(seconds: second),
                    notBefore: notBefore.map { Timestamp(seconds: $0) },
                    in: connection
                )
            }
            try mark("single@example.org", lane: 3, at: 1)
            try mark("later@example.org", lane: 1, at: 20)
            try mark("put-off@example.org", lane: 1, at: 5, notBefore: 30)
            try mark("first@example.org", lane: 1, at: 10)
            try mark("not-yet@example.org", lane: 1, at: 2, notBefore: 101)
            try mark("bulk@example.org", lane: 4, at: 0)
            return try Dirty.next(
                account: account,
                lanes: 1...3,
                at: Timestamp(seconds: 100),
                limit: 10,
                in: connection
            ).map(\.address.text)
        }
        #expect(
            texts == ["first@example.org", "later@example.org", "put-off@example.org", "single@example.org"]
        )
    }

    /// A round must not cost more the more waits.
    @Test func readsARoundInTheOrderOfItsIndex() async throws {
        let store = try await TemporaryStore()
        let plan = try await store.read { connection in
            try connection.rows(
                """
                EXPLAIN QUERY PLAN SELECT address, lane, version, attempts, since, id FROM dirty
                WHERE account = 'a' AND lane BETWEEN 1 AND 3 AND not_before <= 1
                ORDER BY lane, not_before, since, id LIMIT 1
                """
            ) { $0.text(3) }
        }
        #expect(plan.count == 1 && plan[0].contains("dirty_by_lane"), "\(plan)")
    }
}
