/// A fact about one address, record or member at one time, from wherever it came.
///
/// Webhooks, notifications and polls all end as observations; nothing is ever forwarded as an event (design §1).
package enum Observation: Hashable, Sendable {
    /// Somebody other than a read of the provider says that an address is opted out: a relay, a webhook, a report.
    case optOutReported(OptOutReport)
    /// Somebody says that mail to an address bounced for good.
    case bounceReported(BounceReport)
    /// A contact as the provider showed it.
    case contactRead(AccountID, ProviderContact)
    /// A Person or Lead as the CRM showed it.
    case recordRead(CRMRecord)
    /// A membership as the CRM showed it.
    case memberRead(CampaignMember)
    /// Something in the CRM may have changed and is to be read: a hint, never a fact.
    case changeHinted(ChangeHint)
}

/// An opt-out told by word (design §6, the relay's body).
package struct OptOutReport: Hashable, Sendable {
    package var account: AccountID
    package var address: Address
    /// Who opted out, as far as the teller says.
    package var by: Author
    package var isComplaint: Bool
    /// When it happened, by the teller's clock; nil when it does not say.
    package var occurredAt: Timestamp?
    package var reason: String?
    /// Whether `occurredAt` is the account's own stamp, which orders its opt-outs and returns; a relay's clock is another
    /// source's, and times of two sources are never compared (design §3).
    package var isStampedByAccount: Bool

    package init(
        account: AccountID,
        address: Address,
        by: Author,
        isComplaint: Bool = false,
        occurredAt: Timestamp?,
        reason: String? = nil,
        isStampedByAccount: Bool = false
    ) {
        self.isStampedByAccount = isStampedByAccount
        self.account = account
        self.address = address
        self.by = by
        self.isComplaint = isComplaint
        self.occurredAt = occurredAt
        self.reason = reason
    }
}

/// A hard bounce told by word.
package struct BounceReport: Hashable, Sendable {
    package var account: AccountID
    package var address: Address
    package var occurredAt: Timestamp?
    package var reason: String?

    package init(account: AccountID, address: Address, occurredAt: Timestamp?, reason: String? = nil) {
        self.account = account
        self.address = address
        self.occurredAt = occurredAt
        self.reason = reason
    }
}

/// What a CRM notification points at.
package enum ChangeHint: Hashable, Sendable {
    case record(RecordID)
    case member(MemberID)
    case campaign(CampaignID)
    /// Something changed about the contact of an address at a provider account: it is read back first.
    case contact(AccountID, Address)
    /// A mailing went out at a provider account, or was stopped: its report is due.
    case mailing(AccountID)
    /// A bulk change ended at a provider account, under the id that it has there; it need not be one of ours. How it
    /// stands is asked for, and nothing else is believed of it.
    case bulkChange(AccountID, id: String)
    /// "Something changed": read every source now.
    case anything

    /// Whether it only says that a bulk change ended.
    package var isOfBulkChange: Bool {
        if case .bulkChange = self { true } else { false }
    }
}

/// Who said something about consent (design §3).
package enum Author: String, Hashable, Sendable, Codable, CaseIterable {
    case person
    case `operator`
    case crm
    /// The provider does not say who.
    case provider
}
