import HTTPCalls
import NIOCore

/// How one account of Constant Contact is reached, and how much it bears.
package struct ConstantContactSettings: Sendable {
    /// The base of the API, `/v3` included.
    package var api: ServiceAddress
    /// The base of `/token`.
    package var authorisation: ServiceAddress
    /// The client id, which Constant Contact also calls the API key.
    package var clientID: String
    package var clientSecret: String
    /// Calls of one UTC day, counted for all accounts of the API key together (constant-contact.md §4); nil lifts it.
    package var dailyLimit: Int?
    /// Calls a second; the service takes 4, and 3 leave room for what else uses the key.
    package var requestsPerSecond: Double
    /// Calls under way at once.
    package var concurrency: Int
    /// How long one call may take, in seconds; an import of 4 MB is the longest.
    package var timeoutSeconds: Int64

    package init(
        api: ServiceAddress,
        authorisation: ServiceAddress,
        clientID: String,
        clientSecret: String,
        dailyLimit: Int? = 10_000,
        requestsPerSecond: Double = 3,
        concurrency: Int = 4,
        timeoutSeconds: Int64 = 60
    ) {
        self.api = api
        self.authorisation = authorisation
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.dailyLimit = dailyLimit
        self.requestsPerSecond = requestsPerSecond
        self.concurrency = concurrency
        self.timeoutSeconds = timeoutSeconds
    }
}
