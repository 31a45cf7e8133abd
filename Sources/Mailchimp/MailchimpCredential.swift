import HTTPCalls

/// What proves to Mailchimp that a call may be made (mailchimp.md §2).
package enum MailchimpCredential: Sendable, Hashable {
    /// An API key, which ends with a hyphen and the data centre of its account.
    case apiKey(String)
    /// An OAuth 2 access token; it neither expires nor says where its account is.
    case accessToken(String)

    /// The data centre that the credential names; nil where it names none.
    package var dataCentre: String? {
        guard case .apiKey(let key) = self, let hyphen = key.lastIndex(of: "-") else { return nil }
        let name = key[key.index(after: hyphen)...]
        let isName = !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isName ? name.lowercased() : nil
    }

    /// The base of the API of the credential's data centre.
    ///
    /// - Throws: `ServiceAddress.Unusable` when it names none.
    func api() throws(ServiceAddress.Unusable) -> ServiceAddress {
        guard let dataCentre else {
            let detail =
                switch self {
                case .apiKey: "the API key does not end with a data centre, such as -us6; copy it whole"
                case .accessToken: "an access token does not say where its account is; give the API address, too"
                }
            throw ServiceAddress.Unusable(description: detail)
        }
        return try ServiceAddress("https://\(dataCentre).api.mailchimp.com/3.0")
    }

    /// What the `Authorization` header carries; a key is accepted there like a token.
    var secret: String {
        switch self {
        case .apiKey(let key): key
        case .accessToken(let token): token
        }
    }
}
