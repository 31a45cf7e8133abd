/// What a contact's email address is allowed, and how it came to that (constant-contact.md §5.1).
struct EmailState {
    var address: String
    /// One of the documented permissions, or whatever a test put there: the set is open in reads.
    var permission: String
    var createdAt: Double
    var updatedAt: Double
    var optInSource: String?
    var optInDate: Double?
    var optOutSource: String?
    var optOutDate: Double?
    var optOutReason: String?
    var confirmStatus = "off"

    var isUnsubscribed: Bool { permission == "unsubscribed" }

    /// What two spellings of one address have in common: addresses are compared trimmed and without case (§5).
    static func key(_ address: String) -> String {
        var start = address.utf8.startIndex
        var end = address.utf8.endIndex
        while start < end, address.utf8[start] <= 0x20 { start = address.utf8.index(after: start) }
        while start < end, address.utf8[address.utf8.index(before: end)] <= 0x20 {
            end = address.utf8.index(before: end)
        }
        return address[start..<end].lowercased()
    }
}

/// A telephone number of a contact.
struct PhoneNumber {
    var id: String
    var number: String
    var kind: String?
    var createdAt: Double
    var updatedAt: Double
}

/// A postal address of a contact.
struct StreetAddress: Equatable {
    var id: String
    var kind: String
    var street: String?
    var city: String?
    var state: String?
    var postalCode: String?
    var country: String?
    var createdAt: Double
    var updatedAt: Double
}

/// A note about a contact.
struct ContactNote {
    var id: String
    var createdAt: Double
    var content: String
}

/// The properties that PUT replaces as a whole: one that is missing becomes null (constant-contact.md §6.3).
struct ContactScalars: Equatable {
    var firstName: String?
    var lastName: String?
    var jobTitle: String?
    var companyName: String?
    var birthdayMonth: Int?
    var birthdayDay: Int?
    var anniversary: String?
}

/// One contact at one time.
struct ContactRecord {
    var id: String
    /// Nil for a contact that is known by its telephone only (§9 item 50).
    var email: EmailState?
    var scalars = ContactScalars()
    var createSource: String?
    var updateSource: String?
    var createdAt: Double
    var updatedAt: Double
    var deletedAt: Double?
    /// Values by the id of their field, in the order in which they were given.
    var customFields: [(field: String, value: String)] = []
    var phoneNumbers: [PhoneNumber] = []
    var streetAddresses: [StreetAddress] = []
    /// The ordinals of the lists that the contact is on, in the order of joining.
    var lists: [Int] = []
    var taggings: [String] = []
    var notes: [ContactNote] = []
    var smsAddress: String?

    var isDeleted: Bool { deletedAt != nil }
    var isUnsubscribed: Bool { email?.isUnsubscribed ?? false }

    /// Whether mail may go to the contact now; the account pays for these.
    var isActive: Bool {
        guard !isDeleted else { return false }
        guard let email else { return true }
        return email.permission == "explicit" || email.permission == "implicit"
    }
}

/// A contact's place in the account: what it is now, and what it was while collections still show that.
final class ContactSlot {
    /// The contact's number in the order of creation.
    let ordinal: Int
    var record: ContactRecord
    /// Former states with the time at which each ended, oldest first; kept only under a replication lag.
    var earlier: [(until: Double, record: ContactRecord)] = []
    /// Whether the one resubscribe mail has been sent (§8), and the lists that its confirmation joins.
    var resubscribe: (lists: [Int], isConfirmed: Bool)?

    init(ordinal: Int, record: ContactRecord) {
        self.ordinal = ordinal
        self.record = record
    }

    /// The state that a replica shows which has seen everything up to a time; nil when it has not seen the contact yet.
    func record(seenAt time: Double) -> ContactRecord? {
        let seen = earlier.first { $0.until > time }?.record ?? record
        return seen.createdAt > time ? nil : seen
    }
}
