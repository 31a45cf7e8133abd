import Reconciliation
import Store
import Testing

struct LinksTests {
    private let account = AccountID("constant-contact")

    private func dueAt(madeDueAt second: Int64?) async throws -> Int64 {
        let store = try await TemporaryStore()
        let account = account
        return try await store.write { connection in
            let id = try #require(
                try Links.insert(
                    campaign: CampaignID(1),
                    account: account,
                    listName: "News",
                    intervalMilliseconds: 900_000,
                    unsubscribedStatus: "Unsubscribed",
                    leavingStatuses: ["Unsubscribed"],
                    at: Timestamp(seconds: 100),
                    in: connection
                )
            )
            if let second {
                try Links.makeDue(campaign: nil, at: Timestamp(seconds: second), in: connection)
            }
            try Links.ran(
                id,
                at: Timestamp(seconds: 200),
                until: Timestamp(seconds: 210),
                scanned: true,
                in: connection
            )
            return try #require(try Links.find(id, in: connection)).dueAt.seconds
        }
    }

    /// Otherwise whoever asked for the run would wait for the next one by interval.
    @Test(arguments: [201, 210]) func staysDueWhenARunWasAskedForWhileItRan(second: Int64) async throws {
        #expect(try await dueAt(madeDueAt: second) == second)
    }

    @Test(arguments: [nil, 150, 200, 1_000] as [Int64?])
    func isDueAgainAnIntervalAfterTheRunBegan(madeDueAt second: Int64?) async throws {
        #expect(try await dueAt(madeDueAt: second) == 1_100)
    }
}
