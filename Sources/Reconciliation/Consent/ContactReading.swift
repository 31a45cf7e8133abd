/// A contact that was read at a provider, beside what was known of it; finds what that means for consent.
///
/// Pure: the answer depends on nothing but the fields.
package struct ContactReading: Sendable {
    package var account: AccountID
    /// What the shadow held; nil for a contact that was not known.
    package var before: ContactShadow?
    package var now: ProviderContact
    /// What this account has said about the address so far.
    package var said: Standing.Said?
    /// The place of the person's latest opt-out by this very address at this account; nil where none is known.
    ///
    /// One that came from another address of theirs (C11, a former one) changed nothing about this contact, so the
    /// provider takes it back from anybody.
    package var personLeft: Int64?
    /// An unsubscribe of Causeway's own is under way, or its answer was lost; where the provider names nobody, only the
    /// answer itself is one.
    ///
    /// An unsubscribed contact of an unknown actor that shows later may be the person's as well, and an opt-out is not
    /// lost: then nobody can say who did it (C3).
    package var ownUnsubscribeIsOpen: Bool
    /// Whether somebody has to decide about a return of the contact, which was not proved when it was read first: the
    /// same state does not prove it later.
    package var returnIsHeld: Bool
    /// Whether the contact had another address before (C11): what was opted in under that one says nothing of this one,
    /// until somebody has decided and carried it out.
    package var hasMoved: Bool
    /// The first reading after Causeway's own database was restored: nobody can say whether an unsubscribe of the
    /// account's was Causeway's.
    package var isRestored: Bool
    package var receivedAt: Timestamp
    /// How the contact came to be read, such as `opt-out poll`.
    package var through: String
    /// How the account's provider treats consent.
    package var traits: ProviderTraits

    package init(
        account: AccountID,
        before: ContactShadow?,
        now: ProviderContact,
        said: Standing.Said?,
        personLeft: Int64? = nil,
        ownUnsubscribeIsOpen: Bool,
        returnIsHeld: Bool = false,
        hasMoved: Bool = false,
        isRestored: Bool = false,
        receivedAt: Timestamp,
        through: String,
        traits: ProviderTraits = ProviderTraits()
    ) {
        self.account = account
        self.before = before
        self.now = now
        self.said = said
        self.personLeft = personLeft
        self.ownUnsubscribeIsOpen = ownUnsubscribeIsOpen
        self.returnIsHeld = returnIsHeld
        self.hasMoved = hasMoved
        self.isRestored = isRestored
        self.receivedAt = receivedAt
        self.through = through
        self.traits = traits
    }

    /// What a read contact means.
    package enum Situation: Hashable, Sendable {
        /// Nothing about consent, or nothing new.
        case nothingNew
        /// Older than what the shadow holds, by the provider's own stamps: the shadow is not to take it over, but an
        /// opt-out of the person's that shows in it is still written down.
        case older
        /// Causeway's own unsubscribe, seen for the first time.
        case ownUnsubscribe
        /// Unsubscribed, and new: C1 or C3.
        case unsubscribed(ConsentRule)
        /// The person came back, and the provider says so: C7.
        case returned
        /// Subscribed again in any other way: C13.
        case subscribedAgain
        /// Deleted since it was last read: C9.
        case deleted
        /// Cannot be reached any more, and that is new: C8, or C2 for a complaint.
        case bounced(ContactBounce)
    }

    /// Which of the situations this is; every combination of what can be read has exactly one.
    package var situation: Situation {
        if now.permission == .unsubscribed { return unsubscribedSituation }
        if now.permission == .cleaned { return cleanedSituation }
        if isOvertaken { return .older }
        if now.isDeleted { return before?.contact.isDeleted == true ? .nothingNew : .deleted }
        return now.permission.isSendable || now.permission == .pendingConfirmation ? sendableSituation : .nothingNew
    }

    /// Whether the shadow holds a later state by the provider's own stamps.
    ///
    /// Not asked of an unsubscribed or unreachable contact: those count whatever the clocks say.
    private var isOvertaken: Bool {
        guard let known = before?.contact.changedAt, let shown = now.changedAt else { return false }
        return shown < known
    }

    private var cleanedSituation: Situation {
        guard let bounce = now.bounce else { return .nothingNew }
        if let known = before?.contact, known.permission == .cleaned, known.bounce == bounce { return .nothingNew }
        return .bounced(bounce)
    }

    private var unsubscribedSituation: Situation {
        let rule: ConsentRule = now.optOutBy == .contact ? .c1 : .c3
        guard let before else { return ownUnsubscribeIsSeen ? .ownUnsubscribe : .unsubscribed(rule) }
        if before.contact.permission == .unsubscribed {
            if let old = before.contact.optOutAt, let new = now.optOutAt, new < old { return .older }
            let isLater = Self.isLater(now.optOutAt, than: before.contact.optOutAt)
            let turnedToPerson = now.optOutBy == .contact && before.contact.optOutBy != .contact
            return isLater || turnedToPerson ? .unsubscribed(rule) : .nothingNew
        }
        if isFromBeforeTheReturn(before.contact) || isToldBefore(before.contact) { return .older }
        return ownUnsubscribeIsSeen ? .ownUnsubscribe : .unsubscribed(rule)
    }

    /// Whether this is a copy, read before a return and recorded after it, of the very state that was written down then.
    ///
    /// Where no opt-out has a stamp, the contact's last change tells: it is the place of the opt-out that was written
    /// down, and the return was later than that. Any other unsubscribed state counts, whatever its stamp.
    private func isToldBefore(_ known: ProviderContact) -> Bool {
        guard now.optOutBy == .unnamed, known.permission.isSendable, let changed = now.changedAt, let said,
            let optOut = said.optOut, let optIn = said.optIn, let returned = known.changedAt
        else { return false }
        return changed.milliseconds == optOut && optOut < optIn && changed < returned
    }

    private var ownUnsubscribeIsSeen: Bool {
        ownUnsubscribeIsOpen && (now.optOutBy == .account || now.optOutBy == .unnamed)
    }

    /// Whether this is a copy from before the return that the shadow knows of.
    ///
    /// One that shows that return too is not:
    /// it is unsubscribed in spite of its stamps, and an opt-out counts whatever the clocks say.
    private func isFromBeforeTheReturn(_ known: ProviderContact) -> Bool {
        guard known.permission.isSendable, known.optInBy == .contact, let returned = known.optInAt,
            let left = now.optOutAt, left < returned
        else { return false }
        return now.optInAt.map { $0 < returned } ?? true
    }

    private var sendableSituation: Situation {
        guard let said, said.stands else { return .nothingNew }
        // An opt-in that waits for its confirmation is no proof (C10).
        let isConfirmed = (now.permission == .explicit || now.permission == .implicit) && !isMoving
        if isConfirmed, now.optInBy == .contact, let optIn = now.optInAt, let optOut = said.optOut,
            optIn.milliseconds > optOut
        {
            return .returned
        }
        if isConfirmed, isProvedByState(after: said) { return .returned }
        return wasAway ? .subscribedAgain : .nothingNew
    }

    private var isMoving: Bool {
        hasMoved || before?.contact.address.map { $0 != now.address } ?? false
    }

    /// Whether the contact could not be mailed, or not be found, when it was last read.
    package var wasAway: Bool {
        guard let known = before?.contact else { return false }
        if known.permission == .unsubscribed { return true }
        guard traits.onlyThePersonReturns else { return false }
        return known.isDeleted || known.permission == .pendingConfirmation || known.permission == .cleaned
    }

    /// Where only the person can come back after an opt-out of their own, the later state is the proof (C7).
    ///
    /// It is none where the provider may have taken the contact back from somebody else: where Causeway unsubscribed
    /// it, where it was deleted in between (C9: never a way to opt in), where the person's opt-out was not of this
    /// contact or the contact was never seen before (an import makes another one of the same address), and where the
    /// return has been held.
    private func isProvedByState(after said: Standing.Said) -> Bool {
        guard traits.onlyThePersonReturns, !isRestored, !returnIsHeld, let before, before.ownUnsubscribe == nil,
            !before.contact.isDeleted, let left = personLeft, left >= said.optIn ?? Int64.min,
            let optOut = said.optOut, let changed = now.changedAt
        else { return false }
        return changed.milliseconds > optOut
    }

    /// The place of the person's latest opt-out by an address at an account; nil where the account was told of a later
    /// one by somebody else, which the provider takes back from anybody.
    ///
    /// A webhook that names the person and the reading of the state that it tells of are one opt-out, a moment apart.
    /// What an operator has taken for the person's on a hold never unsubscribed the contact, so nobody is refused there.
    package static func placeOfPersonsOptOut(among events: [ConsentEvent], at account: AccountID) -> Int64? {
        var latest: Int64?
        var persons: Int64?
        for event in events where event.kind == .optOut && event.source == .account(account) {
            let place = event.position ?? Int64.max
            latest = max(latest ?? place, place)
            if event.by == .person, !event.isInherited, !event.isDecidedOnHold {
                persons = max(persons ?? place, place)
            }
        }
        guard let latest, let persons, latest - persons <= oneMoment else { return nil }
        return persons
    }

    /// How far apart the stamps of one change can be at one account, in milliseconds.
    private static let oneMoment: Int64 = 120_000

    /// The events that the situation writes to the ledger, by the rule's row of the table.
    ///
    /// An opt-out is written for the address that the shadow has, too, where the contact shows another one now: until
    /// somebody decides, an opt-out of either is an opt-out of both (C11).
    package var events: [ConsentEvent] {
        switch situation {
        case .older:
            // Places put it where it belongs, before or after what stands.
            return now.optOutBy == .contact ? optOuts(rule: .c1) : []
        case .nothingNew, .ownUnsubscribe, .subscribedAgain, .deleted:
            return []
        case .unsubscribed(let rule):
            return optOuts(rule: rule)
        case .bounced(let bounce):
            return bounceEvents(bounce)
        case .returned:
            guard let address = now.address else { return [] }
            return [
                ConsentEvent(
                    address: address,
                    kind: .optIn,
                    by: .person,
                    source: .account(account),
                    position: returnedAt?.milliseconds,
                    occurredAt: returnedAt,
                    receivedAt: receivedAt,
                    through: through,
                    rule: .c7
                )
            ]
        }
    }

    /// The stamp by which the return is later than what it lifts.
    private var returnedAt: Timestamp? { now.optInBy == .contact ? now.optInAt : now.changedAt }

    private func bounceEvents(_ bounce: ContactBounce) -> [ConsentEvent] {
        guard let address = now.address else { return [] }
        let isComplaint = bounce == .complaint
        return [
            ConsentEvent(
                address: address,
                kind: isComplaint ? .optOut : .undeliverable,
                by: isComplaint ? .person : .provider,
                source: .account(account),
                isComplaint: isComplaint,
                position: statePlace,
                occurredAt: now.changedAt,
                receivedAt: receivedAt,
                through: through,
                rule: isComplaint ? .c2 : .c8
            )
        ]
    }

    private func optOuts(rule: ConsentRule) -> [ConsentEvent] {
        var addresses: [Address] = []
        if let address = now.address { addresses.append(address) }
        if let known = before?.contact.address, known != now.address { addresses.append(known) }
        return addresses.map { address in
            ConsentEvent(
                address: address,
                kind: .optOut,
                by: rule == .c1 ? .person : (now.optOutBy == .account && !isRestored ? .operator : .provider),
                source: .account(account),
                position: optOutPlace,
                occurredAt: now.optOutAt ?? (now.optOutBy == .unnamed ? now.changedAt : nil),
                receivedAt: receivedAt,
                through: through,
                reason: now.optOutReason,
                rule: rule
            )
        }
    }

    /// The provider's stamp of the opt-out.
    ///
    /// Where a contact is unsubscribed although its own stamps have it opted in
    /// later, the state counts and not the clock, so the opt-out stands at the later stamp.
    private var optOutPlace: Int64? {
        if now.optOutBy == .unnamed { return statePlace }
        guard let left = now.optOutAt?.milliseconds else { return nil }
        guard case .unsubscribed = situation, let optIn = said?.optIn, let shown = now.optInAt?.milliseconds else {
            return left
        }
        return shown >= optIn ? max(left, optIn) : left
    }

    /// The place of a state that has no stamp of its own: it is at least as late as the contact's last change, and as
    /// whatever it ended.
    private var statePlace: Int64? {
        guard let changed = now.changedAt?.milliseconds else { return nil }
        return max(changed, said?.optIn ?? changed)
    }

    private static func isLater(_ new: Timestamp?, than old: Timestamp?) -> Bool {
        guard let new, let old else { return false }
        return new > old
    }
}
