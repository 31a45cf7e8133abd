import Bridge
import Reconciliation
import Testing
import Webhooks

/// Bodies that no source would send, held against both decoders.
struct DeliveryBodyTests {
    private func decode(_ body: [UInt8], source: String) throws(UndecodableDelivery) -> [Observation] {
        let delivery = AcceptedDelivery(
            account: AccountID(source),
            source: source,
            deliveryID: "msg_1",
            body: body,
            receivedAt: Timestamp(seconds: 0)
        )
        return try WebhookDecoder().observations(in: delivery)
    }

    private static let sources = ["workbooks", "constant-contact"]

    @Test(
        arguments: sources,
        [
            ("", "the body is empty"),
            (" ", "the body is not JSON, or is nested too deeply"),
            ("hello", "the body is not JSON, or is nested too deeply"),
            ("{", "the body is not JSON, or is nested too deeply"),
            ("{'type':'x'}", "the body is not JSON, or is nested too deeply"),
            (#"{"type":"x"} trailing"#, "the body is not JSON, or is nested too deeply"),
            ("[]", "the body is JSON, but not an object"),
            ("null", "the body is JSON, but not an object"),
            ("7", "the body is JSON, but not an object"),
            (#""text""#, "the body is JSON, but not an object"),
            ("{}", "`type` is missing or is not a text"),
            (#"{"type":null}"#, "`type` is missing or is not a text"),
            (#"{"type":7}"#, "`type` is missing or is not a text"),
            (#"{"type":["contact.unsubscribed"]}"#, "`type` is missing or is not a text"),
        ]
    )
    func saysWhatIsWrong(source: String, example: (body: String, reason: String)) {
        #expect(throws: UndecodableDelivery(reason: example.reason)) {
            try decode(Array(example.body.utf8), source: source)
        }
    }

    @Test(
        arguments: sources,
        [
            [0xFF, 0xFE], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
            // UTF-16 of {}, which JSON parsers like to guess.
            [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00],
            Array(#"{"type":""#.utf8) + [0x80] + Array(#""}"#.utf8),
        ] as [[UInt8]]
    )
    func saysThatItIsNotUTF8(source: String, body: [UInt8]) {
        #expect(throws: UndecodableDelivery(reason: "the body is not UTF-8")) { try decode(body, source: source) }
    }

    @Test(arguments: sources, ["[", #"{"data":"#, #"{"type":"x","data":["#])
    func survivesDeepNesting(source: String, unit: String) {
        let body = Array(String(repeating: unit, count: (1 << 20) / unit.utf8.count).utf8)
        #expect(throws: UndecodableDelivery.self) { try decode(body, source: source) }
        let closed = Array((String(repeating: "[", count: 500_000) + String(repeating: "]", count: 500_000)).utf8)
        #expect(throws: UndecodableDelivery.self) { try decode(closed, source: source) }
    }

    @Test(arguments: sources)
    func survivesHugeBodies(source: String) throws {
        let numbers = #"{"type":"other","data":["# + String(repeating: "1,", count: 500_000) + "1]}"
        #expect(try decode(Array(numbers.utf8), source: source) == [])
        let keys = (0..<50_000).map { #""k\#($0)":0"# }.joined(separator: ",")
        #expect(try decode(Array(#"{"type":"other",\#(keys)}"#.utf8), source: source) == [])
        let text = #"{"type":""# + String(repeating: "t", count: 1_000_000) + #""}"#
        #expect(try decode(Array(text.utf8), source: source) == [])
    }

    @Test(arguments: sources)
    func readsABodyThatStartsWithAByteOrderMark(source: String) throws {
        #expect(try decode([0xEF, 0xBB, 0xBF] + Array(#"{"type":"other"}"#.utf8), source: source) == [])
    }

    @Test func knowsItsSources() {
        #expect(throws: UndecodableDelivery(reason: "no decoder for the source `fax`")) {
            try decode(Array("{}".utf8), source: "fax")
        }
    }
}
