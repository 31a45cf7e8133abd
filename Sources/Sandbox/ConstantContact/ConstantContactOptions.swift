/// How the simulated Constant Contact behaves where the real one is undocumented, configurable or merely unkind.
///
/// The defaults are the contract's reading of the service (constant-contact.md §9), with two exceptions for comfort:
/// refresh tokens are long-lived, as §3.3 recommends, and bulk activities are done at once. `POST /_sandbox/options`
/// changes any of them by name while the service runs; null lifts a limit.
package struct ConstantContactOptions: NamedOptions, Sendable, Equatable {
    /// The API key that clients present; its secret is `clientSecret`.
    package var clientID = "sandbox-client"
    /// The secret of the API key.
    ///
    /// Changing it voids the old one (§3.2).
    package var clientSecret = "sandbox-secret"
    /// The refresh token of the first grant.
    package var refreshToken = "sandbox-refresh-1"
    /// The account that grants speak for at the start.
    package var accountID = "sandbox-account"
    /// The redirect addresses registered for the API key; empty accepts every address.
    package var redirectURIs: [String] = []

    /// Whether a refresh token works once and is replaced at each use (§3.2).
    package var rotatesRefreshTokens = false
    /// How long a replaced refresh token still works, in seconds of the sandbox's clock.
    package var refreshGraceSeconds = 0.0
    /// How long an access token lives, in seconds of the sandbox's clock.
    package var accessTokenSeconds = 86_400.0
    /// The scopes that the first grant has.
    package var scopes = ["contact_data", "campaign_data", "account_read", "offline_access"]
    /// Privileges that the signed-in user lacks (§3).
    package var missingPrivileges: [String] = []

    /// Requests in any second of the sandbox's clock, for each API key; null lifts the limit.
    package var requestsPerSecond: Int? = 4
    /// Requests in a UTC day, for each API key, refused ones included; null lifts the limit.
    package var requestsPerDay: Int? = 10_000
    /// Calls of the token endpoint in any second; null lifts the limit.
    package var tokenRequestsPerSecond: Int? = 1
    /// Bulk activities that may wait at a time; the next one is refused with 429.
    package var queuedActivityLimit = 1_000

    /// How long a bulk activity takes, in seconds of the sandbox's clock; 0 is done when it is next asked for.
    package var activitySeconds = 0.0
    /// Whether activities take between half and one and a half times as long, so that they finish out of order.
    package var shufflesActivities = false
    /// The seed of ids and of everything random.
    ///
    /// Read when the service is made.
    package var seed: UInt64 = 1

    /// How far collections and counts trail behind the truth, in seconds; single reads are current (§9 item 44).
    package var replicationLagSeconds = 0.0
    /// How far report figures trail behind (§7.4).
    package var reportLagSeconds = 0.0
    /// Whether the next page starts at a count of rows, so that changes during a walk skip or repeat rows (item 45).
    package var countsRowsInCursors = false
    /// Whether `GET /contact_lists` takes pages of 1,000, as its schema says, instead of 500, as its text says.
    package var allowsThousandLists = false
    /// What the last page of a collection has for `_links`.
    package var lastPageLinks = LastPageLinks.empty
    /// Whether a list renamed to a name that exists gets 409 instead of 400 (item 15).
    package var conflictsOnListRename = false
    /// Whether an import row with an unknown `cf:` name is an error; otherwise only that value is dropped (item 48).
    package var refusesUnknownCustomFields = true
    /// The size at which an import is cut off, in bytes.
    package var importByteLimit = 4_000_000

    /// Whether objects have members that no document mentions (item 50).
    package var addsUnknownKeys = false
    /// Whether members without a value are written as null instead of left out (item 50).
    package var writesNulls = false
    /// How far the times in answers are ahead of UTC, in minutes; -300 writes `-05:00` (item 50).
    package var timeOffsetMinutes = 0

    /// What a page without a successor has for `_links`.
    package enum LastPageLinks: String, Codable, Sendable {
        /// `"_links":{}`
        case empty
        /// `"_links":null`
        case null
        /// No such member.
        case absent
        /// `"_links":{"next":null}`
        case nullNext
    }

    /// Makes the default behaviour.
    package init() {}
}
