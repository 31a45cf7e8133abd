import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

/// Single contacts. Every change of one that exists is a read, a change and a PUT of the whole, under a lock.
extension ConstantContactClient {
    /// Creates or updates one contact.
    ///
    /// A contact that is known and was deleted there is `notFound`: whether to bring it back is not decided here. One
    /// that has the address of a row without a known id is brought back, as an import would do it.
    package func upsert(_ row: ContactRow, known: ContactID?, onto lists: [ListID]) async throws -> ProviderContact {
        if let known { return try await update(known, with: row, onto: lists, mayRevive: false) }
        do {
            return try await create(row, onto: lists)
        } catch let error as PortError {
            guard case .conflict(let named) = error.code else { throw error }
            // The address exists, maybe on a deleted contact that plain reads hide (constant-contact.md §6).
            let operation = "look a contact up by address"
            let holder = try await documents(having: row.email, operation).first?.id ?? named
            guard let holder else { throw error }
            return try await update(ContactID(holder), with: row, onto: lists, mayRevive: true)
        }
    }

    /// Unsubscribes a contact as the account.
    ///
    /// One that is unsubscribed already, or that has no email, is returned as it was read; so is a deleted one, which
    /// a PUT would bring back to life.
    package func unsubscribe(
        _ contact: ContactID,
        reason: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let operation = "unsubscribe a contact"
        return try await locks.withLock(on: contact) {
            let read = try await self.document(of: contact, operation)
            guard !read.isUnsubscribed, !read.isDeleted, !read.address.isEmpty else {
                return try await self.named(read)
            }
            try await beforeWriting(try await self.named(read))
            let put = ContactPut(read: read, permission: .unsubscribe(reason: reason))
            let written = try await self.put(put, operation)
            guard written.isUnsubscribed else {
                let detail = "the service took the unsubscribe, but its answer does not show it; read the contact"
                throw PortError(.unknownOutcome, operation: operation, detail: detail)
            }
            return try await self.named(written)
        }
    }

    /// Takes an unsubscribe of the account back, and puts the contact on the lists again.
    ///
    /// - Throws: `PortError`: `refused` unless the contact, as read right before, was unsubscribed by the account, or
    ///   when the service refuses; `notFound` also for a deleted contact.
    package func resubscribe(
        _ contact: ContactID,
        lists: [ListID],
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let operation = "take an unsubscribe back"
        return try await locks.withLock(on: contact) {
            let read = try await self.document(of: contact, operation)
            guard !read.isDeleted else { throw Self.deleted(operation) }
            let seen = try await self.named(read)
            // Somebody else was quicker, or this very call was and its answer got lost: nothing to take back.
            guard read.isUnsubscribed else { return seen }
            guard seen.optOutBy == .account else {
                let detail = "the contact was unsubscribed by the person, not by the account; only they can come back"
                throw PortError(.refused, operation: operation, detail: detail)
            }
            try await beforeWriting(seen)
            let put = ContactPut(read: read, permission: .takeBack, lists: try Self.joined(read, lists, operation))
            return try await self.named(try await self.put(put, operation))
        }
    }

    package func changeAddress(
        of contact: ContactID,
        to email: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let operation = "change an address"
        return try await locks.withLock(on: contact) {
            let read = try await self.document(of: contact, operation)
            guard !read.isDeleted else { throw Self.deleted(operation) }
            guard read.address != email else { return try await self.named(read) }
            try await beforeWriting(try await self.named(read))
            do {
                return try await self.named(try await self.put(ContactPut(read: read, address: email), operation))
            } catch var error as PortError {
                guard case .conflict(let named) = error.code else { throw error }
                let holder = try await self.documents(having: email, operation).first { $0.id != contact.rawValue }
                error.code = .conflict(existing: holder?.id ?? named.flatMap { $0 == contact.rawValue ? nil : $0 })
                throw error
            }
        }
    }

    /// Has the service send its one confirmation mail to a person who unsubscribed (constant-contact.md §8).
    ///
    /// - Throws: `PortError`: `conflict` when the person was asked before.
    package func requestConfirmation(from contact: ContactID, lists: [ListID]) async throws {
        let operation = "ask for a confirmation"
        let path = "\(Self.contacts)/resubscribe/\(PercentEncoding.encode(contact.rawValue))"
        let request = caller.write(operation, .PUT, path) { writer in
            writer.object { $0.lists("list_ids", lists) }
        }
        try await caller.call(request) { _ in }
    }

    // MARK: Parts

