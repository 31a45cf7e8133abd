/// Whether a provider account may mail a contact, in the field's own terms (constant-contact.md §5.1).
package enum Permission: Hashable, Sendable, Codable {
    case explicit
    case implicit
    case notSet
    case pendingConfirmation
    case temporaryHold
    case unsubscribed
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
        isDeleted: Bool = false
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
    }

    /// The compared form of the address; nil for a contact without email.
    package var address: Address? { Address(typed: email) }
}
