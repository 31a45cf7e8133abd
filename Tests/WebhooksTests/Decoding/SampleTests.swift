import Bridge
import Reconciliation
import Testing
import Webhooks

/// The samples in the repository's webhooks folder, as senders may take them for examples.
struct SampleTests {
    private func decode(_ source: String) throws -> [String: [Observation]] {
        try Repository.samples(of: source).mapValues { body in
            try WebhookDecoder().observations(
                in: AcceptedDelivery(
                    account: AccountID(source),
                    source: source,
                    deliveryID: "sample",
                    body: body,
                    receivedAt: Timestamp(seconds: 0)
                )
            )
        }
    }

    @Test func readsTheSamplesOfWorkbooks() throws {
        #expect(
            try decode("workbooks") == [
                "person-changed": [.changeHinted(.record(RecordID(.person, 4711)))],
                "lead-changed": [.changeHinted(.record(RecordID(.lead, 1_330_400)))],
                "member-changed": [.changeHinted(.member(MemberID(77120)))],
                "campaign-changed": [.changeHinted(.campaign(CampaignID(5300)))],
                "something-changed": [.changeHinted(.anything)],
                "organisation-changed": [],
                "unknown-type": [],
                "subscription-person": [.changeHinted(.record(RecordID(.person, 4_318_900)))],
                "subscription-lead": [.changeHinted(.record(RecordID(.lead, 1_330_400)))],
                "subscription-campaign": [.changeHinted(.campaign(CampaignID(5300)))],
            ]
        )
    }

    @Test func readsTheSamplesOfMailchimp() throws {
        let account = AccountID("mailchimp")
        func hint(_ addresses: String...) -> [Observation] {
            addresses.map { .changeHinted(.contact(account, Address(compared: $0))) }
        }
        func optOut(
            _ address: String,
            minute: Int64,
            _ reason: String,
            by author: Author = .person,
            isComplaint: Bool = false
        ) -> [Observation] {
            [
                .optOutReported(
                    OptOutReport(
                        account: account,
                        address: Address(compared: address),
                        by: author,
                        isComplaint: isComplaint,
                        occurredAt: Timestamp(seconds: 1_767_603_600 + 60 * minute),
                        reason: reason,
                        isStampedByAccount: true
                    )
                )
            ]
        }
        let mailing = "campaign 9f8e7d6c5b"
        #expect(
            try decode("mailchimp") == [
                "unsubscribe": optOut("ann.lee@example.com", minute: 15, "manual, \(mailing)"),
                "unsubscribe-abuse": optOut("cy@example.net", minute: 22, "abuse, \(mailing)", isComplaint: true),
                "unsubscribe-without-action": optOut("cy@example.net", minute: 23, "manual", by: .provider),
                "cleaned-abuse": optOut("bo@example.org", minute: 21, "abuse, \(mailing)", isComplaint: true),
                "cleaned-hard": hint("bo@example.org"),
                "archived": hint("cy@example.net"),
                "subscribe": hint("ann.lee@example.com"),
                "profile": hint("ann.lee@example.com"),
                "upemail": hint("anne@example.com", "ann.lee@example.com"),
                "campaign": [.changeHinted(.mailing(account))],
                "batch-completed": [.changeHinted(.bulkChange(account, id: "7c6b5a4f3e"))],
                "unknown-type": [],
            ]
        )
    }

    @Test func readsTheSamplesOfTheRelay() throws {
        let account = AccountID("constant-contact")
        func optOut(
            _ address: String,
            _ author: Author,
            at milliseconds: Int64?,
            _ reason: String?,
            isComplaint: Bool = false
        ) -> [Observation] {
            [
                .optOutReported(
                    OptOutReport(
                        account: account,
                        address: Address(compared: address),
                        by: author,
                        isComplaint: isComplaint,
                        occurredAt: milliseconds.map { Timestamp(milliseconds: $0) },
                        reason: reason
                    )
                )
            ]
        }
        let start: Int64 = 1_772_357_400_000
        let bounce = BounceReport(
            account: account,
            address: Address(compared: "nobody@example.org"),
            occurredAt: Timestamp(milliseconds: start + 690_000),
            reason: "550 5.1.1 no such user"
        )
        #expect(
            try decode("constant-contact") == [
                "unsubscribed": optOut(
                    "ada.marsh@example.org",
                    .person,
                    at: start,
                    "left through the preference page"
                ),
                "unsubscribed-by-operator": optOut(
                    "ben.ortiz@example.com",
                    .operator,
                    at: start - 1_672_750,
                    "asked by telephone"
                ),
                "unsubscribed-bare": optOut("cara.lund@example.net", .provider, at: nil, nil),
                "complained": optOut(
                    "ada.marsh@example.org",
                    .person,
                    at: start + 600_000,
                    "feedback loop",
                    isComplaint: true
                ),
                "bounced": [.bounceReported(bounce)],
                "unknown-type": [],
            ]
        )
    }
}
