/// Off the lists: for an opt-out, or since nobody wants the address on them any more.
extension ProviderDecision {
    static func decideOptedOut(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        at now: Timestamp,
        into plan: inout AddressPlan
    ) {
        // A bulk change may still bring the contact to a list; whatever it did is undone once it has ended.
        if account.isInFlight { plan.waits = true }
        guard let shadow = account.shadow, !shadow.contact.isDeleted else { return }
        if !account.isInFlight {
            let managed = shadow.contact.lists.filter { account.rules.manages($0) }
            if !managed.isEmpty {
                plan.operations.append(
                    .remove(account.account, shadow.contact.id, from: managed.sorted(), isOptOut: true)
                )
            }
        }
        // Who cannot be reached any more gets no mail, and the provider takes no change of it.
        if shadow.contact.permission == .unsubscribed || shadow.contact.permission == .cleaned { return }
        // Nobody but the person ends an opt-in that waits for its confirmation, and no mail goes to it before (C10).
        if shadow.contact.permission == .pendingConfirmation, account.rules.traits.onlyThePersonReturns { return }
        if isLeftSubscribed(view, account, shadow, into: &plan) { return }
        // Refused: an opt-out is never parked, so it is tried again after a pause, and the lists are left meanwhile.
        if account.refusal != nil {
            plan.waits = true
            return
        }
        if let done = shadow.ownUnsubscribe?.doneAt,
            now < done.advanced(bySeconds: AddressDecision.secondsBetweenUnsubscribes)
        {
            plan.waits = true
            return
        }
        plan.operations.append(.unsubscribe(account.account, shadow.contact.id))
    }

    /// Whether an opted-out contact that is subscribed again is left so, since the provider says that the person did it:
    /// off the lists, and not unsubscribed again before somebody says so (C13, C7).
    static func isLeftSubscribed(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        into plan: inout AddressPlan
    ) -> Bool {
        let subject = HeldRow.Subject.contact(account.account, shadow.contact.id)
        if shadow.personCameBack {
            let cause = HoldCause.contact(.subscribedAgain, account.account, shadow.contact.id)
            if view.holds[cause] == .approved(.unsubscribe) { return false }
            plan.held.append(HeldRow(subject, cause, named: view.latestOptOut))
            return true
        }
        switch view.holds[.contact(.unprovedReturn, account.account, shadow.contact.id)] {
        case .open, .dismissed, .approved(.keepOff): return true
        case .approved, nil: return false
        }
    }

    /// Takes a contact off the lists on which it does not belong, an unsubscribed one too: a provider may keep it on them.
    ///
    /// - Returns: whether it is to leave any, now or once what is under way has ended.
    static func decideRemovals(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        isAboutConsent: Bool,
        into plan: inout AddressPlan
    ) -> Bool {
        var leaving: [ListID] = []
        for list in account.ours where !wanted.contains(list) && shadow.contact.lists.contains(list) {
            // A list whose link was taken away stays as it is.
            if account.rules.manages(list) { leaving.append(list) }
        }
        guard !leaving.isEmpty else { return false }
        if account.isInFlight {
            plan.waits = true
            return true
        }
        if !isAboutConsent {
            judgeRemovals(&leaving, view, account, shadow, into: &plan)
            if leaving.isEmpty { return false }
        }
        plan.operations.append(.remove(account.account, shadow.contact.id, from: leaving.sorted(), isOptOut: false))
        return true
    }

    /// Leaves out what the breaker stopped and nobody has released, and names what it is to judge.
    static func judgeRemovals(
        _ leaving: inout [ListID],
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        into plan: inout AddressPlan
    ) {
        var stays = false
        for link in account.rules.links {
            guard let place = leaving.firstIndex(of: link.list) else { continue }
            let cause = HoldCause.row(.removals, link.id, view.address)
            switch view.holds[cause] {
            case .approved:
                continue
            case .open, .dismissed:
                leaving.remove(at: place)
                stays = true
                plan.held.append(HeldRow(.contact(account.account, shadow.contact.id), cause))
            case nil:
                plan.judged.append(
                    JudgedRow(.removals, link: link.id, account: account.account, contact: shadow.contact.id)
                )
            }
        }
        // Who stays on a list stays on the list of everybody.
        if stays, let master = account.rules.master { leaving.removeAll { $0 == master } }
    }
}
