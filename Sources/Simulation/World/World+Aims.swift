import Reconciliation
import Synchronization

/// What a life does more often than others so that it comes to the kind of step that it aims at.
extension World {
    /// Does something that leads there, where there is anything.
    ///
    /// - Returns: whether something was done.
    func aimedAct() -> Bool {
        switch plan.aim {
        case ".resubscribe.read", ".resubscribe.write": flagComesOrGoes()
        case ".optOuts": aimed { contactIsDeleted() }
        case ".members": aimed { memberIsRemoved() }
        case ".upsert": longAddressIsWanted()
        case ".changeAddress.read", ".changeAddress.write":
            aimed { if acts.happens(50) { contactChangesAddress() } else { ownAddressChanges() } }
        case ".requestConfirmation": flagOfWhoLeftGoes()
        default: false
        }
    }

    private func aimed(_ act: () -> Void) -> Bool {
        act()
        return true
    }

    /// An operator flags somebody whom an account may mail, or takes such a flag away again: Causeway's unsubscribe is
    /// taken back.
    private func flagComesOrGoes() -> Bool {
        let (own, mailable) = providers.values.reduce(into: (Set<Address>(), Set<Address>())) { found, provider in
            for contact in provider.state.withLock({ state in
                state.contacts.values.map { ($0.contact, state.ownUnsubscribes[$0.contact.id] != nil) }
            }) {
                guard let address = contact.0.address, !contact.0.isDeleted else { continue }
                if contact.1 { found.0.insert(address) }
                if contact.0.permission.isSendable { found.1.insert(address) }
            }
        }
        let members = Set(
            crm.state.withLock { $0.members.values.filter { !$0.isDeleted }.compactMap(\.record) }
        )
        if let record = someRecord(where: { $0.isOptedOut && $0.mainAddress.map(own.contains) == true }) {
            flagIsCleared(of: record)
            return true
        }
        let wanted = someRecord { record in
            !record.isOptedOut && members.contains(record.id) && record.mainAddress.map(mailable.contains) == true
        }
        guard let record = wanted else { return false }
        flagIsSet(of: record)
        return true
    }

    /// A person opts out, and an operator clears the flag that Causeway set for it: a dispute.
    private func flagOfWhoLeftGoes() -> Bool {
        let record = someRecord { record in
            guard record.isOptedOut, let address = record.mainAddress else { return false }
            return accounts.contains { history.said(.account($0), address)?.isByPerson == true }
        }
        if let record { flagIsCleared(of: record) } else { personUnsubscribes() }
        return true
    }

    /// Somebody with the address that goes by single calls joins, or is called otherwise.
    private func longAddressIsWanted() -> Bool {
        guard
            let record = someRecord(where: { record in
                !record.isOptedOut && record.mainAddress.map { $0.text.utf8.count > 50 } == true
            })
        else { return false }
        if acts.happens(50) { nameChanges(of: record) } else { memberIsAdded(record) }
        return true
    }
}
