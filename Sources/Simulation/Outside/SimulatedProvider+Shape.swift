import Bridge
import Reconciliation

extension SimulatedProvider {
    /// What kind of provider an account is of.
    package enum Shape: Sendable, Hashable {
        /// It says who opted out and in, and when; people leave single lists (constant-contact.md).
        case namesWhoActed
        /// It names nobody and stamps changes alone, in whole seconds; only the person comes back after an opt-out of
        /// their own, and nobody leaves a tag (mailchimp.md §5 to §8).
        case namesNobody

        var traits: ProviderTraits {
            switch self {
            case .namesWhoActed: ProviderTraits()
            case .namesNobody:
                ProviderTraits(
                    onlyThePersonReturns: true,
                    peopleCanLeaveLists: false,
                    recordFields: RecordFields(kind: "WBTYPE", id: "WBID")
                )
            }
        }

        /// A contact as the account shows it: what it is, and of a deleted one not even that.
        func shows(_ contact: ProviderContact) -> ProviderContact {
            guard self == .namesNobody else { return contact }
            var shown = contact
            shown.optOutBy = contact.permission == .unsubscribed ? .unnamed : .unknown
            shown.optOutAt = nil
            shown.optOutReason = nil
            shown.optInBy = .unknown
            shown.optInAt = nil
            shown.changedAt = contact.changedAt.map { Timestamp(milliseconds: $0.milliseconds / 1000 * 1000) }
            if contact.isDeleted { shown.permission = .vanished }
            return shown
        }

        func bulkKind(of row: ContactRow) -> BulkKind {
            guard self == .namesNobody else { return .whole }
            if row.known == nil { return .creation }
            return row.isHeld ? .membership : .change
        }

        /// Whether an unsubscribe of the contact changes nothing, since the account does not have it any more.
        func isGone(_ contact: ProviderContact) -> Bool { self == .namesNobody && contact.isDeleted }

        /// Why a row is refused: a contact that is there is not created, and one that is archived comes to no tag.
        func refusal(of row: ContactRow, by state: State, having address: Address) -> String? {
            let held = state.contacts.values.first { $0.contact.address == address }?.contact
            if row.known == nil { return held == nil ? nil : "the contact exists already" }
            return held?.isDeleted == false ? nil : "the address is not subscribed to the list"
        }
    }

    /// Unsubscribes a contact as the account; who unsubscribed before stays on record.
    func unsubscribeNamelessly(_ id: ContactID, in state: inout State) -> ProviderContact? {
        guard var stored = state.contacts[id] else { return nil }
        if stored.contact.permission != .unsubscribed, !stored.contact.isDeleted {
            state.ownUnsubscribes[id] = stored.contact.permission
            if let address = stored.contact.address { state.everUnsubscribed.insert(address) }
            stored.contact.permission = .unsubscribed
            stored.contact.optOutBy = .account
            stored.contact.optOutAt = clock.now
        }
        stored.contact.changedAt = clock.now
        state.contacts[id] = stored
        return shape.shows(stored.contact)
    }

    /// Takes an unsubscribe of the account's back; one of the person's is a compliance state (mailchimp.md §5).
    func resubscribeNamelessly(_ id: ContactID, lists: [ListID], in state: inout State) throws -> ProviderContact {
        guard var stored = state.contacts[id] else { throw Self.notFound("resubscribe") }
        if stored.contact.permission == .unsubscribed, stored.contact.optOutBy == .contact {
            throw PortError(.refused, operation: "resubscribe", detail: "Member In Compliance State", status: 400)
        }
        state.unsubscribedAt[id] = nil
        state.ownUnsubscribes[id] = nil
        stored.contact.permission = .explicit
        stored.contact.optOutBy = .unknown
        stored.contact.optOutAt = nil
        stored.contact.changedAt = clock.now
        state.put[id, default: []].formUnion(Set(lists).subtracting(stored.contact.lists))
        stored.contact.lists.formUnion(lists)
        state.contacts[id] = stored
        return shape.shows(stored.contact)
    }
}

extension BulkChange {
    /// Whether the request changes contacts that are there, which is done by and by.
    var isChange: Bool {
        guard case .upsert(let rows, _) = self else { return false }
        return rows.contains { $0.known != nil && !$0.isHeld }
    }
}
