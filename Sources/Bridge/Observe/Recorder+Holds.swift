import Reconciliation
import Store

/// An address that was decided, with what of it is held.
struct DecidedHolds: Sendable {
    var address: Address
    var held: [HeldRow]
    /// Whether nothing was left to do for it at the account: what was approved before is done.
    var isSettled: Bool
    /// Whether it waits for what is under way: what is to be done after that is not known yet.
    var waits: Bool
}

extension Recorder {
    /// Brings the holds of decided addresses in line with what their plans say: raises what is new, and closes what is
    /// gone.
    ///
    /// - Parameter account: the account in whose pass they were decided; holds of other passes are left.
    func settleHolds(
        _ decided: [DecidedHolds],
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        let known = try Holds.rows(of: decided.map(\.address), account: account, in: connection)
        let rows = Dictionary(grouping: known, by: \.address)
        for item in decided {
            for row in item.held { try raise(row, address: item.address, account: account, in: connection) }
            for row in rows[item.address.text] ?? [] where row.cause.isGone(after: item.held, waits: item.waits) {
                // An approval works until what it brings about is done, whatever fails on the way.
                if row.state == .approved, !item.isSettled { continue }
                try closeIfGone(row, item.address, in: connection)
            }
        }
    }

    /// Raises a hold, once for each cause.
    func raise(
        _ held: HeldRow,
        address: Address,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        if let known = try Holds.row(of: held.cause, in: connection), known.state != .open { return }
        let address = try namingAddress(of: held, address, in: connection)
        let isNew = try Holds.raise(
            Holds.NewRow(
                held,
                address: address.text,
                account: account,
                subject: held.subject.text,
                link: held.cause.link,
                choices: try choices(for: held, address: address, in: connection)
            ),
            at: now,
            in: connection
        )
        // Kept off everywhere from now on.
        if isNew, held.keepsOff { try markEverywhere(address, lane: .removals, reason: "held", in: connection) }
    }

    /// The address by which a hold is named: a record's main one, whichever of its addresses is decided first.
    private func namingAddress(
        of held: HeldRow,
        _ address: Address,
        in connection: any SQLConnection
    ) throws -> Address {
        guard case .record(let id) = held.subject else { return address }
        return try RecordMirrors.load([id], in: connection)[id]?.record.mainAddress ?? address
    }

    /// Records that can be read again were never gone.
    ///
    /// While they were hidden, others may have been that nobody has asked for: whoever has an address that matters is
    /// looked for anew.
    func forgetHidden(_ records: [CRMRecord], in connection: any SQLConnection) throws {
        var wereHeld = false
        for id in try UnansweredRecords.remove(records.map(\.id), in: connection)
        where try Holds.row(of: .hidden(id), in: connection) != nil {
            try Holds.forget(.hidden(id), at: now, in: connection)
            wereHeld = true
        }
        if wereHeld { try Watched.removeAll(in: connection) }
    }

    /// Holds a link that does not run until somebody decides.
    func hold(_ link: Link, _ cause: HoldCause, detail: String?, in connection: any SQLConnection) throws {
        try Holds.raise(
            Holds.NewRow(
                HeldRow(.address, cause, detail: detail),
                address: "",
                account: link.account,
                subject: "link \(link.id)",
                link: link.id,
                choices: HoldSituation(cause.kind).choices
            ),
            at: now,
            in: connection
        )
    }

    /// What may be decided on a hold as things stand.
    func choices(
        for held: HeldRow,
        address: Address,
        in connection: any SQLConnection
    ) throws -> [HoldChoice] {
        var addresses = [address]
        if case .record(let id) = held.subject, let mirror = try RecordMirrors.load([id], in: connection)[id] {
            addresses = mirror.record.addresses
        }
        let standings = try withTwins(addresses, in: connection).map { try Ledger.standing(of: $0, in: connection) }
        return HoldSituation(held.cause.kind, standings: standings, confirming: confirming).choices
    }

