/// Back where Causeway itself had unsubscribed the contact, once nothing asks for it any more.
extension ProviderDecision {
    static func decideUnsubscribedThere(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        guard let own = shadow.ownUnsubscribe, canBeTakenBack(own, shadow.contact), !isKeptOffByAnyRecord(view),
            !view.isHeldOff, !view.isInDoubt
        else {
            if !wanted.isEmpty { plan.parked.append(parked(account, .unsubscribedThere)) }
            return
        }
        let strangers = own.listsBefore.filter { !account.rules.manages($0) }
        // Who is wanted nowhere is taken back for the lists that are not Causeway's, and only for those.
        if wanted.isEmpty && strangers.isEmpty { return }
        // A refusal says that the person opted out there: a hold, not a retry.
        let cause = HoldCause.contact(.refusedReturn, account.account, shadow.contact.id)
        if account.refusal != nil || view.holds[cause] != nil {
            plan.held.append(
                HeldRow(.contact(account.account, shadow.contact.id), cause, detail: account.refusal)
            )
            return
        }
        if account.isInFlight {
            plan.waits = true
            return
        }
        plan.operations.append(
            .resubscribe(account.account, shadow.contact.id, lists: Array(Set(wanted).union(strangers)).sorted())
        )
    }

    /// Design §3, *Lifting*: only what the account did, as the provider says, and only to what Causeway found.
    static func canBeTakenBack(_ own: OwnUnsubscribe, _ contact: ProviderContact) -> Bool {
        (contact.optOutBy == .account || contact.optOutBy == .unnamed)
            && (own.permissionBefore == .explicit || own.permissionBefore == .implicit)
    }

    static func isKeptOffByAnyRecord(_ view: borrowing AddressView) -> Bool {
        for index in view.records.indices
        where view.records[index].keepsOff && !view.records[index].mirror.record.isDeleted {
            return true
        }
        return false
    }
}
