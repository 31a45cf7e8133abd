import Reconciliation
import Store

extension Recorder {
    /// A contact was read with another address than it had (C11): no second contact is made before somebody decides, and
    /// till then the two addresses are one.
    ///
    /// The hold ends here where the contact has its first address back. One that was decided ends where the contact has
    /// moved on: what the operator saw was another change.
    func noteMove(
        of contact: ContactID,
        from old: Address,
        to new: Address,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        let known = try MovedContacts.find(contact, account: account, in: connection)
        let own = Set([old, new] + [known?.old, known?.new].compactMap { $0 }).sorted()
        let before = try withTwins(own, in: connection)
        let isMoved = try MovedContacts.note(contact, from: old, to: new, account: account, at: now, in: connection)
        let cause = HoldCause.contact(.addressChanged, account, contact)
        if let row = try Holds.row(of: cause, in: connection), !isMoved || row.state != .open {
            try Holds.forget(cause, at: now, in: connection)
        }
        // What one of them is one with by another contact's change is so with all of them, or is no more.
        for address in Set(before).union(try withTwins(own, in: connection)).sorted() {
            try markEverywhere(address, lane: .singleChanges, reason: "contact", in: connection)
            try markNeighbours(of: address, lane: .singleChanges, reason: "contact", in: connection)
        }
    }

    /// Has the address that a contact had looked for by itself where an import was for it: of one that ended after the
    /// contact had got its other address, and before that was read, nobody has seen the contact that it made.
    ///
    /// - Parameter isOurs: whether Causeway gave the contact its other address. It read the contact to do so, and whatever
    ///   an import had done to it till then is awaited no longer.
    func lookFor(_ old: Address, isGivenUp isOurs: Bool, account: AccountID, in connection: any SQLConnection) throws {
        let kind = IntentKind.upsert.rawValue
        guard
            try Intents.isFor(old, kind: kind, onlyAwaited: isOurs, account: account, in: connection),
            try Contacts.having([old], account: account, in: connection).isEmpty
        else { return }
        try SoughtAddresses.add(old, account: account, in: connection)
    }

    /// A contact was read with the address that Causeway gave it: the one that it had is decided again.
    func markGivenUp(_ old: Address, account: AccountID, in connection: any SQLConnection) throws {
        try Dirty.mark(
            old,
            account: account,
            lane: lane.rawValue,
            reason: "echo",
            at: now,
            in: connection
        )
    }

    /// Whether a contact got its address in another's place, by the person's doing (C11) or by Causeway's, no earlier than
    /// its account was told of an opt-out of that address: that one was another contact's, and what this one shows is no
    /// return from it.
    func hasMoved(
        _ contact: ContactID,
        to address: Address,
        since optOut: Int64?,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Bool {
        if try MovedContacts.find(contact, account: account, in: connection) != nil { return true }
        guard let optOut else { return false }
        // An address that was put back was the contact's no earlier than the hold on its change was over. Clocks differ.
        let dayBefore = Timestamp(milliseconds: optOut - 86_400_000)
        let move = HoldCause.contact(.addressChanged, account, contact)
        if try Holds.wasHeld(move, since: dayBefore, in: connection) { return true }
        return try Intents.changedAddress(
            of: IntentSubject.contact(contact, account: account),
            to: address,
            kind: IntentKind.changeAddress.rawValue,
            notBefore: optOut,
            account: account,
            in: connection
        )
    }

    /// What stands on an address for a record that has it, with what stands on the one that is one with it until
    /// somebody decides (C11); what the record itself has said is asked of each address alone.
    func standing(
        of address: Address,
        for record: RecordID,
        in connection: any SQLConnection
    ) throws -> Standing {
        var standing = try Ledger.standing(of: address, in: connection)
        for twin in try MovedContacts.twins(of: [address], in: connection) {
            let other = try Ledger.standing(of: twin, in: connection)
            for (source, said) in other.sources
            where said.stands && !standing.stands(source) && source != .record(record) {
                standing.join(
                    ConsentEvent(
                        address: address,
                        kind: .optOut,
                        by: other.author(at: source) ?? .provider,
                        source: source,
                        isComplaint: said.isComplaint,
                        position: said.optOut == Int64.max ? nil : said.optOut,
                        receivedAt: now,
                        through: "address changed at the provider",
                        rule: .c11
                    )
                )
            }
        }
        return standing
    }

    /// Whether an opt-out stands on an address, or on one that is one with it until somebody decides (C11).
    func isOptedOut(_ address: Address, in connection: any SQLConnection) throws -> Bool {
        try withTwins([address], in: connection).contains { try Ledger.isOptedOut($0, in: connection) }
    }

    /// The addresses with those that are one with them until somebody decides (C11).
    func withTwins(_ addresses: [Address], in connection: any SQLConnection) throws -> [Address] {
        addresses + (try MovedContacts.twins(of: addresses, in: connection))
    }

    /// Ends the changes that an operator took over and that a person has carried out in the CRM meanwhile: a record has
    /// the new address, and none has the old one any more.
    ///
    /// - Parameter addresses: addresses that a record has got or given up.
    func endTakenOver(_ addresses: Set<Address>, in connection: any SQLConnection) throws {
        if addresses.isEmpty { return }
        for move in try MovedContacts.undecided(of: Array(addresses), in: connection) {
            guard let row = try Holds.row(of: move.cause, in: connection), row.state == .approved,
                row.effect == nil || row.effect == .failed,
                try RecordMirrors.having([move.old], in: connection).isEmpty,
                try !RecordMirrors.having([move.new], in: connection).isEmpty
            else { continue }
            try MovedContacts.forget(move.contact, account: move.account, at: now, in: connection)
            try Holds.end(row, as: .done, at: now, in: connection)
            for address in [move.old, move.new] {
                try markEverywhere(address, lane: .singleChanges, reason: "hold", in: connection)
                try markNeighbours(of: address, lane: .singleChanges, reason: "hold", in: connection)
            }
        }
    }
}
