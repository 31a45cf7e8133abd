/// Who may cause a change of consent: the recipient, or the account's owner and software.
enum ConsentActor: String {
    case contact = "Contact"
    case account = "Account"
}

extension AccountState {
    /// Unsubscribes a contact from the whole account; it leaves every list.
    ///
    /// `contact.updated_at` stays: only the email address counts as changed, which is why polling by `updated_after`
    /// misses opt-outs (constant-contact.md §5.1).
    func unsubscribe(_ slot: ContactSlot, by actor: ConsentActor, reason: String?, at now: Double) {
        guard slot.record.email != nil else { return }
        leaveAllLists(slot, at: now)
        update(slot, at: now) { record in
            record.email?.permission = "unsubscribed"
            record.email?.optOutSource = actor.rawValue
            record.email?.optOutDate = now
            record.email?.optOutReason = reason
            record.email?.updatedAt = now
            if actor == .contact { record.updateSource = actor.rawValue }
        }
    }

    /// Makes a contact mailable again.
    ///
    /// Who did it is what `opt_in_source` says afterwards.
    func optIn(_ slot: ContactSlot, by actor: ConsentActor, permission: String, at now: Double) {
        update(slot, at: now) { record in
            record.email?.permission = permission
            record.email?.optOutSource = nil
            record.email?.optOutDate = nil
            record.email?.optOutReason = nil
            record.email?.optInSource = actor.rawValue
            record.email?.optInDate = now
            record.email?.updatedAt = now
            record.updateSource = actor.rawValue
        }
    }

    /// Deletes a contact: it leaves its lists and keeps its permission, and a later import brings it back (§6.2).
    func delete(_ slot: ContactSlot, at now: Double) {
        leaveAllLists(slot, at: now)
        update(slot, at: now) { record in
            record.deletedAt = now
            record.updatedAt = now
        }
    }
}
