import HTTPTypes
import Reconciliation
import Testing
import Webhooks

struct MailchimpSignatureTests {
    private static let now = Timestamp(seconds: MailchimpSender.vectorTime)

    private func verify(
        _ headers: HTTPFields,
        body: String,
        secret: String = MailchimpSender.vectorSecret,
        now: Timestamp = Self.now
    ) throws(RefusedProof) {
        let signature = try MailchimpSignature(headers)
        let refusal = Array(body.utf8).withUnsafeBytes { signature.refusal(of: $0, key: HookKey(secret), now: now) }
        if let refusal { throw refusal }
    }

    @Test func acceptsTheVectorOfTheContract() throws {
        let body = try MailchimpSender.sample("unsubscribe")
        let header = "t=\(MailchimpSender.vectorTime),v1=\(MailchimpSender.vectorCode)"
        try verify(MailchimpSender.headers(header), body: body)
    }

    @Test(arguments: [0, 299, -299, 300, -300])
    func acceptsTimesWithinTolerance(offset: Int64) throws {
        let headers = MailchimpSender().headers("type=profile", at: Self.now.seconds + offset)
        try verify(headers, body: "type=profile")
    }

    @Test(arguments: [301, -301, 86_400])
    func refusesTimesOutsideTolerance(offset: Int64) {
        let headers = MailchimpSender().headers("type=profile", at: Self.now.seconds + offset)
        #expect(throws: RefusedProof.outsideTolerance) { try verify(headers, body: "type=profile") }
    }

    @Test func acceptsOneOfSeveralCodes() throws {
        let (body, seconds) = ("type=profile", Self.now.seconds)
        let codes = [
            MailchimpSender(secret: "old").code(body, at: seconds), MailchimpSender().code(body, at: seconds),
        ]
        for codes in [codes, codes.reversed()] {
            let header = "t=\(seconds)," + codes.map { "v1=\($0)" }.joined(separator: ",")
            try verify(MailchimpSender.headers(header), body: body)
        }
    }

    @Test func readsBlanksCapitalsAndLaterVersions() throws {
        let body = "type=profile"
        let code = MailchimpSender().code(body, at: Self.now.seconds).uppercased()
        try verify(MailchimpSender.headers("v2=xyz, v1=\(code), t=\(Self.now.seconds), flag"), body: body)
    }

    @Test(arguments: [
        ("", RefusedProof.missingTimestamp), ("v1=00", .missingTimestamp), ("t=1767604500", .missingSignature),
        ("t=soon,v1=00", .malformedTimestamp), ("t=-1,v1=00", .malformedTimestamp), ("t=,v1=00", .malformedTimestamp),
        ("t=1767604500,t=1767604500,v1=00", .malformedTimestamp), ("t=1767604500,v1=", .noMatchingSignature),
        ("t=1767604500,v1=00", .noMatchingSignature), ("t=1767604500,v2=00", .missingSignature),
        ("t=9999999999999,v1=00", .malformedTimestamp),
    ])
    func refusesOtherHeaders(header: String, cause: RefusedProof) {
        #expect(throws: cause) { try verify(MailchimpSender.headers(header), body: "type=profile") }
    }

    @Test func refusesADeliveryWithoutTheHeader() {
        #expect(throws: RefusedProof.missingSignature) { try verify([:], body: "type=profile") }
    }

    @Test func refusesAnyOtherBodySecretOrTime() throws {
        let headers = MailchimpSender().headers("type=profile", at: Self.now.seconds)
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(headers, body: "type=profile ") }
        #expect(throws: RefusedProof.noMatchingSignature) {
            try verify(headers, body: "type=profile", secret: "other")
        }
        let code = MailchimpSender().code("type=profile", at: Self.now.seconds)
        let moved = MailchimpSender.headers("t=\(Self.now.seconds + 1),v1=\(code)")
        #expect(throws: RefusedProof.noMatchingSignature) { try verify(moved, body: "type=profile") }
    }
}
