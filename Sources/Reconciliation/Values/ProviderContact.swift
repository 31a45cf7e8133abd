/// Whether a provider account may mail a contact, in the field's own terms (constant-contact.md §5.1).
package enum Permission: Hashable, Sendable, Codable {
    case explicit
    case implicit
    case notSet
    case pendingConfirmation
    case temporaryHold
    case unsubscribed
    /// Known to the account, and never subscribed to its marketing: mail goes out for orders and the like only.
    case transactional
    /// Mail to the contact bounced for good, or it complained; `ProviderContact.bounce` says which.
    case cleaned
    /// A value that Causeway does not know: neither an opt-out nor a permission to mail.
    case other(String)

    /// The permission of a contact that the account has no more: nobody can say whether it was unsubscribed before.
    package static let vanished = Permission.other("vanished")

    /// Whether the account may mail the contact as things stand.
    package var isSendable: Bool { self == .explicit || self == .implicit || self == .notSet }

    /// The provider's spelling, which is also the stored one.
    package var text: String {
        switch self {
        case .explicit: "explicit"
        case .implicit: "implicit"
        case .notSet: "not_set"
        case .pendingConfirmation: "pending_confirmation"
        case .temporaryHold: "temp_hold"
        case .unsubscribed: "unsubscribed"
        case .transactional: "transactional"
        case .cleaned: "cleaned"
        case .other(let text): text
        }
    }

    /// Reads the provider's spelling; an unknown one is kept as it is.
    package init(text: String) {
        switch text {
        case "explicit": self = .explicit
        case "implicit": self = .implicit
        case "not_set": self = .notSet
        case "pending_confirmation": self = .pendingConfirmation
        case "temp_hold": self = .temporaryHold
        case "unsubscribed": self = .unsubscribed
        case "transactional": self = .transactional
        case "cleaned": self = .cleaned
        default: self = .other(text)
        }
    }
}

/// Who did something to a contact, in the provider's word.
package enum ContactActor: Hashable, Sendable, Codable {
    /// The recipient themself.
    case contact
    /// The account: its owner, its software, or Causeway on its behalf.
    case account
    /// The provider does not say, or says something unknown.
    case unknown
    /// The provider names nobody, whoever it was.
    case unnamed
}

/// Why a contact cannot be reached any more (rule C8).
package enum ContactBounce: String, Hashable, Sendable, Codable, CaseIterable {
    /// Mail to the address bounces for good.
    case hard
    /// The person complained of spam, which is an opt-out of theirs (rule C2).
    case complaint
    /// The provider does not say, and what it knows of complaints could not be read: somebody has to decide.
    case unclear
}

/// A contact of one provider account, as it was last read or answered.
package struct ProviderContact: Hashable, Sendable, Codable {
    package var id: ContactID
    /// The address as the provider holds it; empty for a contact without email.
    package var email: String
    package var permission: Permission
    /// Who unsubscribed the contact; `unknown` unless it is unsubscribed.
    package var optOutBy: ContactActor
    /// The provider's own stamp of the opt-out.
    package var optOutAt: Timestamp?
    package var optOutReason: String?
    /// Who opted the contact in last.
    package var optInBy: ContactActor
    /// The provider's own stamp of the opt-in.
    package var optInAt: Timestamp?
    package var lists: Set<ListID>
    /// Whether `lists` was part of the answer; when false it says nothing.
    package var listsWereRead: Bool
    package var firstName: String
    package var lastName: String
    /// Values of own fields, by the provider's field name.
    package var fields: [String: String]
    package var isDeleted: Bool
    /// The provider's stamp of the contact's last change, whatever changed; nil where it gives none.
    ///
    /// It orders the states of one contact where the provider stamps no opt-outs.
    package var changedAt: Timestamp?
    /// Why the contact is `cleaned`; nil while it is not.
    package var bounce: ContactBounce?

    package init(
        id: ContactID,
        email: String,
        permission: Permission,
        optOutBy: ContactActor = .unknown,
        optOutAt: Timestamp? = nil,
        optOutReason: String? = nil,
        optInBy: ContactActor = .unknown,
        optInAt: Timestamp? = nil,
        lists: Set<ListID> = [],
        listsWereRead: Bool = true,
        firstName: String = "",
        lastName: String = "",
        fields: [String: String] = [:],
        isDeleted: Bool = false,
        changedAt: Timestamp? = nil,
        bounce: ContactBounce? = nil
    ) {
        self.id = id
        self.email = email
        self.permission = permission
        self.optOutBy = optOutBy
        self.optOutAt = optOutAt
        self.optOutReason = optOutReason
        self.optInBy = optInBy
        self.optInAt = optInAt
        self.lists = lists
        self.listsWereRead = listsWereRead
        self.firstName = firstName
        self.lastName = lastName
        self.fields = fields
        self.isDeleted = isDeleted
        self.changedAt = changedAt
        self.bounce = bounce
    }

    /// The compared form of the address; nil for a contact without email.
    package var address: Address? { Address(typed: email) }
}