    /// Creates a contact, as the account and without a word on its permission.
    private func create(_ row: ContactRow, onto lists: [ListID]) async throws -> ProviderContact {
        let operation = "create a contact"
        guard lists.count <= ConstantContactLimits.listsPerContact else { throw Self.tooManyLists(operation) }
        let fields = try await merged([], with: row.fields, operation)
        let request = caller.write(operation, .POST, Self.contacts) { writer in
            writer.object { writer in
                writer.key("email_address")
                writer.object { $0.member("address", row.email) }
                writer.member("first_name", row.firstName)
                writer.member("last_name", row.lastName)
                writer.member("create_source", "Account")
                if let fields, !fields.isEmpty { writer.fields(fields) }
                if !lists.isEmpty { writer.lists("list_memberships", lists) }
            }
        }
        return try await named(try await caller.call(request) { try Self.document(in: $0) })
    }

    /// Changes a contact that exists.
    ///
    /// An unsubscribed one is returned as it was read: it belongs on no list, and the
    /// less is written of it the better. So is one that has another address by now: nobody has asked whether that one
    /// may be put on a list (design §3, C11).
    private func update(
        _ id: ContactID,
        with row: ContactRow,
        onto lists: [ListID],
        mayRevive: Bool
    ) async throws -> ProviderContact {
        let operation = "update a contact"
        return try await locks.withLock(on: id) {
            var read = try await self.document(of: id, operation)
            guard mayRevive || !read.isDeleted else { throw Self.deleted(operation) }
            guard !read.isUnsubscribed, Address(typed: read.address) == Address(typed: row.email) else {
                return try await self.named(read)
            }
            if !row.firstName.isEmpty { read.firstName = row.firstName }
            if !row.lastName.isEmpty { read.lastName = row.lastName }
            let put = ContactPut(
                read: read,
                lists: try Self.joined(read, lists, operation),
                fields: try await self.merged(read.fields, with: row.fields, operation)
            )
            return try await self.named(try await self.put(put, operation))
        }
    }

    private func put(_ put: ContactPut, _ operation: String) async throws -> ContactDocument {
        let path = Self.path(of: ContactID(put.read.id))
        let request = caller.write(operation, .PUT, path) { put.write(to: &$0) }
        return try await caller.call(request) { try Self.document(in: $0) }
    }

    /// The lists that the contact is on and is to be on; nil when it is on all of them already.
    private static func joined(_ read: ContactDocument, _ lists: [ListID], _ operation: String) throws -> [ListID]? {
        guard !lists.isEmpty else { return nil }
        guard let present = read.lists else {
            // Sending only ours would take the contact off all others.
            let detail = "the service did not say which lists the contact is on"
            throw PortError(.unreadableAnswer, operation: operation, detail: detail)
        }
        let missing = lists.map(\.rawValue).filter { !present.contains($0) }
        guard !missing.isEmpty else { return nil }
        guard present.count + missing.count <= ConstantContactLimits.listsPerContact else {
            throw tooManyLists(operation)
        }
        return (present + missing).map { ListID($0) }
    }

    /// The contact's own fields with the row's values in them; nil when the row brings none.
    ///
    /// An empty value clears: the field is left out of the new set.
    ///
    /// - Throws: `PortError` with `refused` when the account has no field of a name.
    private func merged(
        _ present: [ContactDocument.FieldValue]?,
        with values: [String: String],
        _ operation: String
    ) async throws -> [ContactDocument.FieldValue]? {
        guard !values.isEmpty else { return nil }
        guard let present else {
            let detail = "the service did not say which values the contact has"
            throw PortError(.unreadableAnswer, operation: operation, detail: detail)
        }
        let ids = try await fieldNames.ids(named: Set(values.keys)) { try await self.fields() }
        var merged = present
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let id = ids[name] else {
                let detail = "the account has no field named \(name); create it there or take it out of the mapping"
                throw PortError(.refused, operation: operation, detail: detail)
            }
            let place = merged.firstIndex { $0.fieldID == id }
            switch (place, value.isEmpty) {
            case (let place?, true): merged.remove(at: place)
            case (let place?, false): merged[place].value = value
            case (nil, true): break
            case (nil, false): merged.append(ContactDocument.FieldValue(fieldID: id, value: value))
            }
        }
        return merged
    }

    private static func deleted(_ operation: String) -> PortError {
        PortError(.notFound, operation: operation, detail: "the contact was deleted there; a PUT would bring it back")
    }

    private static func tooManyLists(_ operation: String) -> PortError {
        let detail = "the contact would be on more than \(ConstantContactLimits.listsPerContact) lists"
        return PortError(.refused, operation: operation, detail: detail)
    }
}
