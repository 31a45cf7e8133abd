import HTTPTypes
import Reconciliation
import Testing
import Webhooks

struct DeliveryProofTests {
    private static let body = #"{"type":"contact.unsubscribed"}"#
    private static let now = Timestamp(seconds: 1_772_357_400)

    private func verify(
        _ headers: SignedHeaders,
        body: String = Self.body,
        keys: [SigningKey],
        now: Timestamp = Self.now
    ) throws(RefusedProof) {
        let proof = try DeliveryProof(Self.fields(headers))
        let refusal = Array(body.utf8).withUnsafeBytes { proof.refusal(of: $0, keys: keys, now: now) }
        if let refusal { throw refusal }
    }

    private static func fields(_ headers: SignedHeaders) -> HTTPFields {
        var fields = HTTPFields()
        let all = [
            ("Webhook-Id", headers.id), ("webhook-timestamp", headers.timestamp),
            ("webhook-signature", headers.signature),
        ]
        for (name, value) in all {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }

    private func signed(secondsFromNow offset: Int64 = 0, secret: UInt8 = 1) throws -> SignedHeaders {
        SignedHeaders(seconds: Self.now.seconds + offset, body: Self.body, secret: try .of(secret))
    }

    @Test(arguments: [0, 1, -1, 299, -299, 300, -300])
    func acceptsTimesWithinTolerance(offset: Int64) throws {
        try verify(signed(secondsFromNow: offset), keys: [SigningKey(.of(1))])
    }

    @Test(arguments: [301, -301, 3600, -86_400])
    func refusesTimesOutsideTolerance(offset: Int64) {
        #expect(throws: RefusedProof.outsideTolerance) {
            try verify(signed(secondsFromNow: offset), keys: [SigningKey(.of(1))])
        }
    }

    @Test func countsTheToleranceInWholeSeconds() throws {
        let late = Timestamp(milliseconds: Self.now.milliseconds + 300_999)
        try verify(signed(), keys: [SigningKey(.of(1))], now: late)
        #expect(throws: RefusedProof.outsideTolerance) {
            try verify(
                signed(),
                keys: [SigningKey(.of(1))],
                now: Timestamp(milliseconds: Self.now.milliseconds + 301_000)
            )
        }
    }

    @Test func refusesAnotherBody() {
        #expect(throws: RefusedProof.noMatchingSignature) {
            try verify(signed(), body: Self.body + " ", keys: [SigningKey(.of(1))])
        }
    }

    @Test func refusesAnotherID() throws {
        var headers = try signed()
        headers.id = "msg_2"
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(headers, keys: [SigningKey(.of(1))]) }
    }

    @Test func refusesAnotherTimestamp() throws {
        var headers = try signed()
        headers.timestamp = String(Self.now.seconds + 1)
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(headers, keys: [SigningKey(.of(1))]) }
    }

    @Test func refusesTheSameNumberWrittenOtherwise() throws {
        var headers = try signed()
        headers.timestamp = "0" + headers.timestamp
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(headers, keys: [SigningKey(.of(1))]) }
    }

    @Test func refusesAnotherSecret() {
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(signed(), keys: [SigningKey(.of(2))]) }
    }

    @Test func refusesEverythingWithoutKeys() {
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(signed(), keys: []) }
    }

    @Test func acceptsASignatureOfAnyOfTheKeys() throws {
        let keys = [SigningKey(try .of(2)), SigningKey(try .of(1)), SigningKey(try .of(3))]
        try verify(signed(secret: 1), keys: keys)
        try verify(signed(secret: 2), keys: keys)
        try verify(signed(secret: 3), keys: keys)
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(signed(secret: 4), keys: keys) }
    }

    @Test func acceptsOneGoodSignatureAmongSeveral() throws {
        let good = try signed().signature
        let other = try signed(secret: 2).signature
        for signatures in ["\(other) \(good)", "\(good) \(other)", "v2,xyz v1a,abc  \(good)", "v1, v1 \(good)"] {
            var headers = try signed()
            headers.signature = signatures
            try verify(headers, keys: [SigningKey(.of(1))])
        }
    }

    @Test(arguments: ["", " ", "v1,", "v1", "v2,", ",", "v1,AAAA", "v1a,"])
    func refusesWhatIsNoSignature(text: String) throws {
        var headers = try signed()
        headers.signature = text
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(headers, keys: [SigningKey(.of(1))]) }
    }

    @Test func refusesAGoodCodeInAnotherForm() throws {
        let good = try signed()
        let code = String(good.signature.dropFirst(3))
        for text in [
            code, "V1,\(code)", "v2,\(code)", "v1,\(code)=", "v1,\(code.dropLast())", "v1,\(code.lowercased())",
        ] {
            var headers = good
            headers.signature = text
            #expect(throws: RefusedProof.noMatchingSignature) { try verify(headers, keys: [SigningKey(.of(1))]) }
        }
    }

    @Test(arguments: [
        "", "now", "-1", "+1772357400", "1772357400.5", "17723 57400", "0x69A3", "1e9",
        "9999999999999", "18446744073709551616", "١٢٣",
    ])
    func refusesMalformedTimestamps(text: String) throws {
        var headers = try signed()
        headers.timestamp = text
        #expect(throws: RefusedProof.self) { try verify(headers, keys: [SigningKey(.of(1))]) }
    }

    @Test(arguments: ["", "two words", "tab\there", String(repeating: "i", count: 257)])
    func refusesMalformedIDs(text: String) throws {
        var headers = try signed()
        headers.id = text
        #expect(throws: RefusedProof.malformedID) { try verify(headers, keys: [SigningKey(.of(1))]) }
    }

    @Test(arguments: [
        ("webhook-id", RefusedProof.missingID), ("webhook-timestamp", .missingTimestamp),
        ("webhook-signature", .missingSignature),
    ])
    func refusesAMissingHeader(name: String, cause: RefusedProof) throws {
        var fields = Self.fields(try signed())
        fields[try #require(HTTPField.Name(name))] = nil
        #expect(throws: cause) { try DeliveryProof(fields) }
    }

    @Test(arguments: [("webhook-id", RefusedProof.malformedID), ("webhook-timestamp", .malformedTimestamp)])
    func refusesAHeaderThatIsThereTwice(name: String, cause: RefusedProof) throws {
        var fields = Self.fields(try signed())
        let field = try #require(HTTPField.Name(name))
        fields[values: field] += ["5"]
        #expect(throws: cause) { try DeliveryProof(fields) }
    }

    @Test func readsSignaturesFromSeveralHeaders() throws {
        var fields = Self.fields(try signed())
        let name = try #require(HTTPField.Name("webhook-signature"))
        fields[values: name] = ["v1,AAAA"] + fields[values: name]
        let proof = try DeliveryProof(fields)
        let keys = [SigningKey(try .of(1))]
        let refusal = Array(Self.body.utf8).withUnsafeBytes { proof.refusal(of: $0, keys: keys, now: Self.now) }
        #expect(refusal == nil)
    }
}
