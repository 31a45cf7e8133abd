import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

/// Single contacts.
extension MailchimpClient {
    /// Creates or updates one contact and puts it on lists.
    ///
    /// Who is unsubscribed, or cannot be reached, is returned as read and put on no list. An archived contact that is
    /// known is `notFound`: whether to bring it back is not decided here. One without a known id is brought back as one
    /// whom the service asks by a mail first: what it was before cannot be read (mailchimp.md §5).
    package func upsert(_ row: ContactRow, known: ContactID?, onto lists: [ListID]) async throws -> ProviderContact {
        if let known { return try await update(known, with: row, onto: lists) }
        let operation = "create a contact"
        let values = try await values(of: row, operation)
        let status = try await audienceFacts().statusOfNew
        let query = try await skipping(try await definitions(covering: []))
        let hash = SubscriberHash.of(row.email)
        let request = caller.write(operation, .PUT, path(ofMember: hash), query) { writer in
            writer.object { writer in
                writer.member("email_address", row.email)
                // Never `status`, which would subscribe whoever is there and unsubscribed (mailchimp.md §14, trap 1).
                writer.member("status_if_new", status)
                values.write(to: &writer)
            }
        }
        var document = try await inAudience(operation) { try await caller.call(request) { try Self.member(in: $0) } }
        if document.isArchived { document = try await patch(document.hash, status: "pending", operation) }
        return try await listed(document, onto: lists, operation)
    }

    /// Unsubscribes a contact as the account.
    ///
    /// One that is unsubscribed already, cleaned or archived is returned as it was read.
    package func unsubscribe(
        _ contact: ContactID,
        reason: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let operation = "unsubscribe a contact"
        let read = try await existing(contact, operation)
        guard read.canBeUnsubscribed else { return try await self.contact(from: read) }
        try await beforeWriting(try await self.contact(from: read))
        let written = try await patch(read.hash, status: "unsubscribed", operation)
        guard written.isUnsubscribed else {
            let detail = "the service took the unsubscribe, but its answer does not show it; read the contact"
            throw PortError(.unknownOutcome, operation: operation, detail: detail)
        }
        return try await self.contact(from: written)
    }

    /// Takes an unsubscribe of the account back, and puts the contact on the lists again.
    ///
    /// The service itself refuses it for whoever unsubscribed in person (mailchimp.md §5).
    ///
    /// - Throws: `PortError`: `refused` when the service refuses, or the contact is neither subscribed nor unsubscribed;
    ///   `notFound` also for an archived contact.
    package func resubscribe(
        _ contact: ContactID,
        lists: [ListID],
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let operation = "take an unsubscribe back"
        let read = try await existing(contact, operation)
        guard !read.isArchived else { throw Self.archived(operation) }
        let seen = try await self.contact(from: read)
        // Somebody else was quicker, or this very call was and its answer got lost: nothing to take back.
        guard read.isUnsubscribed else { return seen }
        try await beforeWriting(seen)
        let written = try await patch(read.hash, status: "subscribed", operation)
        do {
            return try await listed(written, onto: lists, operation)
        } catch var error as PortError {
            // The first half took effect: whoever hears of the failure has to read the contact.
            error.code = .unknownOutcome
            throw error
        }
    }

    package func changeAddress(
        of contact: ContactID,
        to email: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let operation = "change an address"
        let read = try await existing(contact, operation)
        guard !read.isArchived else { throw Self.archived(operation) }
        guard read.email != email else { return try await self.contact(from: read) }
        try await beforeWriting(try await self.contact(from: read))
        let request = caller.write(operation, .PATCH, path(ofMember: read.hash), Self.anyValues) { writer in
            writer.object { $0.member("email_address", email) }
        }
        do {
            return try await self.contact(from: try await caller.call(request) { try Self.member(in: $0) })
        } catch var error as PortError {
            guard case .conflict = error.code else { throw error }
            let holder = try await holder(of: email, operation)
            error.code = .conflict(existing: holder == contact ? nil : holder?.rawValue)
            throw error
        }
    }

