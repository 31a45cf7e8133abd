import Bridge
import Reconciliation
import Testing
import Webhooks

struct WorkbooksNotificationDecoderTests {
    private func decode(
        type: String = "workbooks.record.changed",
        _ data: String
    ) throws(UndecodableDelivery) -> [Observation] {
        let delivery = AcceptedDelivery(
            account: AccountID("workbooks"),
            source: "workbooks",
            deliveryID: "wb_1",
            body: Array(#"{"type":"\#(type)","timestamp":"2026-03-01T09:30:00Z","data":\#(data)}"#.utf8),
            receivedAt: Timestamp(seconds: 0)
        )
        return try WebhookDecoder().observations(in: delivery)
    }

    @Test(arguments: [
        ("Private::Crm::Person", ChangeHint.record(RecordID(.person, 4711))),
        ("Private::Crm::SalesLead", .record(RecordID(.lead, 4711))),
        ("Private::Crm::CampaignMembership", .member(MemberID(4711))),
        ("Private::Crm::MarketingCampaign", .campaign(CampaignID(4711))),
    ])
    func pointsAtTheRecord(resource: String, hint: ChangeHint) throws {
        #expect(try decode(#"{"resource":"\#(resource)","id":4711,"lock_version":12}"#) == [.changeHinted(hint)])
        #expect(try decode(#"{"resource":"\#(resource)","id":"4711"}"#) == [.changeHinted(hint)])
    }

    @Test(arguments: ["{}", #"{"id":null}"#, #"{"resource":"Private::Crm::Person","id":null}"#, #"{"resource":"x"}"#])
    func looksAtEverythingWithoutAnID(data: String) throws {
        #expect(try decode(data) == [.changeHinted(.anything)])
    }

    @Test(arguments: ["Private::Crm::Organisation", "Private::Accounting::Invoice"])
    func ignoresClassesThatNobodyReads(resource: String) throws {
        #expect(try decode(#"{"resource":"\#(resource)","id":4711}"#) == [])
    }

    @Test(arguments: ["workbooks.process.finished", "contact.unsubscribed", ""])
    func ignoresOtherTypes(type: String) throws {
        #expect(try decode(type: type, "null") == [])
    }

    @Test(arguments: [
        #"{"resource":"Person","id":4711}"#, #"{"resource":7,"id":4711}"#, #"{"id":4711}"#,
        #"{"resource":"Private::Crm::Person","id":0}"#, #"{"resource":"Private::Crm::Person","id":-1}"#,
        #"{"resource":"Private::Crm::Person","id":1.5}"#, #"{"resource":"Private::Crm::Person","id":"PERS-1"}"#,
        #"{"resource":"Private::Crm::Person","id":99999999999999999999}"#,
        #"{"resource":"Private::Crm::Person","id":{}}"#,
        "null", "[]", "7",
    ])
    func cannotReadWhatPointsAtNothing(data: String) {
        #expect(throws: UndecodableDelivery.self) { try decode(data) }
    }
}
