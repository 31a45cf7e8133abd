import Bridge
import Reconciliation
import Synchronization

/// Changes of one contact, each a call or two.
extension SimulatedProvider {
    package func upsert(_ row: ContactRow, known: ContactID?, onto lists: [ListID]) async throws -> ProviderContact {
        tellAdding([row.email])
        handing.withLock { $0 }?(.upsert([row], onto: lists))
        return try await faults.call("\(name).upsert") {
            try state.withLock { state in
                guard let address = Address(typed: row.email), !state.refused.contains(address) else {
                    throw PortError(.refused, operation: "upsert", detail: "Invalid email address", status: 400)
                }
                if let known, let held = state.contacts[known]?.contact, held.address != address {
                    return shape.shows(held)
                }
                try Self.checkLists(lists, in: state, otherwise: .refused)
                state.singleWrites += 1
                let id = put(row, address, onto: lists, in: &state)
                guard let held = state.contacts[id] else {
                    throw PortError(.notFound, operation: "upsert", detail: "the contact vanished", status: 404)
                }
                return shape.shows(held.contact)
            }
        }
    }

    package func unsubscribe(
        _ id: ContactID,
        reason: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let before = try await faults.call("\(name).unsubscribe.read") {
            try state.withLock { state in
                guard let contact = state.contacts[id]?.contact else { throw Self.notFound("unsubscribe") }
                return contact
            }
        }
        if before.permission == .unsubscribed || before.permission == .cleaned || shape.isGone(before) {
            return shape.shows(before)
        }
        try await beforeWriting(shape.shows(before))
        let after = try await faults.call("\(name).unsubscribe.write") {
            state.withLock { state in
                state.singleWrites += 1
                if let last = state.unsubscribedAt[id], clock.now < last.advanced(bySeconds: 3_600) {
                    state.violations.append("\(before.email) was unsubscribed twice within an hour")
                }
                if shape == .namesNobody { return unsubscribeNamelessly(id, in: &state) ?? before }
                state.ownUnsubscribes[id] = state.contacts[id]?.contact.permission
                // A write revives a contact that was deleted meanwhile (constant-contact.md §6).
                state.contacts[id]?.contact.isDeleted = false
                state.contacts[id]?.contact.permission = .unsubscribed
                state.contacts[id]?.contact.optOutBy = .account
                state.contacts[id]?.contact.optOutAt = clock.now
                state.contacts[id]?.contact.optOutReason = reason
                state.contacts[id]?.contact.lists = []
                return state.contacts[id]?.contact ?? before
            }
        }
        // One whose answer is lost may have come to nothing, so it delays no other.
        state.withLock { $0.unsubscribedAt[id] = clock.now }
        return after
    }

    package func resubscribe(
        _ id: ContactID,
        lists: [ListID],
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let before = try await faults.call("\(name).resubscribe.read") {
            try state.withLock { state in
                guard let contact = state.contacts[id]?.contact else { throw Self.notFound("resubscribe") }
                return contact
            }
        }
        guard before.permission == .unsubscribed else { return before }
        if before.optOutBy != .account, shape == .namesWhoActed {
            throw PortError(.refused, operation: "resubscribe", detail: "the person opted out", status: 400)
        }
        try await beforeWriting(shape.shows(before))
        tellAdding([before.email])
        return try await faults.call("\(name).resubscribe.write") {
            try state.withLock { state in
                try Self.checkLists(lists, in: state, otherwise: .refused)
                state.singleWrites += 1
                if shape == .namesNobody { return try resubscribeNamelessly(id, lists: lists, in: &state) }
                state.unsubscribedAt[id] = nil
                state.ownUnsubscribes[id] = nil
                state.contacts[id]?.contact.isDeleted = false
                state.contacts[id]?.contact.permission = .implicit
                state.contacts[id]?.contact.optOutBy = .unknown
                state.contacts[id]?.contact.optOutAt = nil
                state.contacts[id]?.contact.optInBy = .account
                state.contacts[id]?.contact.optInAt = clock.now
                state.contacts[id]?.contact.lists = Set(lists)
                state.put[id] = Set(lists)
                return state.contacts[id]?.contact ?? before
            }
        }
    }

    package func changeAddress(
        of id: ContactID,
        to email: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let before = try await faults.call("\(name).changeAddress.read") {
            try state.withLock { try Self.present(id, in: $0) }
        }
        if before.email == email { return shape.shows(before) }
        try await beforeWriting(shape.shows(before))
        changing.withLock { $0 }?(before.email, email)
        return try await faults.call("\(name).changeAddress.write") {
            try state.withLock { state in
                var contact = try Self.present(id, in: state)
                let holder = state.contacts.values.first { $0.contact.address == Address(typed: email) }?.contact.id
                if let holder, holder != id {
                    throw PortError(.conflict(existing: holder.rawValue), operation: "change address", detail: "taken")
                }
                if let address = Address(typed: email), state.refused.contains(address) {
                    throw PortError(.refused, operation: "change address", detail: "Invalid email address", status: 400)
                }
                state.singleWrites += 1
                contact.email = email
                contact.changedAt = clock.now
                state.contacts[id]?.contact = contact
                return shape.shows(contact)
            }
        }
    }

    /// A contact that is there and not deleted.
    private static func present(_ id: ContactID, in state: State) throws -> ProviderContact {
        guard let contact = state.contacts[id]?.contact, !contact.isDeleted else { throw notFound("change address") }
        return contact
    }

    package func requestConfirmation(from id: ContactID, lists: [ListID]) async throws {
        try await faults.call("\(name).requestConfirmation") {
            try state.withLock { state in
                if state.asked.contains(id) {
                    throw PortError(.conflict(existing: nil), operation: "ask", detail: "asked before", status: 409)
                }
                state.asked.append(id)
            }
        }
    }
}
