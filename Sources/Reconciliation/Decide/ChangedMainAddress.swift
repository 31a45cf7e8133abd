/// A record's main address that somebody has changed in the CRM, as the decision about either of the two addresses
/// sees it.
///
/// Both decisions look at both addresses, so that they come to the same, whichever is made first.
package final class ChangedMainAddress: Sendable {
    /// The only record that has given up the old address for another one and still exists.
    package let record: RecordID
    /// What is known of the other address; the changes that it is part of itself are not looked at.
    package let other: AddressView
    /// Whether the other address is the old one.
    package let otherIsOld: Bool
    /// The accounts whose provider has refused to give the contact the new address.
    package let refusedAt: Set<AccountID>

    package init(record: RecordID, other: AddressView, otherIsOld: Bool, refusedAt: Set<AccountID> = []) {
        self.record = record
        self.other = other
        self.otherIsOld = otherIsOld
        self.refusedAt = refusedAt
    }
}
