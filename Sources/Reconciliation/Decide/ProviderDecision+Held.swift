/// What somebody has to decide before anything is loosened at an account.
extension ProviderDecision {
    /// The person changed their address at the provider (C11): until somebody decides, the two are one.
    static func holdMovedContact(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        into plan: inout AddressPlan
    ) {
        guard let moved = account.moved, !moved.isDecided, isKnownToTheCRM(view) else { return }
        plan.held.append(
            HeldRow(
                .contact(account.account, moved.contact),
                .contact(.addressChanged, account.account, moved.contact),
                detail: "the new address is \(moved.address.text)",
                named: view.latestOptOut
            )
        )
    }

    /// The contact was deleted while nobody read the account, and nobody can say whether the person unsubscribed first
    /// (C9): it is off the lists at every account, so somebody has to be able to say otherwise, wanted at this one or not.
    static func holdDoubts(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        into plan: inout AddressPlan
    ) {
        if account.doubts.isEmpty || !isKnownToTheCRM(view) { return }
        for doubt in account.doubts {
            plan.held.append(
                HeldRow(
                    .contact(account.account, doubt.contact),
                    .contact(.contactDeleted, account.account, doubt.contact),
                    detail: doubt.finding,
                    keepsOff: true
                )
            )
        }
    }

    /// The contact that had the address, where the account has no other one for it.
    static func movedContact(_ account: borrowing AccountView) -> MovedContact? {
        if let shadow = account.shadow, !shadow.contact.isDeleted { return nil }
        return account.moved
    }

    /// Whether a record has the address, wanted on a list or not: an opt-out of the new address is one of the record's,
    /// so somebody has to be able to say otherwise.
    static func isKnownToTheCRM(_ view: borrowing AddressView) -> Bool {
        for index in view.records.indices where !view.records[index].mirror.record.isDeleted { return true }
        return false
    }

    /// Whether a deleted contact is left so: it is made anew only when somebody says so (C9).
    static func isLeftDeleted(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) -> Bool {
        if wanted.isEmpty { return true }
        let cause = HoldCause.contact(.contactDeleted, account.account, shadow.contact.id)
        if view.holds[cause] == .approved(.recreate) { return false }
        // In doubt, it is held already.
        if account.doubts.contains(where: { $0.contact == shadow.contact.id }) { return true }
        plan.held.append(
            HeldRow(
                .contact(account.account, shadow.contact.id),
                cause,
                keepsOff: shadow.contact.permission == .vanished
            )
        )
        return true
    }
}
