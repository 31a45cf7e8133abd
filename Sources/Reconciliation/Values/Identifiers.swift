/// The name of a connected account, such as `workbooks` or `constant-contact`.
package struct AccountID: Hashable, Comparable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: AccountID, right: AccountID) -> Bool { left.rawValue < right.rawValue }
}

/// A provider's own id of a list (Constant Contact: a UUID string).
package struct ListID: Hashable, Comparable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: ListID, right: ListID) -> Bool { left.rawValue < right.rawValue }
}

/// A provider's own id of a contact, never a CRM record's.
package struct ContactID: Hashable, Comparable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: ContactID, right: ContactID) -> Bool { left.rawValue < right.rawValue }
}

/// The id of a CRM campaign.
package struct CampaignID: Hashable, Comparable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package var rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package var description: String { String(rawValue) }
    package static func < (left: CampaignID, right: CampaignID) -> Bool { left.rawValue < right.rawValue }
}

/// The id of one membership of one record in one campaign.
package struct MemberID: Hashable, Comparable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package var rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package var description: String { String(rawValue) }
    package static func < (left: MemberID, right: MemberID) -> Bool { left.rawValue < right.rawValue }
}

/// The id of a link between one campaign and one provider account, given by the store.
package struct LinkID: Hashable, Comparable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package var rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package var description: String { String(rawValue) }
    package static func < (left: LinkID, right: LinkID) -> Bool { left.rawValue < right.rawValue }
}

/// A provider's own id of one mail that it sent.
package struct MailingID: Hashable, Comparable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: MailingID, right: MailingID) -> Bool { left.rawValue < right.rawValue }
}
