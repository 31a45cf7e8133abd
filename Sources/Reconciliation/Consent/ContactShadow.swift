/// What a provider account is known to hold of one contact, with what Causeway did to it.
package struct ContactShadow: Hashable, Sendable {
    /// The contact as last read or answered.
    package var contact: ProviderContact
    /// Set while the contact is unsubscribed because Causeway did it: what it was before.
    package var ownUnsubscribe: OwnUnsubscribe?

    package init(contact: ProviderContact, ownUnsubscribe: OwnUnsubscribe? = nil) {
        self.contact = contact
        self.ownUnsubscribe = ownUnsubscribe
    }
}

/// What a contact was before Causeway unsubscribed it, so that *Lifting* can take it back and no further.
package struct OwnUnsubscribe: Hashable, Sendable, Codable {
    package var permissionBefore: Permission
    package var listsBefore: [ListID]
    /// When it was done; an unsubscribe is repeated at most hourly (rule C13).
    package var doneAt: Timestamp

    package init(permissionBefore: Permission, listsBefore: [ListID], doneAt: Timestamp) {
        self.permissionBefore = permissionBefore
        self.listsBefore = listsBefore
        self.doneAt = doneAt
    }
}
