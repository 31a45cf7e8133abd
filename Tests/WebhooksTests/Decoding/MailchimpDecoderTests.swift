import Bridge
import Reconciliation
import Testing
import Webhooks

struct MailchimpDecoderTests {
    private static let account = AccountID("mailchimp")
    private static let firedAt = Timestamp(seconds: 1_767_604_500)

    private func decode(_ body: String) throws(UndecodableDelivery) -> [Observation] {
        try decode(Array(body.utf8))
    }

    private func decode(_ body: [UInt8]) throws(UndecodableDelivery) -> [Observation] {
        let delivery = AcceptedDelivery(
            account: Self.account,
            source: "mailchimp",
            deliveryID: "digest",
            body: body,
            receivedAt: Timestamp(seconds: 1_767_604_510)
        )
        return try WebhookDecoder().observations(in: delivery)
    }

    private func hint(_ addresses: String...) -> [Observation] {
        addresses.map { .changeHinted(.contact(Self.account, Address(compared: $0))) }
    }

    private func optOut(
        _ address: String = "ann@example.com",
        by author: Author = .provider,
        isComplaint: Bool = false,
        at moment: Timestamp? = Self.firedAt,
        reason: String? = nil
    ) -> [Observation] {
        [
            .optOutReported(
                OptOutReport(
                    account: Self.account,
                    address: Address(compared: address),
                    by: author,
                    isComplaint: isComplaint,
                    occurredAt: moment,
                    reason: reason,
                    isStampedByAccount: true
                )
            )
        ]
    }

    private func body(_ type: String, _ data: String = "data[email]=ann%40example.com") -> String {
        "type=\(type)&fired_at=2026-01-05+09%3A15%3A00&\(data)&data[list_id]=a1b2c3d4e5"
    }

    @Test(arguments: ["", "&data[action]=", "&data[action]=unsub"])
    func takesAnUnsubscribeForAnOptOutOfNobodyKnowsWhom(action: String) throws {
        let text = body("unsubscribe", "data[email]=+Ann%40Example.COM+&data[reason]=manual\(action)")
        #expect(try decode(text) == optOut(reason: "manual"))
    }

    @Test func takesAnUnsubscribeFromAMailForThePersonsAndKeepsTheMailing() throws {
        let text = body("unsubscribe", "data[email]=ann%40example.com&data[reason]=manual&data[campaign_id]=9f8e")
        #expect(try decode(text) == optOut(by: .person, reason: "manual, campaign 9f8e"))
    }

    @Test(arguments: ["unsubscribe", "cleaned"])
    func takesAbuseForAComplaintWhicheverWayItIsTold(type: String) throws {
        let text = body(type, "data[email]=ann%40example.com&data[reason]=abuse")
        #expect(try decode(text) == optOut(by: .person, isComplaint: true, reason: "abuse"))
    }

    @Test(arguments: [
        ("unsubscribe", "&data[action]=delete"), ("unsubscribe", "&data[action]=archive"),
        ("unsubscribe", "&data[action]=delete&data[reason]=abuse"), ("cleaned", "&data[reason]=hard"), ("cleaned", ""),
        ("subscribe", ""), ("profile", ""),
    ])
    func looksAtWhateverIsNoOptOutByItself(type: String, rest: String) throws {
        #expect(try decode(body(type, "data[email]=ann%40example.com\(rest)")) == hint("ann@example.com"))
    }

    @Test func looksAtBothAddressesOfAChangedOne() throws {
        let both = "data[new_email]=anne%40example.com&data[old_email]=ann%40example.com"
        #expect(try decode(body("upemail", both)) == hint("anne@example.com", "ann@example.com"))
        #expect(try decode(body("upemail", "data[new_email]=anne%40example.com")) == hint("anne@example.com"))
        #expect(try decode(body("upemail", "data[old_email]=ann%40example.com")) == hint("ann@example.com"))
        let same = "data[new_email]=Ann%40example.com&data[old_email]=ann%40example.com"
        #expect(try decode(body("upemail", same)) == hint("ann@example.com"))
        #expect(throws: UndecodableDelivery.self) { try decode(body("upemail", "data[new_id]=1")) }
    }

    @Test func looksAtTheReportsAfterAMailing() throws {
        #expect(try decode(body("campaign", "data[id]=9f8e")) == [.changeHinted(.mailing(Self.account))])
    }

