import Reconciliation
import Testing

@testable import Store

@Suite struct MailingsTests {
    private let temporary: TemporaryStore
    private let account = AccountID("cc")
    private let moment = Timestamp(seconds: 1_000)

    init() async throws {
        temporary = try await TemporaryStore()
        try await temporary.connect("cc")
    }

    /// Stores a mailing to a list that a campaign is linked with.
    private func fill() async throws {
        let (account, moment) = (account, moment)
        try await temporary.write { connection in
            let link = try Links.insert(
                campaign: CampaignID(1),
                account: account,
                listName: "Spring",
                intervalMilliseconds: 1,
                unsubscribedStatus: "U",
                leavingStatuses: [],
                at: moment,
                in: connection
            )
            try Links.listMade(try #require(link), list: ListID("l"), in: connection)
            for (id, list) in [("m1", "l"), ("m2", "other")] {
                try Mailings.save(
                    MailingID(id),
                    name: id,
                    sentAt: moment,
                    lists: [ListID(list)],
                    account: account,
                    at: moment,
                    in: connection
                )
            }
            try Mailings.join(account: account, in: connection)
            try Mailings.join(account: account, in: connection)
        }
    }

    private func due(at seconds: Int64) async throws -> [MailingID] {
        let account = account
        return try await temporary.read {
            try Mailings.due(of: account, at: Timestamp(seconds: seconds), in: $0).map(\.mailing)
        }
    }

    @Test func onlyMailToALinkedListIsDue() async throws {
        try await fill()
        #expect(try await due(at: 1_000) == [MailingID("m1")])
        #expect(try await due(at: 999) == [])
    }

    @Test func oneThatWasMadeDueWhileItWasReadStaysDue() async throws {
        try await fill()
        let (account, moment) = (account, moment)
        try await temporary.write { connection in
            let mailing = try #require(try Mailings.find(MailingID("m1"), account: account, in: connection))
            try Mailings.makeDue(account: account, at: Timestamp(seconds: 1_005), in: connection)
            try Mailings.looked(mailing.id, from: moment, next: Timestamp(seconds: 5_000), in: connection)
        }
        #expect(try await due(at: 1_005) == [MailingID("m1")])
        try await temporary.write { connection in
            let mailing = try #require(try Mailings.find(MailingID("m1"), account: account, in: connection))
            try Mailings.looked(mailing.id, from: Timestamp(seconds: 1_005), next: nil, in: connection)
            try Mailings.makeDue(account: account, at: Timestamp(seconds: 1_006), in: connection)
        }
        #expect(try await due(at: 9_000) == [])
    }

    @Test func oneThatIsGoneKeepsItsTotals() async throws {
        try await fill()
        let (account, moment) = (account, moment)
        let mailing = try await temporary.write { connection in
            let found = try #require(try Mailings.find(MailingID("m1"), account: account, in: connection))
            let totals = MailingTotals(sent: 5, opened: 4, optedOut: 1, countedAt: moment)
            try Mailings.count(totals, of: found.id, at: moment, in: connection)
            try Mailings.gone(found.id, at: Timestamp(seconds: 2_000), in: connection)
            return try Mailings.find(MailingID("m1"), account: account, in: connection)
        }
        #expect(mailing?.totals == MailingTotals(sent: 5, opened: 4, optedOut: 1, countedAt: moment))
        #expect(mailing?.deletedAt == Timestamp(seconds: 2_000))
        #expect(try await due(at: 9_000) == [])
    }

    @Test func aWalkIsKeptAndForgotten() async throws {
        try await fill()
        let account = account
        var reading = MailingReading()
        reading.readTo = Timestamp(seconds: 5)
        reading.walk = MailingReading.Walk(began: Timestamp(seconds: 6), since: nil)
        reading.walk?.next = "page 2"
        let stored = reading
        let (kept, after) = try await temporary.write { connection in
            try MailingReadings.set(stored, of: 1, report: "opens", in: connection)
            let kept = try MailingReadings.of(1, report: "opens", in: connection)
            try MailingReadings.forget(account: account, in: connection)
            return (kept, try MailingReadings.of(1, report: "opens", in: connection))
        }
        #expect(kept == reading)
        #expect(after == MailingReading())
    }
}
