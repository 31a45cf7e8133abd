import Bridge
import Reconciliation
import Testing
import Webhooks

struct RelayDecoderTests {
    private static let account = AccountID("constant-contact")

    private func decode(_ body: String) throws(UndecodableDelivery) -> [Observation] {
        try decode(Array(body.utf8))
    }

    private func decode(_ body: [UInt8]) throws(UndecodableDelivery) -> [Observation] {
        let delivery = AcceptedDelivery(
            account: Self.account,
            source: "constant-contact",
            deliveryID: "msg_1",
            body: body,
            receivedAt: Timestamp(seconds: 1_772_357_400)
        )
        return try WebhookDecoder().observations(in: delivery)
    }

    private func optOut(
        _ email: String = "ada@example.org",
        by author: Author = .provider,
        isComplaint: Bool = false,
        at milliseconds: Int64? = nil,
        reason: String? = nil
    ) -> [Observation] {
        let report = OptOutReport(
            account: Self.account,
            address: Address(compared: email),
            by: author,
            isComplaint: isComplaint,
            occurredAt: milliseconds.map { Timestamp(milliseconds: $0) },
            reason: reason
        )
        return [.optOutReported(report)]
    }

    private func body(type: String = "contact.unsubscribed", _ data: String, timestamp: String? = nil) -> String {
        let time = timestamp.map { #""timestamp":\#($0),"# } ?? ""
        return #"{"type":"\#(type)",\#(time)"data":\#(data)}"#
    }

    @Test func readsAnUnsubscribe() throws {
        let data = #"{"email":" Ada@Example.ORG ","reason":"preference page","source":"person"}"#
        #expect(
            try decode(body(data, timestamp: #""2026-03-01T09:30:00Z""#))
                == optOut(by: .person, at: 1_772_357_400_000, reason: "preference page")
        )
    }

    @Test(arguments: [
        (#""person""#, Author.person), (#""operator""#, .operator), (#""robot""#, .provider), (#""""#, .provider),
        ("null", .provider), ("7", .provider), ("{}", .provider),
    ])
    func readsWhoDidIt(source: String, author: Author) throws {
        #expect(try decode(body(#"{"email":"ada@example.org","source":\#(source)}"#)) == optOut(by: author))
    }

    @Test(arguments: [#""person""#, #""operator""#, "null"])
    func takesEveryComplaintForThePersons(source: String) throws {
        let text = body(type: "contact.complained", #"{"email":"ada@example.org","source":\#(source)}"#)
        #expect(try decode(text) == optOut(by: .person, isComplaint: true))
    }

    @Test func readsABounce() throws {
        let text = body(
            type: "contact.bounced",
            #"{"email":"ada@example.org","reason":"550"}"#,
            timestamp: #""2026-03-01T09:30:00Z""#
        )
        let report = BounceReport(
            account: Self.account,
            address: Address(compared: "ada@example.org"),
            occurredAt: Timestamp(seconds: 1_772_357_400),
            reason: "550"
        )
        #expect(try decode(text) == [.bounceReported(report)])
    }

    @Test(arguments: [
        ("2026-03-01T09:30:00Z", 1_772_357_400_000 as Int64?),
        ("2026-03-01t09:30:00z", 1_772_357_400_000),
        ("2026-03-01 09:30:00Z", 1_772_357_400_000),
        ("2026-03-01T10:30:00+01:00", 1_772_357_400_000),
        ("2026-03-01T10:30:00+0100", 1_772_357_400_000),
        ("2026-03-01T10:30:00+01", 1_772_357_400_000),
        ("2026-03-01T04:00:00-05:30", 1_772_357_400_000),
        ("2026-03-01T09:30:00-00:00", 1_772_357_400_000),
        ("2026-03-01T09:30:00.2Z", 1_772_357_400_200),
        ("2026-03-01T09:30:00,25Z", 1_772_357_400_250),
        ("2026-03-01T09:30:00.2509999999999999999999Z", 1_772_357_400_250),
        ("2026-03-01T09:29:60Z", 1_772_357_400_000),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.5Z", -500),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        // No moment is named, so the time is unknown.
        ("2026-03-01T09:30:00", nil), ("2026-03-01", nil), ("2026-02-29T00:00:00Z", nil), ("1900-02-29T00:00:00Z", nil),
        ("2026-13-01T00:00:00Z", nil), ("2026-00-01T00:00:00Z", nil), ("2026-03-00T00:00:00Z", nil),
        ("2026-03-01T24:00:00Z", nil), ("2026-03-01T09:60:00Z", nil), ("2026-03-01T09:30:61Z", nil),
        ("2026-03-01T09:30:00.Z", nil), ("2026-03-01T09:30:00+24:00", nil), ("2026-03-01T09:30:00Zulu", nil),
        ("1 Mar 2026", nil), ("", nil), ("Z", nil),
    ])
    func readsTimes(text: String, milliseconds: Int64?) throws {
        let decoded = try decode(body(#"{"email":"ada@example.org"}"#, timestamp: "\"\(text)\""))
        #expect(decoded == optOut(at: milliseconds))
    }

    @Test(arguments: ["null", "1772357400", "{}", "[]", "true"])
    func takesATimeOfAnotherKindForUnknown(timestamp: String) throws {
        #expect(try decode(body(#"{"email":"ada@example.org"}"#, timestamp: timestamp)) == optOut())
    }

    @Test(arguments: ["contact.subscribed", "contact.opened", "Contact.Unsubscribed", "workbooks.record.changed", ""])
    func ignoresOtherTypes(type: String) throws {
        #expect(try decode(body(type: type, "null")) == [])
    }

    @Test(arguments: [
        "{}", #"{"email":null}"#, #"{"email":""}"#, #"{"email":"  "}"#, #"{"email":7}"#, #"{"email":["a@b.c"]}"#,
        #"{"email":"no address"}"#, #"{"email":"@example.org"}"#, #"{"email":"ada@"}"#, #"{"Email":"ada@example.org"}"#,
        #"{"email":"a\u0000b@example.org"}"#, #"{"email":"a b@example.org"}"#, "[]", "null", "7",
    ])
    func cannotReadADeliveryWithoutAnAddress(data: String) {
        #expect(throws: UndecodableDelivery.self) { try decode(body(data)) }
    }

    @Test(arguments: ["\u{200B}", "\u{FEFF}", "\u{2060}", "\u{202A}", "\u{00AD}", " \u{200B} "])
    func passesOverInvisibleCharactersAroundAnAddress(character: String) throws {
        #expect(try decode(body(#"{"email":"\#(character)Ada@example.org\#(character)"}"#)) == optOut())
    }

    @Test(arguments: ["a\u{200B}da@example.org", "ada@\u{2060}example.org", "ada@example.\u{00AD}org"])
    func anInvisibleCharacterWithinAnAddressIsSeenBySomebody(email: String) {
        #expect(throws: UndecodableDelivery(reason: "`data.email` has an invisible character in it")) {
            try decode(body(#"{"email":"\#(email)"}"#))
        }
    }

    @Test(arguments: ["\u{200B}", "\u{FEFF} \u{200D}"])
    func invisibleCharactersAloneAreNoAddress(email: String) {
        #expect(throws: UndecodableDelivery(reason: "`data.email` is missing, blank or not a text")) {
            try decode(body(#"{"email":"\#(email)"}"#))
        }
    }

    @Test func cannotReadAnEndlessAddress() {
        let email = String(repeating: "a", count: 400) + "@example.org"
        #expect(throws: UndecodableDelivery(reason: "`data.email` is not an email address")) {
            try decode(body(#"{"email":"\#(email)"}"#))
        }
    }

    @Test func passesOverUnknownKeys() throws {
        let text = #"{"v":[1,{"a":null}],"type":"contact.unsubscribed","data":{"x":1e999,"email":"ada@example.org"}}"#
        #expect(try decode(text) == optOut())
    }

    @Test func readsAddressesBeyondASCII() throws {
        #expect(try decode(body(#"{"email":"J\u00f8rgen@Example.org"}"#)) == optOut("jørgen@example.org"))
        #expect(try decode(body(#"{"email":"JØRGEN@example.org"}"#)) == optOut("jørgen@example.org"))
    }

    @Test func keepsTheReasonPrintableAndShort() throws {
        let text = body(#"{"email":"ada@example.org","reason":"a\u0000b\u001b[31m\nc"}"#)
        #expect(try decode(text) == optOut(reason: "a b [31m c"))
        let long = body(#"{"email":"ada@example.org","reason":"\#(String(repeating: "r", count: 5000))"}"#)
        #expect(try decode(long) == optOut(reason: String(repeating: "r", count: 500)))
        #expect(try decode(body(#"{"email":"ada@example.org","reason":""}"#)) == optOut())
        #expect(try decode(body(#"{"email":"ada@example.org","reason":[1]}"#)) == optOut())
    }

    @Test func survivesKeysThatAreThereTwice() throws {
        let text =
            #"{"type":"contact.unsubscribed","type":"contact.unsubscribed","data":{"email":"ada@example.org","email":"ada@example.org"}}"#
        #expect(try decode(text) == optOut())
    }

    @Test func survivesSurrogatesWithoutPartners() {
        #expect(throws: UndecodableDelivery.self) { try decode(body(#"{"email":"\ud800@example.org"}"#)) }
    }

    @Test func tellsNoAddressInItsReasons() {
        for data in [#"{"email":"ada secret@example.org"}"#, #"{"email":"ada secret@example.org"#] {
            do {
                _ = try decode(body(data))
                Issue.record("decoded")
            } catch {
                #expect(!error.reason.contains("secret"))
            }
        }
    }
}
