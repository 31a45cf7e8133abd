/// What has to be done about one address for the world to be as it should be; empty when it is.
package struct AddressPlan: Sendable, Hashable {
    package var operations: [Operation] = []
    /// What cannot be done, with the reason.
    package var parked: [ParkedRow] = []
    /// What somebody has to decide on.
    package var held: [HeldRow] = []
    /// Removals and emptied fields of this plan that the breaker judges before they go.
    package var judged: [JudgedRow] = []
    /// Something is to be done as soon as what is under way for the address has ended: a bulk change that carries it, the
    /// hour after an unsubscribe, or another write to the same record.
    package var waits = false

    package init() {}
}

/// One write, with what it is decided on.
package enum Operation: Sendable, Hashable {
    /// Sets or clears the opt-out flag.
    case flag(RecordID, Bool, lockVersion: Int64)
    /// Sets or clears the undeliverable mark.
    case mark(RecordID, Bool, lockVersion: Int64)
    /// Gives a member the link's *unsubscribed* status.
    case leavingStatus(MemberID, CampaignID, text: String, cause: StatusCause, previous: Int64, lockVersion: Int64)
    /// Gives a member back the status that it had before Causeway set another.
    case previousStatus(MemberID, CampaignID, statusID: Int64, lockVersion: Int64)
    /// Creates or updates the contact and puts it on lists.
    case upsert(AccountID, OutgoingRow, onto: [ListID])
    /// Takes the contact off lists.
    case remove(AccountID, ContactID, from: [ListID], isOptOut: Bool)
    /// Unsubscribes the contact as the account.
    case unsubscribe(AccountID, ContactID)
    /// Takes back an unsubscribe of Causeway's own.
    case resubscribe(AccountID, ContactID, lists: [ListID])
    /// Gives the contact the new main address of its record, as typed, with nothing else changed.
    case changeAddress(AccountID, ContactID, from: Address, to: String)

    /// Whether the operation loosens: it brings mail to a person who does not get it now.
    package var loosens: Bool {
        switch self {
        case .upsert(_, _, let lists): !lists.isEmpty
        case .resubscribe, .changeAddress: true
        case .flag(_, let isSet, _): !isSet
        case .mark, .leavingStatus, .previousStatus, .remove, .unsubscribe: false
        }
    }
}

/// What is sent of one contact, and which record it comes from.
package struct OutgoingRow: Sendable, Hashable, Codable {
    package var record: RecordID
    /// The address as typed.
    package var email: String
    package var firstName: String
    package var lastName: String
    package var fields: [String: String]
    /// Values that say which record it comes from, by the provider's names; empty where it keeps none.
    ///
    /// They are sent where the account has such fields.
    package var recordFields: [String: String]

    package init(
        record: RecordID,
        email: String,
        firstName: String,
        lastName: String,
        fields: [String: String],
        recordFields: [String: String] = [:]
    ) {
        self.record = record
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.fields = fields
        self.recordFields = recordFields
    }

    /// Reads a row; one that was written before there were record fields has none.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        record = try container.decode(RecordID.self, forKey: .record)
        email = try container.decode(String.self, forKey: .email)
        firstName = try container.decode(String.self, forKey: .firstName)
        lastName = try container.decode(String.self, forKey: .lastName)
        fields = try container.decode([String: String].self, forKey: .fields)
        recordFields = try container.decodeIfPresent([String: String].self, forKey: .recordFields) ?? [:]
    }
}

/// A removal or emptied fields, by the link that the breaker judges them with.
package struct JudgedRow: Sendable, Hashable {
    package var kind: HoldKind
    package var link: LinkID
    package var account: AccountID
    package var contact: ContactID

    package init(_ kind: HoldKind, link: LinkID, account: AccountID, contact: ContactID) {
        self.kind = kind
        self.link = link
        self.account = account
        self.contact = contact
    }
}

/// A row that cannot go.
package struct ParkedRow: Sendable, Hashable {
    /// What the row is about.
    package enum Subject: Sendable, Hashable {
        case member(MemberID)
        case record(RecordID)
        case contact(AccountID)
    }

    package var subject: Subject
    package var reason: ParkReason

    package init(_ subject: Subject, _ reason: ParkReason) {
        self.subject = subject
        self.reason = reason
    }
}

/// Why a row is parked.
package enum ParkReason: Sendable, Hashable {
    case address(AddressProblem)
    /// The contact is on as many lists as the provider allows.
    case listLimit(Int)
    /// The provider refused it, in its words.
    case refused(String)
    /// Unsubscribed at the provider though nothing on the ledger says why.
    case unsubscribedThere
    /// The account has the contact, and not as a subscriber.
    case notSubscribedThere(Permission)
    /// A contact with the address was deleted, and an unsubscribe before that cannot be ruled out (C9).
    case inDoubt

    /// The bounded code that is stored and shown.
    package var code: String {
        switch self {
        case .address(.missing): "no-address"
        case .address(.malformed): "bad-address"
        case .address(.tooLong): "address-too-long"
        case .listLimit: "list-limit"
        case .refused: "refused"
        case .unsubscribedThere: "unsubscribed-there"
        case .notSubscribedThere: "not-subscribed-there"
        case .inDoubt: "in-doubt"
        }
    }

    /// A sentence for people: why, and what to do.
    package var text: String {
        switch self {
        case .address(let problem): "\(problem.text); correct it in the CRM"
        case .listLimit(let limit):
            "the contact is on \(limit) lists, as many as the provider allows; unlink a campaign"
        case .refused(let words): "the provider refused it: \(words); it is tried again when it changes"
        case .notSubscribedThere(let permission):
            "the provider has the contact as \(permission.text), to whom it sends no marketing mail; "
                + "the person can subscribe there"
        case .inDoubt:
            "a contact with the address was deleted at a provider, and an unsubscribe before that cannot be ruled out: it is "
                + "kept off the lists of every account; causeway holds list says what can be decided"
        case .unsubscribedThere: "the contact is unsubscribed at the provider; only the person can come back there"
        }
    }
}