    /// Holds what was read of a contact, where nothing that is decided later shows it any more; forgets what is over.
    ///
    /// - Parameters:
    ///   - wasAway: whether the contact could not be mailed, or not be found, before.
    ///   - asksOnlyThePerson: whether an opt-in that waits for its confirmation can be ended by nobody but the person,
    ///     so that it is nothing yet (C10).
    func hold(
        _ contact: ProviderContact,
        before: ContactShadow?,
        situation: ContactReading.Situation,
        wasAway: Bool,
        asksOnlyThePerson: Bool,
        said: Standing.Said?,
        account: AccountID,
        isOptedOut latest: Int64?,
        in connection: any SQLConnection
    ) throws {
        try holdUnclearBounce(contact, isNew: situation == .bounced(.unclear), account: account, in: connection)
        guard let before, let address = contact.address else { return }
        let isUnsubscribed = contact.permission == .unsubscribed
        if before.contact.isDeleted, !contact.isDeleted {
            try Holds.forget(.contact(.contactDeleted, account, contact.id), at: now, in: connection)
        }
        guard wasAway || isUnsubscribed, before.contact.permission != contact.permission else { return }
        if isUnsubscribed {
            return try Holds.forget(.contact(.unprovedReturn, account, contact.id), at: now, in: connection)
        }
        try Holds.forget(.contact(.refusedReturn, account, contact.id), at: now, in: connection)
        // A return that is proved lifts what it can (C7), and the decision names what stands all the same.
        guard let latest, situation == .subscribedAgain || situation == .nothingNew, !contact.isDeleted,
            contact.permission.isSendable || contact.permission == .pendingConfirmation && !asksOnlyThePerson
        else { return }
        let isUnproved = said?.stands == true && contact.optInBy == .contact
        try raise(
            HeldRow(
                .contact(account, contact.id),
                .contact(isUnproved ? .unprovedReturn : .subscribedAgain, account, contact.id),
                named: latest
            ),
            address: address,
            account: account,
            in: connection
        )
    }

    /// Nobody can say whether the contact bounced or complained: somebody decides, and the address is kept off the lists
    /// of every account till then, whatever becomes of the mark in the CRM (C8, C2).
    private func holdUnclearBounce(
        _ contact: ProviderContact,
        isNew: Bool,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        let cause = HoldCause.contact(.unclearBounce, account, contact.id)
        guard contact.bounce == .unclear, let address = contact.address else {
            guard try Holds.row(of: cause, in: connection) != nil else { return }
            try Holds.forget(cause, at: now, in: connection)
            if let address = contact.address {
                try markEverywhere(address, lane: .singleChanges, reason: "held", in: connection)
            }
            return
        }
        // Once for each bounce: one that was decided is not asked about again.
        guard isNew else { return }
        try raise(
            HeldRow(.contact(account, contact.id), cause, keepsOff: true),
            address: address,
            account: account,
            in: connection
        )
    }

    /// Whether what is held about a record is there at any of the addresses that it has now, or what was approved is
    /// still to be written.
    private func isThere(_ row: HoldRow, at id: RecordID, in connection: any SQLConnection) throws -> Bool {
        guard let mirror = try RecordMirrors.load([id], in: connection)[id], !mirror.record.isDeleted else {
            return false
        }
        // What is held about a record does not depend on any account.
        var context = AddressViews.Context(accounts: [:], leavingStatuses: [])
        context.clearsFlagOnOptIn = settings.clearsFlagOnOptIn
        let views = try AddressViews.load(mirror.record.addresses, context: context, in: connection)
        return views.contains { view in
            let plan = decisions.plan(view, now)
            if plan.held.contains(where: { $0.cause == row.cause }) { return true }
            return row.state == .approved
                && plan.operations.contains { if case .flag(id, _, _) = $0 { true } else { false } }
        }
    }

    /// Ends a row whose cause a decision does not name any more.
    ///
    /// A dismissal stays for good where its key tells one cause from the next.
    private func closeIfGone(_ row: HoldRow, _ address: Address, in connection: any SQLConnection) throws {
        switch row.cause.kind.closing {
        case .byReading:
            return
        case .byOptOut:
            if try Ledger.isOptedOut(address, in: connection) { return }
        case .byPlan:
            if row.state == .dismissed, row.cause.link == nil { return }
            if let record = row.record, try isThere(row, at: record, in: connection) { return }
        }
        // What an approval asks for is still to be done.
        if row.effect == .pending || row.effect == .started { return }
        try Holds.end(row, as: row.state == .approved ? .done : .gone, at: now, in: connection)
        if row.keepsOff { try markEverywhere(address, lane: .singleChanges, reason: "held", in: connection) }
    }
}

extension HoldRow {
    /// The contact that the row is about; nil where it is about none.
    var contact: ContactID? {
        let prefix = "contact \(account) "
        return subject.hasPrefix(prefix) ? ContactID(String(subject.dropFirst(prefix.count))) : nil
    }

    /// The member that the row is about; nil where it is about none.
    var member: MemberID? {
        let prefix = "member "
        return subject.hasPrefix(prefix) ? Int64(subject.dropFirst(prefix.count)).map { MemberID($0) } : nil
    }

    /// The record that the row is about; nil where it is about none.
    package var record: RecordID? {
        guard case .record(let id)? = ConsentSource(text: subject) else { return nil }
        return id
    }
}
