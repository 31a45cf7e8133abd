/// The kinds of cause that somebody has to decide on (design §3 and §4).
package enum HoldKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// An operator cleared the flag on a record while an opt-out of another source stands (C6).
    case disputedFlag = "disputed-flag"
    /// Flags went without an operator's act: many within an hour, or by software (C12).
    case flagsGone = "flags-gone"
    /// The person opted in again, and `optIn.clearFlag` keeps the flag that Causeway had set (C7).
    case keptFlag = "kept-flag"
    /// The person opted in again, and another opt-out stands (C7).
    case otherOptOutStands = "other-opt-out-stands"
    /// The provider says that the person came back, and nothing proves that it was after the opt-out (C7).
    case unprovedReturn = "unproved-return"
    /// The contact cannot be reached any more, and nobody can say whether it bounced or complained (C8).
    case unclearBounce = "unclear-bounce"
    /// The contact was deleted at the provider (C9).
    case contactDeleted = "contact-deleted"
    /// The person changed their address at the provider (C11).
    case addressChanged = "address-changed"
    /// An opted-out contact was subscribed again at the provider (C13).
    case subscribedAgain = "subscribed-again"
    /// The provider refuses to take an unsubscribe of Causeway's back (design §3, *Lifting*).
    case refusedReturn = "refused-return"
    /// A mailing's report says that the person opted out, and the contact may be mailed (design §3).
    case reportedOptOut = "reported-opt-out"
    /// A link's list was renamed at the provider after its name was put right once.
    case listRenamed = "list-renamed"
    /// A link's list was deleted at the provider.
    case listDeleted = "list-deleted"
    /// A link's campaign was deleted or can no longer be read.
    case campaignGone = "campaign-gone"
    /// A run that would take more than usual off a list (design §4, *Breaker*).
    case removals
    /// A run that would empty more fields than usual.
    case wipes
    /// More people than usual seem to have left a list at the provider.
    case departures
    /// A campaign suddenly reads as empty or much shrunken.
    case membersMissing = "members-missing"
    /// Many records can suddenly not be read any more.
    case recordsHidden = "records-hidden"

    /// The rule that holds, as `causeway holds` shows it: a rule of consent, or a word for a rule of membership.
    package var rule: String {
        switch self {
        case .disputedFlag, .flagsGone, .keptFlag, .otherOptOutStands, .unprovedReturn, .unclearBounce,
            .contactDeleted, .addressChanged, .subscribedAgain:
            consentRule?.rawValue ?? rawValue
        case .refusedReturn: "lifting"
        case .reportedOptOut: "report"
        case .listRenamed, .listDeleted: "list"
        case .campaignGone: "campaign"
        case .removals, .wipes, .departures, .membersMissing, .recordsHidden: "breaker"
        }
    }

    /// The rule of consent that holds; nil where it is none of them.
    package var consentRule: ConsentRule? {
        switch self {
        case .disputedFlag: .c6
        case .flagsGone: .c12
        case .keptFlag, .otherOptOutStands, .unprovedReturn: .c7
        case .unclearBounce: .c8
        case .contactDeleted: .c9
        case .addressChanged: .c11
        case .subscribedAgain: .c13
        case .refusedReturn, .reportedOptOut, .listRenamed, .listDeleted, .campaignGone, .removals, .wipes,
            .departures, .membersMissing, .recordsHidden:
            nil
        }
    }

    /// What is the matter, in words for people.
    package var title: String {
        switch self {
        case .disputedFlag: ConsentRule.c6.title
        case .flagsGone: "opt-out flags went without an operator's act: many within an hour, or by software"
        case .keptFlag: "the person opted in again; the flag that Causeway had set is left (optIn.clearFlag is off)"
        case .otherOptOutStands: "the person opted in again at the provider, and another opt-out stands"
        case .unprovedReturn: "the provider says that the person came back, and nothing proves that it was later"
        case .unclearBounce: "the provider stopped mailing the contact, and does not say whether it complained"
        case .contactDeleted: ConsentRule.c9.title
        case .addressChanged: ConsentRule.c11.title
        case .subscribedAgain: ConsentRule.c13.title
        case .refusedReturn: "the opt-out is lifted, and the provider refuses to take its unsubscribe back"
        case .reportedOptOut: "a mailing's report says that the person opted out, and the contact may be mailed"
        case .listRenamed: "the list was renamed at the provider again"
        case .listDeleted: "the list was deleted at the provider"
        case .campaignGone: "the campaign was deleted or can no longer be read"
        case .removals: "the run would take unusually many off the list"
        case .wipes: "the run would empty unusually many fields"
        case .departures: "unusually many seem to have left the list at the provider"
        case .membersMissing: "the campaign suddenly reads as empty or much shrunken"
        case .recordsHidden: "many records can suddenly not be read any more"
        }
    }

    /// Whether one hold names all rows of the cause, so that later ones join it while it is open.
    package var isShared: Bool {
        switch self {
        case .flagsGone, .removals, .wipes, .departures, .membersMissing, .recordsHidden: true
        case .disputedFlag, .keptFlag, .otherOptOutStands, .unprovedReturn, .unclearBounce, .contactDeleted,
            .addressChanged, .subscribedAgain, .refusedReturn, .reportedOptOut, .listRenamed, .listDeleted,
            .campaignGone:
            false
        }
    }

    /// Whether the undecided hold is an opt-out that is not carried out everywhere: a dispute.
    package var isDispute: Bool {
        switch self {
        case .disputedFlag, .flagsGone: true
        case .keptFlag, .otherOptOutStands, .unprovedReturn, .unclearBounce, .contactDeleted, .addressChanged,
            .subscribedAgain, .refusedReturn, .reportedOptOut, .listRenamed, .listDeleted, .campaignGone, .removals,
            .wipes, .departures, .membersMissing, .recordsHidden:
            false
        }
    }

    /// What shows that the cause is gone.
    package var closing: Closing {
        switch self {
        case .disputedFlag, .flagsGone, .keptFlag, .otherOptOutStands, .contactDeleted, .refusedReturn, .removals,
            .wipes:
            .byPlan
        case .unprovedReturn, .subscribedAgain: .byOptOut
        // Whatever is wanted meanwhile, the two addresses are one until somebody decides or the old one is back.
        case .unclearBounce, .reportedOptOut, .addressChanged, .listRenamed, .listDeleted, .campaignGone, .departures,
            .membersMissing, .recordsHidden:
            .byReading
        }
    }

    /// What shows that a cause is gone.
    package enum Closing: Hashable, Sendable {
        /// A decision about the address that does not name it any more.
        case byPlan
        /// No opt-out stands on the address any more.
        case byOptOut
        /// A reading of the source that does not find it any more.
        case byReading
    }
}
