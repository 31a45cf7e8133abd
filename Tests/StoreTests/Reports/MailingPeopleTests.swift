import Reconciliation
import Testing

@testable import Store

@Suite struct MailingPeopleTests {
    private let temporary: TemporaryStore
    private let ada = Address(compared: "ada@example.org")

    init() async throws {
        temporary = try await TemporaryStore()
        try await temporary.connect("cc")
    }

    private func row(_ act: MailingAct, _ address: Address? = nil, at seconds: Int64? = 10, reason: String? = nil)
        -> MailingPeople.Row
    {
        let moment = seconds.map { Timestamp(seconds: $0) }
        return MailingPeople.Row(
            mailing: 1,
            act: act,
            address: address ?? ada,
            firstAt: moment,
            lastAt: moment,
            reason: reason
        )
    }

    @Test func joinsRepetitionsToTheFirstAndTheLastTime() async throws {
        let rows = [row(.opened, at: 20), row(.opened, at: 5), row(.opened, at: nil), row(.opened, at: 30)]
        let people = try await temporary.write { connection in
            for row in rows { try MailingPeople.save(row, in: connection) }
            return try MailingPeople.people(of: 1, acts: [.opened], in: connection)
        }
        #expect(people.count == 1)
        #expect(people.first?.firstAt == Timestamp(seconds: 5))
        #expect(people.first?.lastAt == Timestamp(seconds: 30))
    }

    @Test func mailThatCameBackForGoodDidNotComeBackForTheMoment() async throws {
        let rows = [row(.softBounced), row(.hardBounced), row(.softBounced)]
        let counts = try await temporary.write { connection in
            for row in rows { try MailingPeople.save(row, in: connection) }
            return try MailingPeople.counts(of: 1, in: connection)
        }
        #expect(counts == [.hardBounced: 1])
    }

    @Test func onlyWhatConcernsConsentWaitsAndASecondSightingDoesNotWakeIt() async throws {
        let rows = MailingAct.allCases.filter { $0 != .softBounced }.map { row($0) }
        let (waiting, settled, again) = try await temporary.write { connection in
            for row in rows { try MailingPeople.save(row, in: connection) }
            let waiting = try MailingPeople.waiting(of: 1, limit: 10, in: connection)
            for row in waiting { try MailingPeople.settle(row, event: 7, in: connection) }
            let settled = try MailingPeople.waiting(of: 1, limit: 10, in: connection)
            for row in rows { try MailingPeople.save(row, in: connection) }
            return (waiting, settled, try MailingPeople.waiting(of: 1, limit: 10, in: connection))
        }
        #expect(Set(waiting.map(\.act)) == [.optedOut, .complained, .hardBounced])
        #expect(settled.isEmpty)
        #expect(again.isEmpty)
    }

    @Test func waitingRowsArePagedInOrder() async throws {
        let rows = (1...5).map { row(.optedOut, Address(compared: "p\($0)@example.org")) } + [row(.complained)]
        let pages = try await temporary.write { connection in
            for row in rows { try MailingPeople.save(row, in: connection) }
            let first = try MailingPeople.waiting(of: 1, limit: 4, in: connection)
            return (first, try MailingPeople.waiting(of: 1, after: first.last, limit: 4, in: connection))
        }
        #expect(pages.0.count == 4)
        #expect(pages.1.count == 2)
        #expect(Set((pages.0 + pages.1).map(\.address)).count == 6)
    }

    @Test func countsFirstTimesBySpans() async throws {
        let rows = [(1, Int64(100)), (2, 150), (3, 260), (4, 99), (5, 400)].map { number, at in
            row(.opened, Address(compared: "p\(number)@example.org"), at: at)
        }
        let spans = try await temporary.write { connection in
            for row in rows { try MailingPeople.save(row, in: connection) }
            return try MailingPeople.spans(
                of: 1,
                act: .opened,
                from: Timestamp(seconds: 100),
                seconds: 100,
                count: 3,
                in: connection
            )
        }
        #expect(spans == [0: 2, 1: 1])
    }

    @Test func anErasedAddressIsReplacedAndItsReasonGoes() async throws {
        let rows = [row(.optedOut, reason: "ada@example.org has had enough"), row(.opened)]
        try await temporary.write { connection in for row in rows { try MailingPeople.save(row, in: connection) } }
        _ = try await temporary.store.erase(ada, at: Timestamp(seconds: 100))
        let people = try await temporary.read { try MailingPeople.people(of: 1, acts: [.optedOut, .opened], in: $0) }
        #expect(people.count == 2)
        #expect(people.allSatisfy { $0.address.isErased && $0.reason == nil })
        #expect(try await !temporary.store.holds(ada))
    }
}
