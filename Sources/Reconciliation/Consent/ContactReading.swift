/// A contact that was read at a provider, beside what was known of it; finds what that means for consent.
///
/// Pure: the answer depends on nothing but the fields.
package struct ContactReading: Sendable {
    package var account: AccountID
    /// What the shadow held; nil for a contact that was not known.
    package var before: ContactShadow?
    package var now: ProviderContact
    /// What this account has said about the address so far.
    package var said: Standing.Said?
    /// An unsubscribe of Causeway's own is under way, or its answer was lost.
    package var ownUnsubscribeIsOpen: Bool
    package var receivedAt: Timestamp
    /// How the contact came to be read, such as `opt-out poll`.
    package var through: String

    package init(
        account: AccountID,
        before: ContactShadow?,
        now: ProviderContact,
        said: Standing.Said?,
        ownUnsubscribeIsOpen: Bool,
        receivedAt: Timestamp,
        through: String
    ) {
        self.account = account
        self.before = before
        self.now = now
        self.said = said
        self.ownUnsubscribeIsOpen = ownUnsubscribeIsOpen
        self.receivedAt = receivedAt
        self.through = through
    }

    /// What a read contact means.
    package enum Situation: Hashable, Sendable {
        /// Nothing about consent, or nothing new.
        case nothingNew
        /// Older than what the shadow holds, by the provider's own stamps: not to be taken over.
        case older
        /// Causeway's own unsubscribe, seen for the first time.
        case ownUnsubscribe
        /// Unsubscribed, and new: C1 or C3.
        case unsubscribed(ConsentRule)
        /// The person came back, and the provider says so: C7.
        case returned
        /// Subscribed again in any other way: C13.
        case subscribedAgain
        /// Deleted since it was last read: C9.
        case deleted
    }

    /// Which of the situations this is; every combination of what can be read has exactly one.
    package var situation: Situation {
        if now.permission == .unsubscribed { return unsubscribedSituation }
        if now.isDeleted { return before?.contact.isDeleted == true ? .nothingNew : .deleted }
        return now.permission.isSendable || now.permission == .pendingConfirmation ? sendableSituation : .nothingNew
    }

    private var unsubscribedSituation: Situation {
        if let before, before.contact.permission.isSendable, before.contact.optInBy == .contact,
            let returned = before.contact.optInAt, let left = now.optOutAt, left < returned
        {
            return .older
        }
        let rule: ConsentRule = now.optOutBy == .contact ? .c1 : .c3
        if let before, before.contact.permission == .unsubscribed {
            if let old = before.contact.optOutAt, let new = now.optOutAt, new < old { return .older }
            let isLater = Self.isLater(now.optOutAt, than: before.contact.optOutAt)
            let turnedToPerson = now.optOutBy == .contact && before.contact.optOutBy != .contact
            return isLater || turnedToPerson ? .unsubscribed(rule) : .nothingNew
        }
        if ownUnsubscribeIsOpen, now.optOutBy == .account { return .ownUnsubscribe }
        return .unsubscribed(rule)
    }

    private var sendableSituation: Situation {
        let wasUnsubscribed = before?.contact.permission == .unsubscribed
        guard let said, said.stands else {
            return .nothingNew
        }
        if now.optInBy == .contact, let optIn = now.optInAt, let optOut = said.optOut, optIn.milliseconds > optOut {
            return .returned
        }
        return wasUnsubscribed ? .subscribedAgain : .nothingNew
    }

    /// The events that the situation writes to the ledger, by the rule's row of the table.
    package var events: [ConsentEvent] {
        guard let address = now.address else { return [] }
        switch situation {
        case .nothingNew, .older, .ownUnsubscribe, .subscribedAgain, .deleted:
            return []
        case .unsubscribed(let rule):
            return [
                ConsentEvent(
                    address: address,
                    kind: .optOut,
                    by: rule == .c1 ? .person : (now.optOutBy == .account ? .operator : .provider),
                    source: .account(account),
                    position: now.optOutAt?.milliseconds,
                    occurredAt: now.optOutAt,
                    receivedAt: receivedAt,
                    through: through,
                    reason: now.optOutReason,
                    rule: rule
                )
            ]
        case .returned:
            return [
                ConsentEvent(
                    address: address,
                    kind: .optIn,
                    by: .person,
                    source: .account(account),
                    position: now.optInAt?.milliseconds,
                    occurredAt: now.optInAt,
                    receivedAt: receivedAt,
                    through: through,
                    rule: .c7
                )
            ]
        }
    }

    private static func isLater(_ new: Timestamp?, than old: Timestamp?) -> Bool {
        switch (new, old) {
        case (.some(let new), .some(let old)): new > old
        case (.some, .none): false
        case (.none, _): false
        }
    }
}
