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
