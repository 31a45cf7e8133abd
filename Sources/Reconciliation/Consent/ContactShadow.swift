/// What a provider account is known to hold of one contact, with what Causeway did to it.
package struct ContactShadow: Hashable, Sendable {
    /// The contact as last read or answered.
    package var contact: ProviderContact
    /// Set from when Causeway unsubscribed the contact until that was taken back, also while somebody else has subscribed
    /// it again: what it was before.
    package var ownUnsubscribe: OwnUnsubscribe?

    package init(contact: ProviderContact, ownUnsubscribe: OwnUnsubscribe? = nil) {
        self.contact = contact
        self.ownUnsubscribe = ownUnsubscribe
    }

    /// Whether the person has come back since Causeway unsubscribed the contact, by the provider's word (C13).
    package var personCameBack: Bool {
        ownUnsubscribe?.isEnded(by: contact) ?? false
    }
}

/// What a contact was before Causeway unsubscribed it, so that *Lifting* can take it back and no further.
package struct OwnUnsubscribe: Hashable, Sendable, Codable {
    package var permissionBefore: Permission
    package var listsBefore: [ListID]
    /// The provider's stamp of the opt-in that the contact had then; nil where it had none or none was noted.
    package var optInBefore: Timestamp?
    /// When it was done; an unsubscribe is repeated at most hourly (rule C13).
    package var doneAt: Timestamp

    package init(permissionBefore: Permission, listsBefore: [ListID], optInBefore: Timestamp? = nil, doneAt: Timestamp)
    {
        self.permissionBefore = permissionBefore
        self.listsBefore = listsBefore
        self.optInBefore = optInBefore
        self.doneAt = doneAt
    }

    /// Whether the person has opted in since, by the provider's word.
    ///
    /// Most people opted in themselves once; what tells a return apart is a stamp later than the one before.
    package func isEnded(by contact: ProviderContact) -> Bool {
        guard contact.permission != .unsubscribed, contact.optInBy == .contact, let optIn = contact.optInAt else {
            return false
        }
        return optIn > optInBefore ?? doneAt
    }

    /// What the contact is now, before it is unsubscribed.
    package init(of contact: ProviderContact, at moment: Timestamp) {
        self.init(
            permissionBefore: contact.permission,
            listsBefore: contact.lists.sorted(),
            optInBefore: contact.optInAt,
            doneAt: moment
        )
    }
}
