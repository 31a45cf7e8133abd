/// The authorisations that users gave to the OAuth application; their tokens never expire (mailchimp.md §2).
struct MailchimpGrants {
    private struct Code {
        var redirectURI: String
        var expiresAt: Double
        var isUsed = false
    }

    private var codes: [String: Code] = [:]
    private var tokens: Set<String> = []
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed ^ 0x6d61_696c)
    }

    /// The code that the browser brings back from an authorisation.
    mutating func issueCode(redirectURI: String, at now: Double) -> String {
        let code = secret()
        codes[code] = Code(redirectURI: redirectURI, expiresAt: now + 600)
        return code
    }

    /// The token for a code; nil when the code is unknown, used, too old or meant for another address.
    mutating func redeem(code text: String, redirectURI: String?, at now: Double) -> String? {
        guard let code = codes[text], !code.isUsed, now < code.expiresAt, code.redirectURI == redirectURI else {
            return nil
        }
        codes[text]?.isUsed = true
        let token = secret()
        tokens.insert(token)
        return token
    }

    /// Whether a token is valid.
    func allows(_ token: String) -> Bool { tokens.contains(token) }

    /// Takes back every authorisation, as the user does in the product.
    mutating func revokeAll() {
        tokens.removeAll()
    }

    private mutating func secret() -> String {
        let text = String(generator.next(), radix: 16) + String(generator.next(), radix: 16)
        return text + String(repeating: "0", count: max(0, 32 - text.count))
    }
}
