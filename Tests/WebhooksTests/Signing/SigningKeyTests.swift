import Crypto
import Foundation
import Testing
import Webhooks

struct SigningKeyTests {
    /// Computed with `openssl dgst -sha256 -mac HMAC` over the same bytes.
    @Test func agreesWithAnIndependentSigner() throws {
        let key = SigningKey(try WebhookSecret(text: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = key.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8)
        )
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 1000])
    func signsBodiesOfEveryLength(length: Int) throws {
        let body = Array(repeating: UInt8(ascii: "b"), count: length)
        var signed = Data("m.5.".utf8)
        signed.append(contentsOf: body)
        let secret = try WebhookSecret.of(3)
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret.bytes))
        let expected = "v1," + Data(code).base64EncodedString()
        #expect(SigningKey(secret).signature(id: "m", timestamp: 5, body: body) == expected)
    }

    @Test func signsTheSameTwice() throws {
        let key = SigningKey(try .of(3))
        let first = key.signature(id: "m", timestamp: 5, body: [1, 2, 3])
        #expect(key.signature(id: "m", timestamp: 5, body: [1, 2, 3]) == first)
    }
}
