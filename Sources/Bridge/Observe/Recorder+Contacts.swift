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
    ///   - isTakenBack: whether they are the answer to taking an unsubscribe of Causeway's own back.
    ///   - lists: whether memberships that are missing are believed to be gone.
    @discardableResult
    func record(
        _ contacts: [ProviderContact],
        account: AccountID,
        isTakenBack: Bool = false,
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
        for contact in contacts {
            guard let address = contact.address else { continue }
            let shadow = before[contact.id]
            let said =
                !ledgered.contains(address)
                ? nil : try Ledger.standing(of: address, in: connection).sources[.account(account)]
            let open =
                contact.permission == .unsubscribed && shadow?.contact.permission != .unsubscribed
                ? try openUnsubscribe(contact.id, account: account, in: connection) : nil
            let reading = decisions.contact(
                ContactReading(
                    account: account,
                    before: shadow,
                    now: contact,
                    said: said,
                    ownUnsubscribeIsOpen: open != nil,
                    receivedAt: now,
                    through: through
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
                next.ownUnsubscribe = isTakenBack ? nil : shadow?.ownUnsubscribe
            case .ownUnsubscribe:
                next.ownUnsubscribe = open
                findings.echoes += 1
                try Echoes.count(account: account, in: connection)
            case .unsubscribed:
                findings.optOuts += 1
            case .returned:
                break
            }
            if !contact.listsWereRead, let shadow { next.contact.lists = shadow.contact.lists }
            if contact.permission.isSendable, !contact.isDeleted, contact.listsWereRead,
                shadow?.contact.isDeleted == false,
                shadow?.contact.permission != .unsubscribed
            {
                let missing = (ours[contact.id] ?? []).filter {
                    linked.contains($0) && !contact.lists.contains($0) && !lists.contains($0)
                }
                next.contact.lists.formUnion(missing)
                findings.left += missing.map { LeftList(contact: contact.id, address: address, list: $0) }
            }
            if shadow == next, reading.events.isEmpty { continue }
            try Contacts.save(next, account: account, at: now, in: connection)
            try append(
                reading.events,
                evidence: try Evidence.contact(contact, account: account),
                in: connection
            )
            if let old = shadow?.contact.address, old != address {
                // No second contact is made before somebody decides (C11); a hold, once holds exist.
                try Parked.refuse(
                    old,
                    account: account,
                    text: ConsentRule.c11.title,
                    at: now,
                    in: connection
                )
                try markEverywhere(old, lane: .singleChanges, reason: "contact", in: connection)
            }
            if known.contains(address) || optedOut[address] != nil {
                let lane: Lane = optedOut[address] != nil ? .optOuts : .singleChanges
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

    private func openUnsubscribe(
        _ contact: ContactID,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> OwnUnsubscribe? {
        let subject = IntentSubject.contact(contact, account: account)
        guard
            let row = try Intents.open(kind: IntentKind.unsubscribe.rawValue, subject: subject, in: connection).first
        else { return nil }
        // Before the contact was read for it, nothing has been written: what is found there is not Causeway's.
        if row.payload == OpenUnsubscribe.notRead { return nil }
        return try IntentPayload.decode(OwnUnsubscribe.self, from: row.payload)
    }
}
