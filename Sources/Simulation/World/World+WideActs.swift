import Bridge
import Reconciliation
import Store
import Synchronization

/// What happens in wide lives alone.
extension World {
    func wideAct() {
        switch acts.below(14) {
        case 0..<5: contactChangesAddress()
        case 5..<8: ownAddressChanges()
        case 8..<12: contactHasItsAddressBack()
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
        if present.isEmpty || free.isEmpty { return }
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

    /// A record that is in every campaign, with an address that nobody else has: its contact can go along with it.
    func addRecordWithItsOwnAddress() {
        lastRecord += 1
        let record = CRMRecord(
            id: RecordID(.person, lastRecord),
            lockVersion: 0,
            updatedAt: clock.now,
            firstName: "First\(lastRecord)",
            lastName: "Last\(lastRecord)",
            mainEmail: "own\(lastRecord)@example.org"
        )
        crm.add(record)
        history.has(record.id, record.addresses)
        for campaign in Self.campaigns.keys.sorted() { join(record.id, campaign) }
    }

    /// The address that a record has alone becomes another that nobody has.
    func ownAddressChanges() {
        let all = crm.state.withLock { state in
            state.records.values.filter { !$0.isDeleted && $0.mainEmail.hasPrefix("own") }.sorted { $0.id < $1.id }
        }
        if all.isEmpty { return }
        let record = acts.pick(all)
        let email = "own\(record.id.id).\(step)@example.org"
        crm.edit(record.id) { $0.mainEmail = email }
        history.has(record.id, record.addresses + [Address(compared: email)])
        note("the address of \(record.short) changes to \(email)")
        hint(.record(record.id))
    }
}
