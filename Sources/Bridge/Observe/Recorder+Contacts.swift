import Reconciliation
import Store

extension Recorder {
    /// What became of a page of contacts.
    struct ContactFindings: Sendable {
        /// Contacts that were opted out, and new.
        var optOuts = 0
        /// Contacts that are Causeway's own unsubscribes, seen for the first time.
        var echoes = 0
        /// Contacts that are no longer on a list that Causeway put them on, though they may be mailed.
        var left: [LeftList] = []
    }

    /// A list that a contact was on, by Causeway's doing, and is not on as it was read.
    struct LeftList: Sendable, Hashable {
        var contact: ContactID
        var address: Address
        var list: ListID
    }

    /// Records contacts as they were read at an account.
    ///
    /// A membership of Causeway's that is missing is kept in the shadow, and answered: until it is known why, the contact
    /// is not put back (design §4).
    ///
    /// - Parameters:
    ///   - answered: the intent whose write they are the answer to; an answer is no echo yet.
    ///   - lists: whether memberships that are missing are believed to be gone.
    @discardableResult
    func record(
        _ contacts: [ProviderContact],
        account: AccountID,
        answering answered: Int64? = nil,
        believesMissing lists: Set<ListID> = [],
        in connection: any SQLConnection
    ) throws -> ContactFindings {
        let contacts = try withoutErased(contacts, in: connection)
        var findings = ContactFindings()
        let before = try Contacts.load(contacts.map(\.id), account: account, in: connection)
        let ours = try Contacts.ours(contacts.map(\.id), account: account, in: connection)
        let linked = ours.isEmpty ? [] : Set(try Links.of(account, in: connection).compactMap(\.list))
        let addresses = Array(Set(contacts.compactMap(\.address)))
        let optedOut = try Ledger.latestOptOuts(of: addresses, in: connection)
        let ledgered = try onLedger(addresses, in: connection)
        let known = try knownAddresses(among: addresses, in: connection)
        let awaited = try awaited(addresses: addresses, account: account, in: connection)
        // A contact's address can have changed while a write to it was under way.
        let toContacts = try self.awaited(
            subjects: contacts.map { IntentSubject.contact($0.id, account: account) },
            account: account,
            in: connection
        )
        for contact in contacts {
            guard let address = contact.address else { continue }
            let shadow = before[contact.id]
            let events = ledgered.contains(address) ? try Ledger.events(of: address, in: connection) : []
            let said = Standing(ledger: events.map { ($0.sequence, $0.event) }).sources[.account(account)]
            let traits = traits[account] ?? ProviderTraits()
            let shown = ShownWrites(
                of: Self.joined(
                    awaited[address] ?? [],
                    toContacts[IntentSubject.contact(contact.id, account: account)] ?? []
                ),
                by: contact,
                answering: answered
            )
            let own =
                contact.permission == .unsubscribed && shadow?.contact.permission != .unsubscribed
                ? shown.unsubscribe : nil
            let reading = decisions.contact(
                ContactReading(
                    account: account,
                    before: shadow,
                    now: contact,
                    said: said,
                    personLeft: ContactReading.placeOfPersonsOptOut(among: events.map(\.event), at: account),
                    ownUnsubscribeIsOpen: own != nil
                        && (contact.optOutBy != .unnamed || shown.isUnsubscribeAnswered),
                    returnIsHeld: try said?.stands == true && traits.onlyThePersonReturns
                        && Holds.row(of: .contact(.subscribedAgain, account, contact.id), in: connection) != nil,
                    hasMoved: try said?.stands == true && contact.permission != .unsubscribed
                        && hasMoved(contact.id, to: address, since: said?.optOut, account: account, in: connection),
                    isRestored: baseline == .restored,
                    receivedAt: now,
                    through: through,
                    traits: traits
                )
            )
            let situation = reading.situation
            if situation == .older {
                // The shadow knows better, but what the person said in it still belongs on the ledger.
                try append(
                    reading.events,
                    evidence: try Evidence.contact(contact, account: account),
                    in: connection
                )
                continue
            }
            var next = ContactShadow(contact: contact)
            switch situation {
            case .older, .nothingNew, .deleted, .subscribedAgain:
                // Kept while somebody else has subscribed the contact again: it is repeated at most hourly (C13), and
                // a return of the person's is told by what was before. Taking it back ends it.
                next.ownUnsubscribe = shown.isTakenBack ? nil : shadow?.ownUnsubscribe ?? shown.returnedFrom
            case .ownUnsubscribe:
                next.ownUnsubscribe = own
            case .unsubscribed:
                // It may be Causeway's own, whose answer was lost: then the provider takes it back, once the opt-out
                // that nobody can explain is lifted, and refuses where it was the person's.
                next.ownUnsubscribe = contact.optOutBy == .unnamed ? own : nil
                findings.optOuts += 1
            case .bounced(.complaint):
                findings.optOuts += 1
            case .bounced(.hard), .bounced(.unclear):
                next.ownUnsubscribe = shadow?.ownUnsubscribe
            case .returned:
                break
            }
            if !contact.listsWereRead, let shadow { next.contact.lists = shadow.contact.lists }
            // Who came back was off the lists by the opt-out that ends with it, and has left none.
            if contact.permission.isSendable, !contact.isDeleted, contact.listsWereRead, situation != .returned,
                shadow?.contact.isDeleted == false,
                shadow?.contact.permission != .unsubscribed
            {
                // After a restore the backup's memberships say nothing: what was read is where to begin.
                let missing = (baseline == .restored ? [] : ours[contact.id] ?? []).filter {
                    linked.contains($0) && !contact.lists.contains($0) && !lists.contains($0)
                        && !shown.removed.contains($0)
                }
                next.contact.lists.formUnion(missing)
                findings.left += missing.map { LeftList(contact: contact.id, address: address, list: $0) }
            }
            let isNew = shadow != next || !reading.events.isEmpty
            if isNew { try Contacts.save(next, account: account, at: now, in: connection) }
            if shown.hasEchoes, Self.canBeEcho(situation, of: shown) {
                findings.echoes += 1
                try absorb(shown, of: contact.id, address, account: account, in: connection)
            }
            if !isNew { continue }
            if baseline == .restored, contact.listsWereRead {
                let unknown = contact.lists.subtracting(shadow?.contact.lists ?? [])
                try Contacts.noteUnknown(contact.id, lists: unknown, account: account, in: connection)
            }
            try append(
                reading.events,
                evidence: try Evidence.contact(contact, account: account),
                in: connection
            )
            try noteDoubt(contact, before: shadow, situation, account: account, in: connection)
            if let old = shadow?.contact.address, old != address {
                let isOurs =
                    try shown.isAddressOurs
                    && MovedContacts.find(contact.id, account: account, in: connection) == nil
                try lookFor(old, isGivenUp: isOurs, account: account, in: connection)
                if isOurs {
                    try markGivenUp(old, account: account, in: connection)
                } else {
                    try noteMove(of: contact.id, from: old, to: address, account: account, in: connection)
                }
            }
            try hold(
                contact,
                before: shadow,
                situation: shown.isTakenBack ? .returned : situation,
                wasAway: reading.wasAway,
                asksOnlyThePerson: traits.onlyThePersonReturns,
                said: said,
                account: account,
                isOptedOut: optedOut[address],
                in: connection
            )
            // What stands on the other address of a contact that was changed stands on this one, too (C11).
            let isOptedOut =
                try optedOut[address] != nil || ledgered.contains(address) && isOptedOut(address, in: connection)
            // An unsubscribe of Causeway's may be to take back, whoever has the address.
            if known.contains(address) || isOptedOut || next.ownUnsubscribe != nil {
                let lane: Lane = isOptedOut ? .optOuts : .singleChanges
                try Dirty.mark(
                    address,
                    account: account,
                    lane: lane.rawValue,
                    reason: "contact",
                    at: now,
                    in: connection
                )
            }
        }
        return findings
    }

