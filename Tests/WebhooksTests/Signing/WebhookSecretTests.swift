import Testing
import Webhooks

struct WebhookSecretTests {
    @Test func readsWhatItWrites() throws {
        var generator = SystemRandomNumberGenerator()
        let secret = WebhookSecret.random(using: &generator)
        #expect(try WebhookSecret(text: secret.text) == secret)
        #expect(secret.bytes.count == 32)
    }

    @Test(arguments: [24, 32, 64])
    func takesKeysOfPermittedLength(length: Int) throws {
        #expect(try WebhookSecret(bytes: Array(repeating: 7, count: length)).bytes.count == length)
    }

    @Test(arguments: [0, 1, 23, 65, 1000])
    func refusesKeysOfOtherLengths(length: Int) {
        #expect(throws: InvalidWebhookSecret.length(length)) {
            try WebhookSecret(bytes: Array(repeating: 7, count: length))
        }
    }

    @Test(arguments: [
        ("", InvalidWebhookSecret.prefix),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .prefix),
        ("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .prefix),
        ("whsec_", .length(0)),
        ("whsec_not base64!", .encoding),
        ("whsec_c2hvcnQ=", .length(5)),
    ])
    func refusesOtherTexts(text: String, reason: InvalidWebhookSecret) {
        #expect(throws: reason) { try WebhookSecret(text: text) }
    }

    @Test func neverShowsItsBytes() throws {
        let secret = try WebhookSecret.of(9)
        #expect("\(secret)" == "whsec_…")
        #expect(String(reflecting: secret) == "whsec_…")
    }
}
