/// A Person or Lead as the CRM showed it at one lock version.
package struct CRMRecord: Hashable, Sendable, Codable {
    package var id: RecordID
    /// Rises by one with each effective change (workbooks.md §5.1).
    package var lockVersion: Int64
    /// When the CRM says it was last changed; whole seconds.
    package var updatedAt: Timestamp
    /// The CRM's id of the user who changed it last; nil when it was not read.
    package var updatedBy: Int64?
    /// Deleted, hidden or merged away.
    ///
    /// A record that is gone lifts nothing (design §3).
    package var isDeleted: Bool
    package var firstName: String
    package var lastName: String
    /// `email` of the main location, as typed; empty where there is none.
    package var mainEmail: String
    /// The record's further addresses as typed, without empty ones: alternate, home, home alternate.
    package var otherEmails: [String]
    /// The email opt-out flag.
    package var isOptedOut: Bool
    /// The undeliverable mark of the main address.
    package var isUndeliverable: Bool
    /// The mapped attributes that were asked for, by the CRM's read name; empty text is "no value".
    package var fields: [String: String]

    package init(
        id: RecordID,
        lockVersion: Int64,
        updatedAt: Timestamp,
        updatedBy: Int64? = nil,
        isDeleted: Bool = false,
        firstName: String = "",
        lastName: String = "",
        mainEmail: String = "",
        otherEmails: [String] = [],
        isOptedOut: Bool = false,
        isUndeliverable: Bool = false,
        fields: [String: String] = [:]
    ) {
        self.id = id
        self.lockVersion = lockVersion
        self.updatedAt = updatedAt
        self.updatedBy = updatedBy
        self.isDeleted = isDeleted
        self.firstName = firstName
        self.lastName = lastName
        self.mainEmail = mainEmail
        self.otherEmails = otherEmails
        self.isOptedOut = isOptedOut
        self.isUndeliverable = isUndeliverable
        self.fields = fields
    }

    /// The compared form of the main address; nil where there is none.
    package var mainAddress: Address? { Address(typed: mainEmail) }

    /// Every address of the record in the compared form, the main one first, each once.
    ///
    /// An address that was typed with invisible characters at its ends is there with them as well, last: what was said
    /// of it while it compared so still stands for the record.
    package var addresses: [Address] {
        var found: [Address] = []
        if let main = mainAddress { found.append(main) }
        for typed in otherEmails {
            if let address = Address(typed: typed), !found.contains(address) { found.append(address) }
        }
        for typed in [mainEmail] + otherEmails {
            if let address = Address.untrimmedOfInvisible(typed), !found.contains(address) { found.append(address) }
        }
        return found
    }
}
