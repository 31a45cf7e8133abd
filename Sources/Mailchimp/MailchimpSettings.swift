import HTTPCalls

/// How one audience of a Mailchimp account is reached, and how much it bears.
///
/// ```swift
/// let settings = try MailchimpSettings(credential: .apiKey("…-us6"), audience: "a1b2c3d4e5")
/// ```
package struct MailchimpSettings: Sendable {
    /// The base of the API, `/3.0` included.
    package var api: ServiceAddress
    package var credential: MailchimpCredential
    /// The id of the audience; the API calls audiences lists.
    package var audience: String
    /// Calls under way at once.
    package var concurrency: Int
    /// Calls that one user may have in flight, counted over everything that uses the account (mailchimp.md §2).
    package var simultaneousCalls: Int
    /// Calls a second; the service states no such limit.
    package var requestsPerSecond: Double
    /// How long one call may take, in seconds: as long as the service itself gives it (mailchimp.md §2).
    package var timeoutSeconds: Int64

    /// - Parameter api: the base of the API; nil for the data centre of the key.
    /// - Throws: `ServiceAddress.Unusable` when there is no `api` and the credential names no data centre.
    package init(
        credential: MailchimpCredential,
        audience: String,
        api: ServiceAddress? = nil,
        concurrency: Int = 4,
        simultaneousCalls: Int = 10,
        requestsPerSecond: Double = 10,
        timeoutSeconds: Int64 = 120
    ) throws(ServiceAddress.Unusable) {
        self.api = if let api { api } else { try credential.api() }
        self.credential = credential
        self.audience = audience
        self.concurrency = concurrency
        self.simultaneousCalls = simultaneousCalls
        self.requestsPerSecond = requestsPerSecond
        self.timeoutSeconds = timeoutSeconds
    }
}
