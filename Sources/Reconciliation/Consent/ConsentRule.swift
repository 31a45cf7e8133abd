/// The rules of consent, by their numbers in design §3.
package enum ConsentRule: String, Hashable, Sendable, Codable, CaseIterable {
    case c1 = "C1"
    case c2 = "C2"
    case c3 = "C3"
    case c4 = "C4"
    case c5 = "C5"
    case c6 = "C6"
    case c7 = "C7"
    case c8 = "C8"
    case c9 = "C9"
    case c10 = "C10"
    case c11 = "C11"
    case c12 = "C12"
    case c13 = "C13"
    /// The address was erased: an opt-out by the operator (design §3, *Erasure*).
    case erasure

    /// What the rule does; the one table that the observers, the decision and the tests read.
    package var effect: RuleEffect {
        switch self {
        case .c1: RuleEffect(ledger: .optOut, records: .flaggedWithStatus, providers: .offListsAndUnsubscribed)
        case .c2: RuleEffect(ledger: .optOut, records: .flaggedWithStatus, providers: .offListsAndUnsubscribed)
        case .c3: RuleEffect(ledger: .optOut, records: .flaggedWithStatus, providers: .offListsAndUnsubscribed)
        case .c4: RuleEffect(ledger: .optOut, records: .flagged, providers: .offListsAndUnsubscribed)
        case .c5: RuleEffect(ledger: .liftOwn, records: .followersCleared, providers: .backByLifting)
        case .c6:
            RuleEffect(ledger: .liftOwn, records: .disputed, providers: .stayOff, holds: [.disputedFlag])
        case .c7:
            RuleEffect(
                ledger: .liftOwn,
                records: .followersCleared,
                providers: .backByLifting,
                holds: [.keptFlag, .otherOptOutStands, .unprovedReturn]
            )
        case .c8:
            RuleEffect(
                ledger: .undeliverable,
                records: .markedUndeliverable,
                providers: .offLists,
                holds: [.unclearBounce]
            )
        case .c9:
            RuleEffect(ledger: .nothing, records: .untouched, providers: .stayOff, holds: [.contactDeleted])
        case .c10: RuleEffect(ledger: .nothing, records: .untouched, providers: .untouched)
        case .c11:
            RuleEffect(ledger: .nothing, records: .untouched, providers: .untouched, holds: [.addressChanged])
        case .c12:
            RuleEffect(ledger: .nothing, records: .flaggedOrDisputed, providers: .stayOff, holds: [.flagsGone])
        case .c13:
            RuleEffect(
                ledger: .nothing,
                records: .untouched,
                providers: .offListsAndUnsubscribed,
                holds: [.subscribedAgain]
            )
        case .erasure: RuleEffect(ledger: .optOut, records: .flagged, providers: .offListsAndUnsubscribed)
        }
    }

    /// What was observed, in words for people.
    package var title: String {
        switch self {
        case .c1: "the person unsubscribed at the provider"
        case .c2: "the person complained of spam"
        case .c3: "the contact was unsubscribed at the provider by the account, or nobody says by whom"
        case .c4: "the opt-out flag was set in the CRM"
        case .c5: "an operator cleared the opt-out flag in the CRM"
        case .c6: "an operator cleared the opt-out flag while an opt-out of another source stands"
        case .c7: "the person opted in again at the provider"
        case .c8: "mail to the address bounces"
        case .c9: "the contact was deleted at the provider"
        case .c10: "somebody says that the person opted in, without proof"
        case .c11: "the person changed their address at the provider"
        case .c12: "the opt-out flag went from a record without an operator's act"
        case .c13: "an opted-out contact was subscribed again at the provider"
        case .erasure: "the address was erased"
        }
    }
}

/// What a rule does to the ledger, to the records and at the providers.
package struct RuleEffect: Hashable, Sendable {
    /// What is written to the ledger.
    package enum Ledger: Hashable, Sendable { case nothing, optOut, liftOwn, undeliverable }
    /// What becomes of the records that have the address.
    package enum Records: Hashable, Sendable {
        case untouched, flagged, flaggedWithStatus, followersCleared, disputed, flaggedOrDisputed, markedUndeliverable
    }
    /// What becomes of the contact.
    package enum Providers: Hashable, Sendable {
        case untouched, offListsAndUnsubscribed, offLists, backByLifting, stayOff
    }

    package var ledger: Ledger
    package var records: Records
    package var providers: Providers
    /// The kinds of hold that the rule can raise, where somebody has to decide.
    package var holds: [HoldKind]

    package init(ledger: Ledger, records: Records, providers: Providers, holds: [HoldKind] = []) {
        self.ledger = ledger
        self.records = records
        self.providers = providers
        self.holds = holds
    }
}
