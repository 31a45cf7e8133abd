/// The decision about one address at one provider account.
///
/// It runs for a million addresses in one pass, so it walks by index: copying a record or an account costs more than
/// everything that is asked of it.
enum ProviderDecision {
    /// What has to be done at one account.
    ///
    /// - Parameter isClaimedByAFlag: whether a record with the address carries a flag that the CRM set.
    static func decide(
        _ view: borrowing AddressView,
        accountAt index: Int,
        isClaimedByAFlag: Bool,
        at now: Timestamp,
        into plan: inout AddressPlan
    ) {
        holdMovedContact(view, view.accounts[index], into: &plan)
        if view.isOptedOut {
            decideOptedOut(view, view.accounts[index], at: now, into: &plan)
            return
        }
        switch AddressChangeDecision.outcome(view, accountAt: index) {
        case .changes(let operation):
            plan.operations.append(operation)
            return
        case .waits:
            plan.waits = true
            return
        case nil:
            break
        }
        holdDoubts(view, view.accounts[index], into: &plan)
        // Nothing is loosened while nobody knows whether the person opted out (C9).
        let isKeptOff = view.isHeldOff || view.isInDoubt
        var wanted = isClaimedByAFlag ? [] : wantedLists(view, view.accounts[index], into: &plan)
        if let shadow = view.accounts[index].shadow, shadow.contact.isDeleted {
            if isLeftDeleted(view, view.accounts[index], shadow, wanted: wanted, into: &plan) { return }
            if isKeptOff { return }
            decideUpsert(view, view.accounts[index], wanted: wanted, into: &plan)
            return
        }
        if view.isInDoubt, !wanted.isEmpty { plan.parked.append(parked(view.accounts[index], .inDoubt)) }
        if isKeptOff { wanted = [] }
        if let shadow = view.accounts[index].shadow {
            // A doubt is nobody's word: whoever deletes thousands of contacts at one account would empty the lists of all
            // the others by it.
            let isConsent = isClaimedByAFlag || view.isHeldOff || view.isUndeliverable || isKeptOffByAnyRecord(view)
            let isLeaving = decideRemovals(
                view,
                view.accounts[index],
                shadow,
                wanted: wanted,
                isAboutConsent: isConsent,
                into: &plan
            )
            if shadow.contact.permission == .unsubscribed {
                // An add and a removal are never in flight together: what is left is decided once that has ended.
                if isLeaving { return }
                decideUnsubscribedThere(view, view.accounts[index], shadow, wanted: wanted, into: &plan)
                return
            }
        }
        decideUpsert(view, view.accounts[index], wanted: wanted, into: &plan)
    }

    /// The managed lists on which the address belongs at one account, as the decision has it.
    static func lists(_ view: borrowing AddressView, accountAt index: Int) -> [ListID] {
        if view.isOptedOut || view.isHeldOff || view.isInDoubt || AddressDecision.isClaimedByAFlag(view) { return [] }
        var ignored = AddressPlan()
        return wantedLists(view, view.accounts[index], into: &ignored)
    }

    static func parked(_ account: borrowing AccountView, _ reason: ParkReason) -> ParkedRow {
        ParkedRow(.contact(account.account), reason)
    }
}
