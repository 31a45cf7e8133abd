/// How the simulated Mailchimp behaves where the real one is undocumented, configurable or merely unkind.
///
/// The defaults are the contract's reading of the service (mailchimp.md §13), with one exception for comfort: batches
/// are done at once. `POST /_sandbox/options` changes any of them by name while the service runs; null lifts a limit.
package struct MailchimpOptions: NamedOptions, Sendable, Equatable {
    /// The API key; what follows its hyphen is the data centre.
    package var apiKey = "0123456789abcdef0123456789abcdef-us6"
    /// Further keys of the same user, which share its ten requests in flight.
    package var furtherApiKeys: [String] = []
    /// The data centre of the account.
    package var dataCenter = "us6"
    /// The id of the account.
    package var accountID = "sandbox-account"
    /// The role of the user; `viewer` may not write (§2).
    package var role = "owner"
    /// Whether the user is disabled, so that every call gets 403.
    package var userDisabled = false
    /// What an account under review answers to new subscribers: nothing special, `forbidden` or `compliance`.
    package var review: Review = .none
    /// The id of the audience that is there from the start.
    ///
    /// Read when the service is made.
    package var audienceID = "a1b2c3d4e5"
    /// The name of that audience.
    package var audienceName = "All Workbooks Contacts"
    /// The most audiences that the plan allows; -1 lifts the limit.
    package var audienceLimit = 5
    /// The client id of an OAuth application.
    package var clientID = "sandbox-client"
    /// The secret of the OAuth application.
    ///
    /// Changing it voids the old one (§2).
    package var clientSecret = "sandbox-secret"
    /// The redirect addresses registered for the application; empty accepts every address.
    package var redirectURIs: [String] = []
    /// The seed of ids and of everything random.
    ///
    /// Read when the service is made.
    package var seed: UInt64 = 1

    /// Requests of the user that may be in flight at a time; null lifts the limit.
    package var simultaneousRequests: Int? = 10
    /// How long a call takes, in real milliseconds, during which it is in flight.
    package var latencyMilliseconds = 2
    /// After how long a call is cut off with 502, in seconds of the sandbox's clock (§2).
    package var timeoutSeconds = 120.0
    /// Whether `since_last_changed` before the year 2000 hangs until the time-out (§8).
    package var hangsOnAncientSince = true
    /// Whether times in queries may end in `Z` or have fractions of a second (§3, unknown).
    package var acceptsLooseTimes = false

    /// Whether `subscribed` is refused for whoever was unsubscribed by the API or an administrator, too (§5).
    package var refusesEveryResubscribe = false
    /// Addresses that "look fake or invalid".
    package var fakeAddresses: [String] = []
    /// Addresses that have signed up to too many lists.
    package var overusedAddresses: [String] = []
    /// After how many soft bounces a member is cleaned; null for never.
    package var softBouncesToClean: Int?
    /// Whether a complaint is told as `cleaned` or as `unsubscribe` (§9 documents both).
    package var complaintsArriveAs: ComplaintForm = .unsubscribe
    /// Whether the bulk call lists compliance states among its errors; otherwise they stay silently unchanged (§6).
    package var bulkReportsCompliance = true
    /// How long a member made in bulk is unknown to segments, in seconds of the sandbox's clock (§6).
    package var visibilityLagSeconds = 0.0
    /// Whether a change of tags moves `last_changed` (§8, unknown).
    package var tagsMoveLastChanged = false
    /// Whether the collection of members has archived ones without being asked (§8, reports conflict).
    package var listsArchived = false
    /// Merge fields that an audience may have: 30, or 80 with Premium (§7).
    package var mergeFieldLimit = 30

    /// How long a batch takes, in seconds of the sandbox's clock; 0 is done when it is next asked for.
    package var batchSeconds = 0.0
    /// Batches that may wait at a time.
    package var pendingBatchLimit = 500
    /// Events of batch webhooks that may wait at a time; above it no batch is taken.
    package var pendingBatchEventLimit = 500
    /// Batch webhooks that an account may have.
    package var batchWebhookLimit = 20

    /// How long a receiver has to answer a webhook, in real seconds (§9).
    package var webhookTimeoutSeconds = 10.0
    /// The pauses before the repetitions of a delivery, in minutes of the sandbox's clock (§9: over 75 minutes).
    package var webhookRetryMinutes = [1.0, 4, 10, 20, 40]
    /// Whether new webhooks are signed; hooks made before 2026 are not.
    package var signsWebhooks = true
    /// Whether signatures carry the real time, which a receiver's own clock shows, instead of the sandbox's.
    package var signsWithRealTime = true
    /// What is asked of a webhook's address before it is taken: the service sends `GET`, some send `HEAD` too.
    package var webhookCheckMethods = ["GET"]
    /// How a webhook looks that was disabled by a 410 (no document says).
    package var disabledWebhooks: DisabledWebhookForm = .eventless
    /// Webhooks that an audience may have.
    package var webhookLimit = 20
    /// A file of certificates that receivers may have besides the system's authorities; null for none.
    package var webhookAuthority: String?

    /// How old the figures of an audience may be, in seconds (§4: cached for five minutes).
    package var statsLagSeconds = 300.0
    /// How far report figures trail behind.
    package var reportLagSeconds = 0.0

    /// Whether error documents lack `type` and have an empty `instance` (§3).
    package var abridgesProblems = false
    /// Whether objects have members that no document mentions (§13 item 48).
    package var addsUnknownKeys = false
    /// The share of members whose status is a word nobody has heard of (§13 item 48).
    package var unknownStatusShare = 0.0

    /// What an account under review answers.
    package enum Review: String, Codable, Sendable {
        /// No review.
        case none
        /// 403 to every write.
        case forbidden
        /// 400 Member In Compliance State to every new subscription.
        case compliance
    }

    /// The event that tells of a spam complaint.
    package enum ComplaintForm: String, Codable, Sendable {
        /// `unsubscribe` with the reason `abuse`; the member is unsubscribed.
        case unsubscribe
        /// `cleaned` with the reason `abuse`; the member is cleaned.
        case cleaned
    }

    /// What becomes of a webhook after a 410.
    package enum DisabledWebhookForm: String, Codable, Sendable {
        /// It is listed with all its events off.
        case eventless
        /// It is gone.
        case removed
        /// It is listed as before.
        case silent
    }

    /// Makes the default behaviour.
    package init() {}
}