    @Test func looksAtABatchThatEndedAndBelievesNothingOfIt() throws {
        let rest =
            "data[id]=9f8e&data[status]=finished&data[errored_operations]=0&data[response_body_url]=https%3A%2F%2Fx"
        #expect(
            try decode(body("batch_operation_completed", rest))
                == [.changeHinted(.bulkChange(Self.account, id: "9f8e"))]
        )
    }

    @Test(arguments: [
        "", "data[id]=", "data[id]=%FF", "data[id]=1&data[id]=2", "data[id]=" + String(repeating: "9", count: 201),
    ])
    func aBatchWithoutAnIDIsNobodys(rest: String) throws {
        #expect(try decode(body("batch_operation_completed", rest)) == [])
    }

    @Test(arguments: ["hibernate", "sms_subscribe", "Unsubscribe", "contact.unsubscribed"])
    func ignoresOtherTypes(type: String) throws {
        #expect(try decode(body(type, "data[email]=%")) == [])
    }

    @Test(arguments: [
        "", "&", "fired_at=x", "type=", "type=%zz&data[email]=a%40b.c", "type=%FF&data[email]=a%40b.c",
        "type=unsubscribe&type=profile&data[email]=a%40b.c", "type=unsubscribe", "type=unsubscribe&data[email]=",
        "type=unsubscribe&data[email]=nobody", "type=unsubscribe&data[email]=%",
        "type=unsubscribe&data[email]=%C3%40b.c",
        "type=unsubscribe&data[email]=a%40b.c&data[email]=d%40b.c", "type=profile&data[email]=a%00%40b.c",
        "type=cleaned&data[Email]=a%40b.c", "%%%&&&=[[[", #"{"type":"unsubscribe","data":{"email":"a@b.c"}}"#,
    ])
    func cannotReadADeliveryWithoutTypeOrAddress(text: String) {
        #expect(throws: UndecodableDelivery.self) { try decode(text) }
    }

    @Test func survivesBytesThatAreNoText() throws {
        #expect(throws: UndecodableDelivery.self) { try decode([0xFF, 0xFE, 0x00]) }
        let broken = Array("type=profile&data[email]=ann%40example.com&data[merges][FNAME]=".utf8) + [0xFF]
        #expect(try decode(broken) == hint("ann@example.com"))
    }

    @Test func readsWhatMattersBesideWhatCannotBeRead() throws {
        let text = body("unsubscribe", "data[merges][X]=%zz&data[email]=ann%40example.com&data[reason]=%&x[y][z]=1")
        #expect(try decode(text) == optOut())
    }

    @Test func findsTheAddressInTheMergeFields() throws {
        #expect(try decode(body("unsubscribe", "data[merges][EMAIL]=ann%40example.com")) == optOut())
        let blank = "data[email]=&data[merges][EMAIL]=ann%40example.com"
        #expect(try decode(body("profile", blank)) == hint("ann@example.com"))
    }

    @Test func doesNotLookPastAnAddressThatCannotBeRead() {
        let text = body("unsubscribe", "data[email]=%zz&data[merges][EMAIL]=ann%40example.com")
        #expect(throws: UndecodableDelivery(reason: "`data[email]` cannot be decoded")) { try decode(text) }
    }

    @Test(arguments: [
        ("2026-01-05+09%3A15%3A00", 1_767_604_500 as Int64?), ("2026-01-05T09%3A15%3A00%2B00%3A00", 1_767_604_500),
        ("2026-01-05", nil), ("2026-02-30+09%3A15%3A00", nil), ("soon", nil), ("", nil), ("%", nil),
    ])
    func readsTheTimeAsUTC(text: String, seconds: Int64?) throws {
        let decoded = try decode("type=unsubscribe&fired_at=\(text)&data[email]=ann%40example.com")
        #expect(decoded == optOut(at: seconds.map { Timestamp(seconds: $0) }))
    }

    @Test func tellsNoAddressInItsReasons() {
        for text in ["type=profile&data[email]=ann+secret%40example.com", "type=profile&data[email]=secret"] {
            do {
                _ = try decode(text)
                Issue.record("decoded")
            } catch {
                #expect(!error.reason.contains("secret"))
            }
        }
    }
}
