/// The state in which a write of Causeway's leaves a contact; the first sighting of that state is the write's echo.
///
/// Providers give no versions, so the whole state is compared. What a provider attributes to the person never is an
/// echo.
package enum ContactAfterImage: Hashable, Sendable {
    /// On the lists, with the values that were sent; a blank name was not.
    case listed(on: [ListID], firstName: String, lastName: String, fields: [String: String])
    /// Off the lists.
    case unlisted([ListID])
    /// Unsubscribed by the account, for the reason that Causeway gives and at the stamp of the answer; nil for whatever.
    case unsubscribed(reason: String?, at: Timestamp?)
    /// Subscribed again by the account, and on the lists.
    case resubscribed([ListID])
    /// With the address, whatever else has become of the contact since.
    case addressed(Address)

    /// Whether a contact that was read shows the state.
    package func isShown(by contact: ProviderContact) -> Bool {
        // Who unsubscribed since has left as the one with the new address, which is nobody else's doing for that.
        if case .addressed(let address) = self { return contact.address == address }
        if contact.isDeleted {
            // Somebody has deleted it since; an unsubscribe of Causeway's is nobody else's for that.
            guard case .unsubscribed = self, contact.permission == .unsubscribed else { return false }
        }
        if contact.permission == .unsubscribed {
            guard contact.optOutBy != .contact else { return false }
            switch self {
            case .unsubscribed(let reason, let stamp):
                if contact.optOutBy == .unnamed { return true }
                return contact.optOutBy == .account && (reason == nil || contact.optOutReason == reason)
                    && (stamp == nil || contact.optOutAt == nil || stamp == contact.optOutAt)
            case .unlisted(let lists):
                return contact.listsWereRead && contact.lists.isDisjoint(with: lists)
            case .listed, .resubscribed, .addressed:
                return false
            }
        }
        guard contact.listsWereRead else { return false }
        switch self {
        case .unsubscribed:
            return false
        case .listed(let lists, let firstName, let lastName, let fields):
            return contact.lists.isSuperset(of: lists) && Self.isHeld(firstName, as: contact.firstName)
                && Self.isHeld(lastName, as: contact.lastName)
                && fields.allSatisfy { contact.fields[$0.key] ?? "" == $0.value }
        case .unlisted(let lists):
            return contact.lists.isDisjoint(with: lists)
        case .resubscribed(let lists):
            return contact.permission.isSendable && contact.optInBy != .contact && contact.lists.isSuperset(of: lists)
        case .addressed(let address):
            return contact.address == address
        }
    }

    private static func isHeld(_ sent: String, as held: String) -> Bool { sent.isEmpty || sent == held }
}