    /// The awaited writes that a contact may show, newest first: those for its address, and those to itself for a former
    /// one.
    private static func joined(_ forAddress: [Awaited], _ toContact: [Awaited]) -> [Awaited] {
        let further = toContact.filter { item in
            !forAddress.contains {
                $0.write.intent == item.write.intent && $0.write.position == item.write.position
            }
        }
        return (forAddress + further).sorted { $0.write.intent > $1.write.intent }
    }

    /// Somebody who was deleted in a gap may have opted out first; somebody who is there again, or whose opt-out shows, is
    /// in doubt no more (C9).
    private func noteDoubt(
        _ contact: ProviderContact,
        before: ContactShadow?,
        _ situation: ContactReading.Situation,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        if situation == .deleted, isAfterGap, let address = contact.address {
            try DeletionDoubts.add(contact.id, address: address, account: account, at: now, in: connection)
            try markEverywhere(address, lane: .removals, reason: "C9", in: connection)
        } else if before?.contact.isDeleted == true, !contact.isDeleted || contact.permission == .unsubscribed,
            let address = try DeletionDoubts.end(contact.id, account: account, at: now, in: connection)
        {
            try markEverywhere(address, lane: .singleChanges, reason: "C9", in: connection)
        }
    }

    /// Those of the addresses that a record in the mirror has.
    private func knownAddresses(
        among addresses: [Address],
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        var found: Set<Address> = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach("SELECT DISTINCT address FROM record_address WHERE address IN \(list: texts)") {
                found.insert(Address(compared: $0.text(0)))
            }
        }
        return found
    }

    /// Whether a reading that means this can be the echo of a write: what is new on the ledger never is.
    private static func canBeEcho(_ situation: ContactReading.Situation, of shown: ShownWrites) -> Bool {
        switch situation {
        case .nothingNew, .ownUnsubscribe: true
        case .subscribedAgain: shown.isTakenBack
        case .older, .unsubscribed, .returned, .deleted, .bounced: false
        }
    }

    /// Counts an echo, once for whatever writes it shows, which are awaited no longer; what they put the contact on is
    /// Causeway's, and its address is decided once more.
    private func absorb(
        _ shown: ShownWrites,
        of contact: ContactID,
        _ address: Address,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        for item in shown.echoes + shown.overtaken { try Intents.awaitNoEcho(of: item.write, in: connection) }
        try Echoes.count(account: account, in: connection)
        // Also a list whose link has ended: another link may take it over, and they belong on it no more than the others.
        try Contacts.markOurs(contact, lists: Array(shown.added), account: account, at: now, in: connection)
        try Dirty.mark(
            address,
            account: account,
            lane: lane.rawValue,
            reason: "echo",
            at: now,
            in: connection
        )
    }
}
