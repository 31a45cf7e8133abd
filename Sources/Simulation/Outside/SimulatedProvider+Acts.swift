import Bridge
import Reconciliation
import Synchronization

/// The world's side: what people do at the provider, and what a test looks at.
extension SimulatedProvider {
    @discardableResult
    package func add(_ email: String, permission: Permission = .implicit, lists: Set<ListID> = []) -> ContactID {
        state.withLock { state in
            let id = Self.nextContact(&state)
            state.contacts[id] = Contact(
                contact: ProviderContact(
                    id: id,
                    email: email,
                    permission: permission,
                    optInBy: .account,
                    optInAt: clock.now,
                    lists: lists,
                    changedAt: clock.now
                ),
                createdAt: clock.now
            )
            return id
        }
    }

    /// The person unsubscribes by the link in a mail.
    package func personUnsubscribes(_ email: String, by actor: ContactActor = .contact) {
        edit(email) {
            $0.permission = .unsubscribed
            $0.optOutBy = actor
            $0.optOutAt = clock.now
            $0.optOutReason = "Too many emails"
            if shape == .namesWhoActed { $0.lists = [] }
        }
    }

    /// The person opts in again at a form of the provider.
    package func personReturns(_ email: String) {
        edit(email) {
            $0.permission = .explicit
            $0.optInBy = .contact
            $0.optInAt = clock.now
            $0.optOutBy = .unknown
            $0.optOutAt = nil
            $0.optOutReason = nil
        }
    }

    /// The person leaves one list at a preference page.
    package func personLeaves(_ email: String, list: ListID) {
        edit(email) { $0.lists.remove(list) }
    }

    /// The owner, or other software, subscribes the contact again; after an opt-out of the person's own a provider that
    /// names nobody refuses it (mailchimp.md §5).
    package func ownerResubscribes(_ email: String) {
        edit(email) {
            if shape == .namesNobody, $0.optOutBy == .contact { return }
            $0.permission = .implicit
            $0.optInBy = .account
            $0.optInAt = clock.now
            $0.optOutBy = .unknown
            $0.optOutAt = nil
        }
    }

    package func edit(_ email: String, _ change: (inout ProviderContact) -> Void) {
        state.withLock { state in
            guard let address = Address(typed: email),
                let id = state.contacts.values.first(where: { $0.contact.address == address })?.contact.id
            else { return }
            guard var held = state.contacts[id] else { return }
            let before = held.contact.permission
            change(&held.contact)
            held.contact.changedAt = clock.now
            if held.contact.permission != before || held.contact.optOutBy != .account {
                state.ownUnsubscribes[id] = nil
            }
            state.contacts[id] = held
        }
    }

    package func contact(_ email: String) -> ProviderContact? {
        state.withLock { state in
            state.contacts.values.first { $0.contact.address == Address(typed: email) }?.contact
        }
    }

    package func list(named name: String) -> ListID {
        state.withLock { state in state.lists.values.first { $0.name == name }?.id ?? ListID("none") }
    }

    /// The names of the lists that a contact is on.
    package func listNames(of email: String) -> [String] {
        let on = contact(email)?.lists ?? []
        return state.withLock { state in on.compactMap { state.lists[$0]?.name ?? $0.rawValue }.sorted() }
    }

    package func addresses(on name: String) -> [String] {
        let list = list(named: name)
        return state.withLock { state in
            state.contacts.values.filter { $0.contact.lists.contains(list) }.map(\.contact.email).sorted()
        }
    }

    /// Somebody deletes a contact; who had unsubscribed by the link in a mail shows in its history alone.
    package func delete(_ email: String, unsubscribedAt left: Timestamp? = nil, isForgotten: Bool = false) {
        guard let id = contact(email)?.id else { return }
        edit(email) {
            $0.isDeleted = true
            $0.lists = []
        }
        state.withLock { state in
            if let left { state.history[id] = [OptOutSighting(occurredAt: left, reference: "mailing")] }
            if isForgotten { state.forgotten.insert(id) }
        }
    }

    /// Somebody deletes a list: its members stay, on the others.
    package func deleteList(_ list: ListID) {
        state.withLock { state in
            state.lists[list] = nil
            for id in state.contacts.keys { state.contacts[id]?.contact.lists.remove(list) }
            for id in state.put.keys { state.put[id]?.remove(list) }
        }
    }
}
