import Crypto
import Foundation
import HTTPTypes
import Testing
import Webhooks

struct WorkbooksSignatureTests {
    private static let body = #"[{"person":{"id":4711}}]"#

    private func header(_ secret: String, body: String = Self.body) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(body.utf8),
            using: SymmetricKey(data: Data(secret.utf8))
        )
        return code.map { String(format: "%02x", $0) }.joined()
    }

    private func refusal(_ values: String..., keys: [String]) throws -> RefusedProof? {
        var fields = HTTPFields()
        let name = try #require(HTTPField.Name("X-Workbooks-Signature"))
        for value in values { fields.append(HTTPField(name: name, value: value)) }
        let signature = try #require(try WorkbooksSignature(fields))
        return Array(Self.body.utf8).withUnsafeBytes { signature.refusal(of: $0, keys: keys.map(HookKey.init)) }
    }

    @Test(arguments: ["sha256=", "SHA256=", "HMAC-SHA256=", ""])
    func acceptsTheCodeHoweverTheAlgorithmIsSpelt(prefix: String) throws {
        #expect(try refusal(prefix + header("b"), keys: ["a", "b"]) == nil)
        #expect(try refusal(prefix + header("b").uppercased(), keys: ["b"]) == nil)
    }

    @Test func refusesWhatFitsNoKey() throws {
        #expect(try refusal("sha256=" + header("c"), keys: ["a", "b"]) == .noMatchingSignature)
        #expect(try refusal("sha256=" + header("a", body: "[]"), keys: ["a"]) == .noMatchingSignature)
        #expect(try refusal("sha256=", keys: ["a"]) == .noMatchingSignature)
        #expect(try refusal("sha256=" + header("a"), keys: []) == .noMatchingSignature)
    }

    @Test func refusesTwoSignatures() {
        #expect(throws: RefusedProof.malformedSignature) { try refusal(header("a"), header("a"), keys: ["a"]) }
    }

    @Test func isNotThereWithoutTheHeader() throws {
        #expect(try WorkbooksSignature([:]) == nil)
    }
}