    /// Has the service send its one confirmation mail to a person who unsubscribed (mailchimp.md §10, rule 4).
    ///
    /// The lists are left as they are: the person is put on them after coming back.
    ///
    /// - Throws: `PortError`: `conflict` when the person was asked before and has not answered; `refused` when the
    ///   contact is not unsubscribed.
    package func requestConfirmation(from contact: ContactID, lists: [ListID]) async throws {
        let operation = "ask for a confirmation"
        let read = try await existing(contact, operation)
        switch read.status {
        case "unsubscribed":
            _ = try await patch(read.hash, status: "pending", operation)
        case "pending":
            let detail = "the person was asked before, and has not answered yet"
            throw PortError(.conflict(existing: nil), operation: operation, detail: detail)
        default:
            let detail = "the contact is \(read.status) at Mailchimp, so there is nothing to ask"
            throw PortError(.refused, operation: operation, detail: detail)
        }
    }

    // MARK: Parts

    /// The query of changes that carry no values, and so cannot fill required fields either.
    private static let anyValues = [("skip_merge_validation", "true")]

    /// Reads the member of a contact.
    ///
    /// - Throws: `PortError` with `notFound` when it, or the whole audience, is gone.
    private func existing(_ contact: ContactID, _ operation: String) async throws -> MemberDocument {
        do {
            return try await document(named: contact.rawValue, operation)
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
            throw error
        }
    }

    /// Changes the values of a contact that is known, and nothing else of it.
    ///
    /// By PATCH, which never creates: a contact whose person has a new address by now is not made a second time. It is
    /// returned as it was read: nobody has asked whether the new address may be put on a list (design §3, C11).
    private func update(_ id: ContactID, with row: ContactRow, onto lists: [ListID]) async throws -> ProviderContact {
        let operation = "update a contact"
        let read = try await existing(id, operation)
        guard !read.isArchived else { throw Self.archived(operation) }
        guard !read.isUnsubscribed, !read.isCleaned, Address(typed: read.email) == Address(typed: row.email) else {
            return try await contact(from: read)
        }
        let values = try await values(of: row, operation)
        var document = read
        if !values.values.isEmpty {
            let query = try await skipping(try await definitions(covering: []))
            let request = caller.write(operation, .PATCH, path(ofMember: read.hash), query) { writer in
                writer.object { values.write(to: &$0) }
            }
            document = try await caller.call(request) { try Self.member(in: $0) }
        }
        return try await listed(document, onto: lists, operation)
    }

    /// Puts a member on lists by single calls, where it can be on any.
    private func listed(
        _ document: MemberDocument,
        onto lists: [ListID],
        _ operation: String
    ) async throws -> ProviderContact {
        var contact = try await contact(from: document)
        guard ["subscribed", "pending"].contains(document.status) else { return contact }
        for list in lists where !contact.lists.contains(list) {
            let change = try await changeSegment(list, adding: [document.email], removing: [], operation)
            if change.ignored.isEmpty { contact.lists.insert(list) }
        }
        return contact
    }

    private func patch(_ hash: String, status: String, _ operation: String) async throws -> MemberDocument {
        // An opt-out does not wait for a value that the owner of the audience requires.
        let request = caller.write(operation, .PATCH, path(ofMember: hash), Self.anyValues) { writer in
            writer.object { $0.member("status", status) }
        }
        return try await caller.call(request) { try Self.member(in: $0) }
    }

    private func values(of row: ContactRow, _ operation: String) async throws -> RowValues {
        let definitions = try await definitions(covering: Set(row.fields.keys))
        do throws(RowValues.UndefinedField) {
            return try RowValues(row, definitions: definitions)
        } catch {
            throw PortError(.refused, operation: operation, detail: error.words)
        }
    }

    private func holder(of email: String, _ operation: String) async throws -> ContactID? {
        do {
            let document = try await document(named: SubscriberHash.of(email), operation)
            return ContactID(document.contactID.isEmpty ? document.hash : document.contactID)
        } catch let error as PortError where error.code == .notFound {
            return nil
        }
    }

    private static func archived(_ operation: String) -> PortError {
        PortError(
            .notFound,
            operation: operation,
            detail: "the contact is archived there; a change could bring it back"
        )
    }
}
