/// A contact of an audience.
final class AudienceMember {
    /// The place in the audience's order of creation, which stays.
    let number: Int
    /// What stays the same when the address changes.
    let contactID: String
    /// The number in links of the product.
    let webID: Int
    /// The address as it was given.
    private(set) var address: String
    /// The MD5 of the lower-cased address.
    private(set) var id: String
    /// The id of the address in all of Mailchimp.
    private(set) var uniqueEmailID: String

    var status: MemberStatus
    /// How it came to be unsubscribed or cleaned; nil when it is neither.
    var departure: Departure?
    /// Whether the person left, so that only the person can come back; archiving keeps it (§5).
    var isOptedOutByPerson = false
    /// Whether its mail came back, so that only the person can make it good.
    var hasBounced = false
    var unsubscribeReason: String?
    var unsubscribedAt: Double?
    /// Since when a confirmation is awaited, and what the status was before.
    var pendingSince: Double?
    var statusBeforePending: MemberStatus?
    /// The confirmation mails sent so far.
    var confirmationMails = 0
    var softBounces = 0

    var emailType = "html"
    var language = ""
    var isVIP = false
    var latitude = 0.0
    var longitude = 0.0
    /// The values of merge fields by tag.
    var mergeFields: [String: SandboxJSON] = [:]
    /// The ids of chosen interests.
    var interests: Set<String> = []
    /// The ids of marketing permissions given.
    var permissions: Set<String> = []
    var ipSignup = ""
    var timestampSignup: Double?
    var ipOpt = ""
    var timestampOpt: Double?
    var source = "API - Generic"
    /// When it was last written, in whole seconds (§8).
    var lastChanged: Double
    /// From when segments know it (§6).
    var usableAt = 0.0
    /// The ids of its tags, with the time of tagging.
    var tags: [Int: Double] = [:]

    init(number: Int, address: String, contactID: String, status: MemberStatus, at now: Double) {
        self.number = number
        self.address = address
        self.contactID = contactID
        webID = 100_000_000 + number
        id = MailchimpDigest.subscriberHash(address)
        uniqueEmailID = MailchimpDigest.uniqueEmailID(address)
        self.status = status
        lastChanged = now
    }

    /// Takes another address; contact id and web id stay (§5).
    func rename(to address: String) {
        self.address = address
        id = MailchimpDigest.subscriberHash(address)
        uniqueEmailID = MailchimpDigest.uniqueEmailID(address)
    }

    /// The first and last name, as `full_name` shows them.
    var fullName: String {
        ["FNAME", "LNAME"].compactMap { mergeFields[$0]?.stringValue }.filter { !$0.isEmpty }.joined(separator: " ")
    }
}
