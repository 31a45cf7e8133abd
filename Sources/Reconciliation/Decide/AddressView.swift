/// Everything that the decision about one address needs to know, as it is at one instant.
package struct AddressView: Sendable {
    package var address: Address
    /// Whether an opt-out of any source stands on the address.
    package var isOptedOut: Bool
    /// The ledger's row of the latest opt-out that stands; zero where none does.
    package var latestOptOut: Int64
    /// The ledger's row of the latest opt-out of a provider account that stands (C1 to C3); zero where none does.
    ///
    /// Only these set member statuses: a flag that the CRM set (C4) speaks for itself there.
    package var latestProviderOptOut: Int64
    /// Whether mail to the address bounces.
    package var isUndeliverable: Bool
    /// Whether a contact with the address was deleted, and an unsubscribe before that cannot be ruled out (C9): off the
    /// lists at every account until it is, the contact is there again or somebody says that the person may be mailed.
    package var isInDoubt = false
    /// Whether records get the undeliverable mark (`bounce.markUndeliverable`).
    package var marksUndeliverable: Bool
    /// Every record that has the address, main or other.
    package var records: [RecordView]
    /// The members of linked campaigns that stand for the address: their record has it as its main one.
    package var members: [MemberView]
    package var accounts: [AccountView]
    /// The ledger's row of the person's latest return at a provider (C7); zero where there is none.
    package var latestReturn: Int64
    /// What became of the causes that somebody had or has to decide on.
    package var holds: [HoldCause: HoldStand]
    /// Whether the address is kept off every list until somebody decides whether it complained (C8).
    package var isHeldOff: Bool
    /// The changes of a record's main address that the address is part of, where an account has a contact of the old one.
    package var changedMains: [ChangedMainAddress] = []

    package init(
        address: Address,
        isOptedOut: Bool = false,
        latestOptOut: Int64 = 0,
        latestProviderOptOut: Int64 = 0,
        isUndeliverable: Bool = false,
        marksUndeliverable: Bool = true,
        records: [RecordView] = [],
        members: [MemberView] = [],
        accounts: [AccountView] = [],
        latestReturn: Int64 = 0,
        holds: [HoldCause: HoldStand] = [:],
        isHeldOff: Bool = false
    ) {
        self.address = address
        self.isOptedOut = isOptedOut
        self.latestOptOut = latestOptOut
        self.latestProviderOptOut = latestProviderOptOut
        self.isUndeliverable = isUndeliverable
        self.marksUndeliverable = marksUndeliverable
        self.records = records
        self.members = members
        self.accounts = accounts
        self.latestReturn = latestReturn
        self.holds = holds
        self.isHeldOff = isHeldOff
    }
}

/// A record as the decision sees it.
package struct RecordView: Sendable {
    package var mirror: RecordMirror
    /// Whether the address in question is the record's main one.
    package var isMain: Bool
    /// Whether an opt-out stands on any address of the record, and the ledger's latest row of those; zero where none.
    package var latestOptOutOfAny: Int64
    /// Whether a flag of Causeway's goes when nothing asks for it any more; false where the person's return lifted the
    /// last opt-out and `optIn.clearFlag` is off (C7).
    package var mayClearFlag: Bool

    package init(mirror: RecordMirror, isMain: Bool, latestOptOutOfAny: Int64 = 0, mayClearFlag: Bool = true) {
        self.mirror = mirror
        self.isMain = isMain
        self.latestOptOutOfAny = latestOptOutOfAny
        self.mayClearFlag = mayClearFlag
    }

    package var wantsFlag: Bool { latestOptOutOfAny > 0 }

    /// Whether an operator's clearing of the flag is still in dispute: no opt-out has arrived since.
    package var isDisputed: Bool {
        guard let after = mirror.disputedAfter else { return false }
        return wantsFlag && latestOptOutOfAny <= after
    }

    /// Whether the record keeps all of its addresses off every list; a disputed one counts as flagged.
    package var keepsOff: Bool { mirror.record.isOptedOut || isDisputed }
}

/// A campaign member as the decision sees it.
package struct MemberView: Sendable {
    package var id: MemberID
    package var campaign: CampaignID
    /// The index of the member's record in `AddressView.records`.
    package var record: Int
    package var statusID: Int64
    /// Whether the status is one of the link's leaving statuses.
    package var isLeaving: Bool
    package var lockVersion: Int64
    /// The status that Causeway set, while nobody has changed it since.
    package var ownStatus: OwnStatus?
    /// The latest cause for which Causeway set this member's status; it is set once for each.
    package var lastCause: StatusCause?

    package init(
        id: MemberID,
        campaign: CampaignID,
        record: Int,
        statusID: Int64,
        isLeaving: Bool,
        lockVersion: Int64,
        ownStatus: OwnStatus? = nil,
        lastCause: StatusCause? = nil
    ) {
        self.id = id
        self.campaign = campaign
        self.record = record
        self.statusID = statusID
        self.isLeaving = isLeaving
        self.lockVersion = lockVersion
        self.ownStatus = ownStatus
        self.lastCause = lastCause
    }
}

/// Why Causeway set a member's status.
package enum StatusCause: Hashable, Sendable, Codable {
    /// An opt-out: the ledger's row.
    case optOut(Int64)
    /// The person left a single list at the provider: the departure's row.
    case departure(Int64)
}

