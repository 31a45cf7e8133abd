import Bridge
import Reconciliation
import Testing
import Webhooks

struct WorkbooksSubscriptionDecoderTests {
    private func decode(_ body: String) throws(UndecodableDelivery) -> [ChangeHint] {
        let delivery = AcceptedDelivery(
            account: AccountID("workbooks"),
            source: "workbooks",
            deliveryID: "digest",
            body: Array(body.utf8),
            receivedAt: Timestamp(seconds: 1_767_604_510)
        )
        return try WebhookDecoder().observations(in: delivery).compactMap {
            if case .changeHinted(let hint) = $0 { hint } else { nil }
        }
    }

    @Test(arguments: [
        (#"[{"person":{"id":4711}}]"#, [ChangeHint.record(RecordID(.person, 4711))]),
        (#" [{"person":{"id":"4711","name":null}}]"#, [.record(RecordID(.person, 4711))]),
        (#"[{"sales_lead":{"id":7}}]"#, [.record(RecordID(.lead, 7))]),
        (#"[{"lead":{"id":7}}]"#, [.record(RecordID(.lead, 7))]),
        (
            #"[{"marketing_campaign":{"id":5}},{"campaign":{"id":6}}]"#,
            [.campaign(CampaignID(5)), .campaign(CampaignID(6))]
        ),
        (
            #"[{"person":{"id":1}},{"person":{"id":1}},{"person":{"id":2}}]"#,
            [
                .record(RecordID(.person, 1)), .record(RecordID(.person, 2)),
            ]
        ),
        (#"[{}]"#, []),
    ])
    func readsNewRecords(body: String, hints: [ChangeHint]) throws {
        #expect(try decode(body) == hints)
    }

    @Test(arguments: [
        #"[{"person":{}}]"#, #"[{"person":null}]"#, #"[{"person":{"id":null}}]"#, #"[{"person":{"id":0}}]"#,
        #"[{"person":7}]"#, #"[{"visitor":{"id":7}}]"#, #"[{"person":{"id":1}},{"visitor":{"id":7}}]"#,
    ])
    func takesWhatItCannotMakeOutForAnyChange(body: String) throws {
        #expect(try decode(body) == [.anything])
    }

    @Test(arguments: ["[", "[]", "[[[", "[7]", "[null]", #"[{"person":{"id":1}}"#])
    func cannotReadWhatIsNoArrayOfObjects(body: String) {
        #expect(throws: UndecodableDelivery.self) { try decode(body) }
    }
}
