import Reconciliation

/// The port to one account of an email provider: what the engine needs of it and no more (design §7).
///
/// Every method throws `PortError` (or `CancellationError`). What a provider cannot do is told by its capabilities;
/// the engine knows no provider's name.
package protocol EmailProvider: Sendable {
    var capabilities: ProviderCapabilities { get }

    /// What it reports of the mail that was sent; nil where it reports nothing.
    var mailingReports: (any MailingReports)? { get }

    /// Tries the credentials and says which account they lead to.
    func identify() async throws -> ProviderIdentity

    /// Every list that exists now.
    func lists() async throws -> [ProviderList]

    /// Creates a list.
    ///
    /// - Throws: `PortError` with `conflict(existing:)` when a list has that name, with that list's id where it could be found.
    func createList(named name: String, description: String) async throws -> ProviderList

    /// Gives a list its name back.
    func renameList(_ list: ListID, to name: String) async throws

    /// The fields of one's own that contacts can carry.
    func fields() async throws -> [ProviderField]

    /// Creates a text field, or finds the one of that label.
    func createField(labelled label: String) async throws -> ProviderField

    /// One page of contacts.
    ///
    /// - Parameter cursor: nil for the first page, then what the page before gave.
    func contacts(_ query: ContactQuery, cursor: String?) async throws -> ContactPage

    /// One contact as it is now, with its lists; nil where the account has none of that id.
    func contact(_ id: ContactID) async throws -> ProviderContact?

    /// The opt-outs that the provider's own history of a contact shows, deleted ones included; nil where it says nothing,
    /// so that an opt-out cannot be ruled out.
    func optOuts(of contact: ContactID) async throws -> [OptOutSighting]?

    /// Packs rows that go to one set of lists into as few bulk requests as the provider takes, in order.
    ///
    /// Pure; each element is the number of rows in one request.
    func packing(of rows: [ContactRow], onto lists: [ListID]) -> [Int]

    /// How a row goes out in bulk; rows of different kinds are never in one request. Pure.
    func bulkKind(of row: ContactRow) -> BulkKind

    /// Hands a bulk change over. One that is under way is not done before its activity has ended.
    ///
    /// All rows of one are of one kind, as `bulkKind` says.
    func submit(_ change: BulkChange) async throws -> Submission

    /// How the activities stand now; one that the provider has forgotten is absent.
    func progress(of activities: [ActivityID]) async throws -> [ActivityID: ActivityProgress]

    /// Creates or updates one contact and puts it on lists by single calls, for rows that bulk does not take.
    ///
    /// A known contact that has another address by now is left as it is and returned as read.
    ///
    /// - Parameter known: the contact's id where the shadow has it.
    func upsert(_ row: ContactRow, known: ContactID?, onto lists: [ListID]) async throws -> ProviderContact

    /// Unsubscribes a contact as the account, never in the person's name, with nothing else changed.
    ///
    /// - Parameter beforeWriting: called with the contact as it was read, after the read and before the write, so that
    ///   the engine can commit what it was; when it throws, nothing is written. Not called when the contact is
    ///   unsubscribed already.
    func unsubscribe(
        _ contact: ContactID,
        reason: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact

    /// Takes an unsubscribe of Causeway's own back (design §3, *Lifting*).
    ///
    /// - Parameter beforeWriting: called after the contact was read and before the write; the engine checks consent once
    ///   more in it, and when it throws, nothing is written.
    /// - Throws: `PortError` with `refused` when the provider says that the person opted out there.
    func resubscribe(
        _ contact: ContactID,
        lists: [ListID],
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact

    /// Gives a contact another address, with nothing else changed.
    ///
    /// - Parameter beforeWriting: called with the contact as it was read, after the read and before the write; when it
    ///   throws, nothing is written. Not called when the contact has the address already.
    /// - Throws: `PortError` with `conflict(existing:)` when another contact has the address.
    func changeAddress(
        of contact: ContactID,
        to email: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact

    /// Asks the provider to send its own confirmation mail to a person who unsubscribed.
    ///
    /// The contact stays unsubscribed until the person confirms, and is on the lists then. A mail is sent once, so this is
    /// never repeated; only where `capabilities.sendsConfirmationMail` says so.
    /// - Throws: `PortError` with `conflict` when the person was asked before.
    func requestConfirmation(from contact: ContactID, lists: [ListID]) async throws
}

extension EmailProvider {
    /// One kind, as a provider has whose requests take every row.
    package func bulkKind(of row: ContactRow) -> BulkKind { .whole }

    /// Says nothing, as a provider without such a history.
    package func optOuts(of contact: ContactID) async throws -> [OptOutSighting]? { nil }

    /// What a provider without such a mail answers.
    package func requestConfirmation(from contact: ContactID, lists: [ListID]) async throws {
        throw PortError(
            .refused,
            operation: "ask for a confirmation",
            detail: "the provider sends no confirmation mail of its own"
        )
    }

    /// Unsubscribes a contact with nothing to commit in between.
    package func unsubscribe(_ contact: ContactID, reason: String) async throws -> ProviderContact {
        try await unsubscribe(contact, reason: reason) { _ in }
    }

    /// Gives a contact another address with nothing to check in between.
    package func changeAddress(of contact: ContactID, to email: String) async throws -> ProviderContact {
        try await changeAddress(of: contact, to: email) { _ in }
    }

    /// Takes an unsubscribe back with nothing to check in between.
    package func resubscribe(_ contact: ContactID, lists: [ListID]) async throws -> ProviderContact {
        try await resubscribe(contact, lists: lists) { _ in }
    }
}

/// What a provider can do and bear, as data.
package struct ProviderCapabilities: Sendable, Hashable {
    /// The longest address that a contact may have, and that a bulk row may have.
    package var longestAddress: Int
    package var longestBulkAddress: Int
    /// The longest first or last name, and the longest value of a field of one's own.
    package var longestName: Int
    package var longestFieldValue: Int
    /// Lists that one contact may be on, the master list included.
    package var listsPerContact: Int
    /// Contacts in one bulk removal, and contacts on one page of a read.
    package var removalBatch: Int
    package var pageSize: Int
    /// Lists that one removal or one read may name.
    package var listsPerRemoval: Int
    package var listsPerQuery: Int
    /// The name of the list of everybody who is on at least one link; nil where there is none.
    package var masterListName: String?
    /// The longest name of a list.
    package var longestListName: Int
    package var requestsPerSecond: Double
    package var concurrency: Int
    /// Requests per UTC day; nil where there is no such limit.
    package var dailyLimit: Int?
    /// Whether the provider tells of opt-outs by itself, or must be asked.
    package var sendsWebhooks: Bool
    /// How far back opt-outs can be read by their time, in seconds; nil where there is no end to it.
    ///
    /// A gap that began earlier is closed by a walk of everybody.
    package var optOutHistorySeconds: Int?
    /// Whether it sends a confirmation mail of its own to a person who unsubscribed, when asked.
    package var sendsConfirmationMail: Bool
    /// What every list of a campaign begins with, before the campaign's id and name; nil where lists have the name alone.
    package var listNamePrefix: String?
    /// How the provider treats consent and membership.
    package var traits: ProviderTraits
    /// Whether bulk rows of known contacts go out otherwise than those of new ones, as `bulkKind` says.
    package var tellsKnownRows: Bool

    package init(
        longestAddress: Int,
        longestBulkAddress: Int,
        longestName: Int,
        longestFieldValue: Int,
        listsPerContact: Int,
        removalBatch: Int,
        pageSize: Int,
        listsPerRemoval: Int,
        listsPerQuery: Int,
        masterListName: String?,
        longestListName: Int,
        requestsPerSecond: Double,
        concurrency: Int,
        dailyLimit: Int?,
        sendsWebhooks: Bool,
        optOutHistorySeconds: Int? = nil,
        sendsConfirmationMail: Bool = false,
        listNamePrefix: String? = nil,
        traits: ProviderTraits = ProviderTraits(),
        tellsKnownRows: Bool = false
    ) {
        self.longestAddress = longestAddress
        self.longestBulkAddress = longestBulkAddress
        self.longestName = longestName
        self.longestFieldValue = longestFieldValue
        self.listsPerContact = listsPerContact
        self.removalBatch = removalBatch
        self.pageSize = pageSize
        self.listsPerRemoval = listsPerRemoval
        self.listsPerQuery = listsPerQuery
        self.masterListName = masterListName
        self.longestListName = longestListName
        self.requestsPerSecond = requestsPerSecond
        self.concurrency = concurrency
        self.dailyLimit = dailyLimit
        self.sendsWebhooks = sendsWebhooks
        self.optOutHistorySeconds = optOutHistorySeconds
        self.sendsConfirmationMail = sendsConfirmationMail
        self.listNamePrefix = listNamePrefix
        self.traits = traits
        self.tellsKnownRows = tellsKnownRows
    }
}

/// The account behind credentials.
package struct ProviderIdentity: Sendable, Hashable {
    /// The provider's own id of the account; pinned by `connect`.
    package var accountID: String
    package var organisation: String

    package init(accountID: String, organisation: String) {
        self.accountID = accountID
        self.organisation = organisation
    }
}

/// A list of an account.
package struct ProviderList: Sendable, Hashable {
    package var id: ListID
    package var name: String
    package var description: String

    package init(id: ListID, name: String, description: String = "") {
        self.id = id
        self.name = name
        self.description = description
    }
}

/// A field of one's own on contacts.
package struct ProviderField: Sendable, Hashable {
    package var id: String
    /// The name by which values are sent.
    package var name: String
    package var label: String
    /// The type, in the provider's word, such as `string`, `date` or `number`.
    package var dataType: String
    package var maximumLength: Int?

    package init(id: String, name: String, label: String, dataType: String, maximumLength: Int?) {
        self.id = id
        self.name = name
        self.label = label
        self.dataType = dataType
        self.maximumLength = maximumLength
    }
}

/// Which contacts to read.
package enum ContactQuery: Sendable, Hashable {
    /// Everybody, deleted contacts included and flagged.
    case everybody
    /// Contacts opted out after the moment by the provider's stamp, whatever became of them since.
    ///
    /// Where the provider cannot be asked for less, others that changed since then are among them.
    case optedOut(after: Timestamp)
    case unsubscribed
    case deleted
    /// Contacts on any of the lists, at most `listsPerQuery`.
    case onLists([ListID])
    /// The contact of one address, deleted or not.
    case having(Address)
    /// Contacts created after the moment by the provider's stamp.
    case created(after: Timestamp)
}

/// An opt-out that a provider's history of a contact shows.
package struct OptOutSighting: Sendable, Hashable {
    /// The provider's stamp; nil where it gives none.
    package var occurredAt: Timestamp?
    /// What it happened at, such as the id of the mailing.
    package var reference: String

    package init(occurredAt: Timestamp?, reference: String) {
        self.occurredAt = occurredAt
        self.reference = reference
    }
}

/// One page of contacts, each with its lists.
package struct ContactPage: Sendable {
    package var contacts: [ProviderContact]
    /// What to pass for the next page; nil after the last one.
    package var next: String?
    /// The server's own time of the answer, where it says so.
    package var serverTime: Timestamp?

    package init(contacts: [ProviderContact], next: String?, serverTime: Timestamp?) {
        self.contacts = contacts
        self.next = next
        self.serverTime = serverTime
    }
}

/// What is sent of one contact.
package struct ContactRow: Sendable, Hashable, Codable {
    /// The address as typed.
    package var email: String
    package var firstName: String
    package var lastName: String
    /// Values by the provider's field name, those of `ProviderTraits.recordFields` among them.
    ///
    /// An empty value clears, where the provider can. Where the account does not have a field for the record, its value is
    /// left out.
    package var fields: [String: String]
    /// The contact's id where the shadow has it; nil as well where the provider does not ask (`tellsKnownRows`).
    package var known: ContactID?
    /// Whether the contact is known to hold the row's values already, so that only its lists change.
    package var isHeld = false

    package init(email: String, firstName: String, lastName: String, fields: [String: String] = [:]) {
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.fields = fields
    }
}

/// One bulk request.
package enum BulkChange: Sendable, Hashable, Codable {
    /// Create or update contacts and put all of them on all of the lists.
    case upsert([ContactRow], onto: [ListID])
    /// Take all of the contacts off all of the lists.
    case remove([ContactReference], from: [ListID])
}

/// A contact that the shadow has, by both of its names.
package struct ContactReference: Sendable, Hashable, Codable {
    package var id: ContactID
    package var address: Address

    package init(_ id: ContactID, _ address: Address) {
        self.id = id
        self.address = address
    }
}

/// How a row goes out in bulk.
package enum BulkKind: Int, Sendable, Hashable, CaseIterable {
    /// As every other.
    case whole
    /// It makes a contact.
    case creation
    /// It changes a contact that is there.
    case change
    /// It puts a contact on lists and changes nothing else.
    case membership
}

/// What became of a bulk change that was handed over.
package enum Submission: Sendable, Hashable {
    /// It is under way, and `progress` tells how it stands.
    case underWay(ActivityID)
    /// It was carried out at once, and ended so.
    case ended(ActivityResult)
}

/// A provider's id of a bulk request under way.
package struct ActivityID: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// How a bulk request stands.
package enum ActivityProgress: Sendable, Hashable {
    case running
    case ended(ActivityResult)
}

/// How a bulk request ended.
package struct ActivityResult: Sendable, Hashable {
    /// False when it failed, was cancelled or timed out; some rows may have taken effect all the same.
    package var completed: Bool
    /// The provider's word for the state.
    package var state: String
    /// Errors of single rows: index into the rows of the request where it could be told, and the provider's text.
    package var rowErrors: [(index: Int?, text: String)]
    /// Rows that were not put on a list and are not named.
    package var unnamedRefusals: Int
    /// Rows that the provider read, where it says so; fewer than were sent means that a tail was dropped.
    package var rowsRead: Int?
    /// Contacts as the answer shows them, which need no reading back.
    package var contacts: [ProviderContact]

    package init(
        completed: Bool,
        state: String,
        rowErrors: [(index: Int?, text: String)] = [],
        unnamedRefusals: Int = 0,
        rowsRead: Int? = nil,
        contacts: [ProviderContact] = []
    ) {
        self.contacts = contacts
        self.completed = completed
        self.state = state
        self.rowErrors = rowErrors
        self.unnamedRefusals = unnamedRefusals
        self.rowsRead = rowsRead
    }

    package static func == (left: ActivityResult, right: ActivityResult) -> Bool {
        left.completed == right.completed && left.state == right.state
            && left.unnamedRefusals == right.unnamedRefusals && left.rowsRead == right.rowsRead
            && left.contacts == right.contacts
            && left.rowErrors.elementsEqual(right.rowErrors) { $0.index == $1.index && $0.text == $1.text }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(completed)
        hasher.combine(state)
        hasher.combine(unnamedRefusals)
        hasher.combine(rowsRead)
        hasher.combine(contacts)
        for error in rowErrors {
            hasher.combine(error.index)
            hasher.combine(error.text)
        }
    }
}
