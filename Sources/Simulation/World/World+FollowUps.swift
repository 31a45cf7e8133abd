import Bridge
import Reconciliation
import Synchronization

/// What follows up what has just happened, where lives come to it too seldom by chance.
extension World {
    /// Does something that follows up, or what can be followed up.
    ///
    /// - Returns: whether something was done.
    func followUp() -> Bool {
        if softwareSubscribesAgain() || formerAddressUnsubscribes() { return true }
        if acts.happens(50) { addressChanges() } else { mailableIsFlagged() }
        return true
    }

    /// A record joins a campaign, or is taken out of all that it is in.
    func membershipChanges(of record: CRMRecord) {
        let members = crm.state.withLock { state in
            state.members.values.filter { $0.record == record.id && !$0.isDeleted }.map(\.id).sorted()
        }
        if members.isEmpty || acts.happens(30) { return memberIsAdded(record) }
        for member in members { crm.edit(member) { $0.isDeleted = true } }
        note("\(record.short) is taken out of every campaign")
    }

    /// An operator flags somebody whom an account may mail, so that Causeway unsubscribes them there.
    private func mailableIsFlagged() {
        guard let account = accounts.last(where: { providers[$0]?.shape == .namesNobody }) ?? accounts.last,
            let provider = providers[account]
        else { return }
        let mailable = Set(present(at: provider) { $0.permission.isSendable }.compactMap(\.address))
        let record = someRecord { !$0.isOptedOut && $0.mainAddress.map(mailable.contains) == true }
        if let record { flagIsSet(of: record) }
    }

    /// Other software subscribes somebody again whom Causeway unsubscribed less than an hour ago (C13), and the provider
    /// says so at once where it has webhooks.
    private func softwareSubscribesAgain() -> Bool {
        for account in accounts {
            guard let provider = providers[account] else { continue }
            let lately = provider.clock.now.advanced(bySeconds: -3600)
            let own = provider.state.withLock { $0.unsubscribedAt.filter { $0.value > lately } }
            let contacts = present(at: provider) { contact in
                contact.permission == .unsubscribed && contact.optOutBy == .account && own[contact.id] != nil
            }
            if contacts.isEmpty { continue }
            let contact = acts.pick(contacts)
            ownerResubscribes(contact, at: account, provider)
            if provider.shape == .namesNobody, let address = contact.address { tellOfChange(address, at: account) }
            return true
        }
        return false
    }

    private func present(
        at provider: SimulatedProvider,
        where isMeant: (ProviderContact) -> Bool
    ) -> [ProviderContact] {
        let all: [ProviderContact] = provider.state.withLock { $0.contacts.values.map(\.contact) }
        return all.filter { !$0.isDeleted && isMeant($0) }.sorted { $0.id < $1.id }
    }

    /// Somebody unsubscribes by an address that a record has had until lately (design §3, *A changed address*).
    private func formerAddressUnsubscribes() -> Bool {
        let (versions, records) = crm.state.withLock { ($0.versions, $0.records) }
        var former: Set<Address> = []
        for (id, earlier) in versions {
            guard let record = records[id], !record.isDeleted else { continue }
            former.formUnion(earlier.compactMap(\.mainAddress).filter { $0 != record.mainAddress })
        }
        for account in accounts {
            guard let provider = providers[account] else { continue }
            let contacts = present(at: provider) { contact in
                contact.permission.isSendable && contact.address.map(former.contains) == true
            }
            if contacts.isEmpty { continue }
            personUnsubscribes(acts.pick(contacts), at: account, provider)
            return true
        }
        return false
    }
}
