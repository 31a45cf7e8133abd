import Reconciliation
import Store
import Testing

@Suite struct UnansweredRecordsTests {
    private let person = RecordID(.person, 7)
    private let lead = RecordID(.lead, 7)

    /// What is due at a second, of a person noted at some seconds.
    private func isDue(notedAt seconds: [Int64], at second: Int64) async throws -> Bool {
        let (store, person) = (try await TemporaryStore(), person)
        return try await store.write { connection in
            for noted in seconds {
                try UnansweredRecords.note([person], at: Timestamp(seconds: noted), in: connection)
            }
            return try UnansweredRecords.all(dueAt: Timestamp(seconds: second), in: connection) == [person]
        }
    }

    @Test func areAskedForAgainAfterAnHour() async throws {
        #expect(try await !isDue(notedAt: [0], at: 3_599))
        #expect(try await isDue(notedAt: [0], at: 3_600))
    }

    /// A quarter of the time that they were away.
    @Test func areAskedForMoreSeldomTheLongerTheyAreAway() async throws {
        #expect(try await !isDue(notedAt: [0, 86_400], at: 86_400 + 21_599))
        #expect(try await isDue(notedAt: [0, 86_400], at: 86_400 + 21_600))
    }

    @Test func areToldOnceWhenTheyAreBack() async throws {
        let (store, person, lead) = (try await TemporaryStore(), person, lead)
        try await store.write { connection in
            try UnansweredRecords.note([person], at: Timestamp(seconds: 0), in: connection)
            #expect(try UnansweredRecords.remove([person, lead], in: connection) == [person])
            #expect(try UnansweredRecords.remove([person], in: connection).isEmpty)
            #expect(try UnansweredRecords.all(dueAt: nil, in: connection).isEmpty)
        }
    }
}
