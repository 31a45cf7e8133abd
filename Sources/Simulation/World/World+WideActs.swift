import Bridge
import Reconciliation
import Store
import Synchronization

/// What happens in wide lives alone.
extension World {
    func wideAct() {
        switch acts.below(12) {
        case 0..<6: contactChangesAddress()
        case 6..<10: contactHasItsAddressBack()
        default: listIsDeleted()
        }
    }

    /// Somebody deletes a list at the provider, a link's or that of everybody.
    private func listIsDeleted() {
        let account = somebodysAccount
        guard let provider = providers[account] else { return }
        let all = provider.state.withLock { $0.lists.values.sorted { $0.id < $1.id } }
        guard !all.isEmpty else { return }
        let list = acts.pick(all)
        provider.deleteList(list.id)
        note("the list \(list.name) is deleted at \(account)")
    }

    /// A person changes their address at the provider: one that nobody has there.
    func contactChangesAddress() {
        let account = somebodysAccount
        guard let provider = providers[account] else { return }
        let all = provider.state.withLock { $0.contacts.values.map(\.contact) }.sorted { $0.id < $1.id }
        let free = (Self.emails + ["moved\(step)@example.org"]).filter { email in
            !all.contains { $0.address == Address(typed: email) }
        }
        let present = all.filter { !$0.isDeleted }
        if present.isEmpty { return }
        let (contact, email) = (acts.pick(present), acts.pick(free))
        guard let old = contact.address else { return }
        provider.edit(contact.email) { $0.email = email }
        movedContacts[account, default: [:]][contact.id, default: []].insert(old)
        history.moved(old, to: Address(compared: email))
        note("\(contact.email) changes the address to \(email) at \(account)")
        if provider.shape == .namesNobody, acts.happens(80) {
            tellOfChange(Address(compared: email), at: account)
        }
    }

    /// Somebody puts the first address back.
    private func contactHasItsAddressBack() {
        let account = somebodysAccount
        guard let provider = providers[account] else { return }
        let moved = (movedContacts[account] ?? [:]).sorted { $0.key < $1.key }
        guard !moved.isEmpty else { return }
        let (id, olds) = acts.pick(moved)
        guard let contact = provider.state.withLock({ $0.contacts[id]?.contact }), !contact.isDeleted,
            let old = olds.sorted(by: { $0.text < $1.text }).first, provider.contact(old.text) == nil
        else { return }
        provider.edit(contact.email) { $0.email = old.text }
        note("\(contact.email) is \(old.text) again at \(account)")
    }
}
