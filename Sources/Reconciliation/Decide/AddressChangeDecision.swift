/// The decision whether a contact gets the new main address of its record, rather than leaving its lists while a second
/// contact is made: so its history stays (mailchimp.md §14, trap 14; constant-contact.md §4).
///
/// It is made only where nothing about either address is open: whatever is, the old address leaves the lists and the new
/// one comes to them as any other. It loosens nothing. The new address comes to no list on which it does not belong by
/// itself, and each address keeps what was said of it.
package enum AddressChangeDecision {
    /// What becomes of a contact whose record has another main address.
    enum Outcome: Hashable {
        /// It gets the new address.
        case changes(Operation)
        /// It is to get it once what is under way for either address has ended.
        case waits
    }

    /// What is decided at one account, from either of the two addresses; nil where each is decided by itself.
    static func outcome(_ view: borrowing AddressView, accountAt index: Int) -> Outcome? {
        for changed in view.changedMains {
            let operation =
                changed.otherIsOld
                ? operation(changed, from: changed.other, to: view, accountAt: index)
                : operation(changed, from: view, to: changed.other, accountAt: index)
            guard let operation else { continue }
            let isInFlight = view.accounts[index].isInFlight || changed.other.accounts[index].isInFlight
            return isInFlight ? .waits : .changes(operation)
        }
        return nil
    }

    /// Whether a change that was decided is still what is to be done, whatever is under way for its addresses.
    package static func isStillMeant(_ operation: Operation, in view: borrowing AddressView) -> Bool {
        for index in view.accounts.indices {
            for changed in view.changedMains where changed.otherIsOld {
                if self.operation(changed, from: changed.other, to: view, accountAt: index) == operation { return true }
            }
        }
        return false
    }

    private static func operation(
        _ changed: ChangedMainAddress,
        from old: borrowing AddressView,
        to new: borrowing AddressView,
        accountAt index: Int
    ) -> Operation? {
        guard let shadow = old.accounts[index].shadow, isFree(shadow, old.accounts[index]),
            isUnclaimed(new.accounts[index]), !changed.refusedAt.contains(new.accounts[index].account),
            isWithoutDoubt(old), isWithoutDoubt(new),
            isGivenUp(old, by: changed.record), let email = soleMain(new, of: changed.record)
        else { return nil }
        let managed = shadow.contact.lists.filter { old.accounts[index].rules.manages($0) }
        guard !managed.isEmpty, managed.isSubset(of: ProviderDecision.lists(new, accountAt: index)) else { return nil }
        return .changeAddress(old.accounts[index].account, shadow.contact.id, from: old.address, to: email)
    }

    // MARK: What has to hold

    /// Whether the contact may be mailed, and is on lists by Causeway's doing alone.
    ///
    /// Somebody else's list may be what the person has asked for by the old address, so the contact stays there. Where
    /// lists are labels that nobody can leave or ask for (mailchimp.md §1, verdict 2), they say something of the person
    /// and go along: left behind, the contact would go on getting mail at an address that was given up.
    private static func isFree(_ shadow: ContactShadow, _ account: borrowing AccountView) -> Bool {
        let contact = shadow.contact
        guard !contact.isDeleted, contact.permission.isSendable, !shadow.personCameBack,
            shadow.ownUnsubscribe == nil, account.moved == nil, account.doubts.isEmpty
        else { return false }
        for list in contact.lists {
            if account.rules.manages(list) {
                // The list of a link that is held is left as it is.
                if !account.ours.contains(list) || account.rules.rests(list) { return false }
            } else if account.rules.traits.peopleCanLeaveLists {
                return false
            }
        }
        return true
    }

    /// Whether the account has, had or refuses nobody with the address.
    private static func isUnclaimed(_ account: borrowing AccountView) -> Bool {
        account.shadow == nil && account.moved == nil && account.refusal == nil && account.doubts.isEmpty
    }

    /// Whether nobody has opted out, is held or may not be reached by the address, and no record with it is flagged.
    private static func isWithoutDoubt(_ view: borrowing AddressView) -> Bool {
        if view.isOptedOut || view.isUndeliverable || view.isInDoubt || view.isHeldOff || !view.holds.isEmpty {
            return false
        }
        for row in view.records.indices
        where view.records[row].keepsOff && !view.records[row].mirror.record.isDeleted {
            return false
        }
        return true
    }

    /// Whether nobody else has the old address; the record itself may keep it as another one, which brings nobody to a
    /// list.
    private static func isGivenUp(_ old: borrowing AddressView, by record: RecordID) -> Bool {
        for row in old.records.indices where !old.records[row].mirror.record.isDeleted {
            if old.records[row].mirror.record.id != record || old.records[row].isMain { return false }
        }
        return true
    }

    /// The new address as typed, where the record is the only one whose main address it is.
    private static func soleMain(_ new: borrowing AddressView, of record: RecordID) -> String? {
        var email: String?
        for row in new.records.indices
        where new.records[row].isMain && !new.records[row].mirror.record.isDeleted {
            if new.records[row].mirror.record.id != record { return nil }
            email = new.records[row].mirror.record.mainEmail
        }
        return email
    }
}
