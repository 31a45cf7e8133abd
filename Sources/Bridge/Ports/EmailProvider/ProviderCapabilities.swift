import Reconciliation

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