/// A member status that Causeway set.
package struct OwnStatus: Hashable, Sendable, Codable {
    package var cause: StatusCause
    package var previousStatusID: Int64

    package init(cause: StatusCause, previousStatusID: Int64) {
        self.cause = cause
        self.previousStatusID = previousStatusID
    }
}

/// A provider account as the decision about one address sees it.
package struct AccountView: Sendable {
    package var account: AccountID
    package var rules: AccountRules
    /// The contact of the address; nil where the account is not known to have one.
    package var shadow: ContactShadow?
    /// The managed lists that Causeway put the contact on.
    package var ours: [ListID]
    /// Lists that the person left at the provider, with the departure's row.
    package var departures: [Departure]
    /// Whether a bulk change that carries the address is under way.
    package var isInFlight: Bool
    /// Refused by the provider as it stands, with its words: not tried again before it changes.
    package var refusal: String?
    /// The contact that had the address and has another one now, by the person's doing (C11).
    package var moved: MovedContact?
    /// The contacts with the address that were deleted in a gap, and of which the provider does not say whether the
    /// person unsubscribed first (C9).
    package var doubts: [DeletionDoubt] = []

    package init(
        account: AccountID,
        rules: AccountRules,
        shadow: ContactShadow? = nil,
        ours: [ListID] = [],
        departures: [Departure] = [],
        isInFlight: Bool = false,
        refusal: String? = nil,
        moved: MovedContact? = nil
    ) {
        self.account = account
        self.rules = rules
        self.shadow = shadow
        self.ours = ours
        self.departures = departures
        self.isInFlight = isInFlight
        self.refusal = refusal
        self.moved = moved
    }
}

/// A contact whose address was changed at the provider.
package struct MovedContact: Hashable, Sendable {
    package var contact: ContactID
    package var address: Address
    /// Whether somebody has decided that each address speaks for itself; no second contact is made all the same.
    package var isDecided: Bool

    package init(contact: ContactID, address: Address, isDecided: Bool = false) {
        self.contact = contact
        self.address = address
        self.isDecided = isDecided
    }
}

/// A contact that was deleted while nobody read its account, and may have unsubscribed first (C9).
package struct DeletionDoubt: Hashable, Sendable {
    package var contact: ContactID
    /// Why an unsubscribe cannot be ruled out.
    package var finding: String

    package init(contact: ContactID, finding: String) {
        self.contact = contact
        self.finding = finding
    }
}

/// A person's departure from one list.
package struct Departure: Hashable, Sendable {
    package var id: Int64
    package var list: ListID

    package init(id: Int64, list: ListID) {
        self.id = id
        self.list = list
    }
}

/// What holds for every address of one account; shared between its views.
package final class AccountRules: Sendable {
    package let links: [LinkView]
    /// The list of everybody on at least one link; nil where the provider has none or it is not made yet.
    package let master: ListID?
    package let mappings: [FieldMapping]
    package let longestAddress: Int
    package let longestName: Int
    package let longestFieldValue: Int
    package let listsPerContact: Int
    package let traits: ProviderTraits
    /// The fields that say which record a contact stands for; nil where there are none, or where a mapping leads to one
    /// of them, which is an operator's word.
    package let recordFields: RecordFields?
    private let linksByCampaign: [CampaignID: [LinkView]]
    private let managed: Set<ListID>
    /// The links that are held: their lists are left as they are.
    let resting: [LinkView]

    package init(
        links: [LinkView],
        master: ListID?,
        mappings: [FieldMapping] = [],
        longestAddress: Int,
        longestName: Int,
        longestFieldValue: Int,
        listsPerContact: Int,
        traits: ProviderTraits = ProviderTraits()
    ) {
        self.traits = traits
        self.recordFields = traits.recordFields.flatMap { own in
            mappings.contains { own.names.contains($0.field) } ? nil : own
        }
        self.links = links
        self.master = master
        self.mappings = mappings
        self.longestAddress = longestAddress
        self.longestName = longestName
        self.longestFieldValue = longestFieldValue
        self.listsPerContact = listsPerContact
        self.linksByCampaign = Dictionary(grouping: links, by: \.campaign)
        self.managed = Set(links.filter { $0.standing != .listGone }.map(\.list)).union(master.map { [$0] } ?? [])
        self.resting = links.filter { $0.standing != .running }
    }

    /// Whether Causeway manages the list.
    package func manages(_ list: ListID) -> Bool { managed.contains(list) }

    /// Whether the list is that of a link that is held.
    func rests(_ list: ListID) -> Bool { resting.contains { $0.list == list } }

    /// The links of a campaign at this account, in the order of `links`.
    package func links(of campaign: CampaignID) -> [LinkView] { linksByCampaign[campaign] ?? [] }
}

/// One link of an account.
package struct LinkView: Hashable, Sendable {
    package var id: LinkID
    package var campaign: CampaignID
    package var list: ListID
    /// The status that a member gets who opted out or left the list.
    package var unsubscribedStatus: String
    package var standing: Standing

    /// Whether the link runs.
    package enum Standing: Hashable, Sendable {
        case running
        /// Held: nobody comes to the list and nobody leaves it but who opted out.
        case frozen
        /// Held, and there is no list any more.
        case listGone
    }

    package init(
        id: LinkID,
        campaign: CampaignID,
        list: ListID,
        unsubscribedStatus: String = "Unsubscribed",
        standing: Standing = .running
    ) {
        self.standing = standing
        self.id = id
        self.campaign = campaign
        self.list = list
        self.unsubscribedStatus = unsubscribedStatus
    }
}
