/// A row of a mailing's report that says something about consent, beside what is known of the address: finds what that
/// means (design §3, *An opt-out is a change of state*).
///
/// Pure: the answer depends on nothing but the fields. A row is history, so it joins what is there; where nothing is
/// there, the contact as it reads now decides.
package struct ReportRowReading: Sendable {
    /// The contact as it was read for the row's sake.
    package enum Contact: Sendable, Hashable {
        case unread
        /// The account does not know the address any more.
        case gone
        case read(ProviderContact)
    }

    /// What a row means.
    package enum Outcome: Sendable, Hashable {
        /// It belongs to an event that is on the ledger.
        case joins
        /// It is overtaken: the person came back since, or the address is tried again.
        case overtaken
        /// The contact has to be read before anything can be said.
        case readsBack
        /// It is an event.
        case writes(ConsentEvent)
        /// Somebody has to decide: the report says so, and the contact may be mailed all the same.
        case holds
        /// It means nothing beyond the mailing.
        case nothing
    }

    package var act: MailingAct
    package var account: AccountID
    package var address: Address
    /// By the provider's clock; nil where the report does not say.
    package var occurredAt: Timestamp?
    package var reason: String?
    /// What this account has said about the address so far.
    package var said: Standing.Said?
    /// Whether mail to the address bounces, by the ledger's latest word.
    package var isUndeliverable: Bool
    /// When somebody last said that the address can be tried again.
    package var triedAgainAt: Timestamp?
    package var contact: Contact
    package var traits: ProviderTraits
    /// Whether a hard bounce changes the contact, which then says so itself.
    package var bouncesShowOnContact: Bool
    package var receivedAt: Timestamp

    package init(
        act: MailingAct,
        account: AccountID,
        address: Address,
        occurredAt: Timestamp?,
        reason: String? = nil,
        said: Standing.Said?,
        isUndeliverable: Bool = false,
        triedAgainAt: Timestamp? = nil,
        contact: Contact = .unread,
        traits: ProviderTraits = ProviderTraits(),
        bouncesShowOnContact: Bool = false,
        receivedAt: Timestamp
    ) {
        self.act = act
        self.account = account
        self.address = address
        self.occurredAt = occurredAt
        self.reason = reason
        self.said = said
        self.isUndeliverable = isUndeliverable
        self.triedAgainAt = triedAgainAt
        self.contact = contact
        self.traits = traits
        self.bouncesShowOnContact = bouncesShowOnContact
        self.receivedAt = receivedAt
    }

    /// Which of the outcomes it is; every combination of what can be known has exactly one.
    package var outcome: Outcome {
        switch act {
        case .optedOut: optOutOutcome
        case .complained: complaintOutcome
        case .hardBounced: bounceOutcome
        case .sent, .opened, .clicked, .softBounced: .nothing
        }
    }

    private var optOutOutcome: Outcome {
        if isBeforeTheReturn { return .overtaken }
        if let said, said.stands {
            // Nobody could say who it was, or the account: the report says that it was the person (C3).
            return said.byPerson ? .joins : .writes(optOut(.c3))
        }
        switch contact {
        case .unread: return .readsBack
        // Deleted since: an unsubscribe that the reports show is C1 (C9).
        case .gone: return .writes(optOut(.c1))
        case .read(let contact):
            if contact.isDeleted || contact.permission == .unsubscribed { return .writes(optOut(.c1)) }
            return cameBack(contact) ? .overtaken : .holds
        }
    }

    /// A complaint counts whichever way it is found (C2); only the person's own return is later than it.
    private var complaintOutcome: Outcome {
        if isBeforeTheReturn { return .overtaken }
        if let said, said.stands { return said.isComplaint ? .joins : .writes(optOut(.c2)) }
        switch contact {
        case .unread: return .readsBack
        case .gone: return .writes(optOut(.c2))
        case .read(let contact): return cameBack(contact) ? .overtaken : .writes(optOut(.c2))
        }
    }

    private var bounceOutcome: Outcome {
        // Not an opt-out, so what is unsure is tried again: the next mailing tells.
        if let triedAgainAt, (occurredAt ?? .init(milliseconds: 0)) <= triedAgainAt { return .overtaken }
        if isUndeliverable { return .joins }
        guard bouncesShowOnContact else { return .writes(bounce) }
        return contact == .unread ? .readsBack : .nothing
    }

    /// Whether the ledger has a proved return of the person at this account that is later than the row.
    private var isBeforeTheReturn: Bool {
        guard let occurredAt, let optIn = said?.optIn else { return false }
        return optIn > occurredAt.milliseconds
    }

    /// Whether the contact shows by itself that the person came back after the row (C7).
    private func cameBack(_ contact: ProviderContact) -> Bool {
        guard let occurredAt, contact.permission == .explicit || contact.permission == .implicit, !contact.isDeleted
        else { return false }
        if contact.optInBy == .contact, let optIn = contact.optInAt, optIn > occurredAt { return true }
        guard traits.onlyThePersonReturns, let changed = contact.changedAt else { return false }
        return changed > occurredAt
    }

    private func optOut(_ rule: ConsentRule) -> ConsentEvent {
        ConsentEvent(
            address: address,
            kind: .optOut,
            by: .person,
            source: .account(account),
            isComplaint: rule == .c2,
            position: occurredAt?.milliseconds,
            occurredAt: occurredAt,
            receivedAt: receivedAt,
            through: Self.through,
            reason: reason,
            rule: rule
        )
    }

    private var bounce: ConsentEvent {
        BounceReport(account: account, address: address, occurredAt: occurredAt, reason: reason)
            .event(receivedAt: receivedAt, through: Self.through)
    }

    /// How events of reports came to be known.
    package static let through = "mailing report"
}
