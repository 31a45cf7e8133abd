import Bridge
import Reconciliation
import Store
import Synchronization

/// What is asserted of a world that has come to rest.
extension World {
    func check() throws {
        try checkLedger()
        let outside = try Outside(of: self)
        for address in outside.addresses.sorted(by: { $0.text < $1.text }) {
            checkRecords(address, outside)
            for account in accounts { try checkContact(address, at: account, outside) }
        }
        for address in outside.addresses where history.sources(of: address).contains(where: \.isAccount) {
            for member in try membersWithoutLeavingStatus(address) {
                history.wrong("member \(member) of \(address.text), which is opted out at a provider, kept its status")
            }
        }
        try checkReturnedStatuses()
        try checkMovedContacts(outside)
        try checkMirrors(outside)
        try checkShadows(outside)
        try checkDigests()
        try checkTowns(outside)
        try checkDepartures()
        try checkErased()
        try checkBudget()
        for provider in providers.values {
            for violation in provider.state.withLock({ $0.violations }) { history.wrong(violation) }
        }
    }

    // MARK: The ledger

    private func checkLedger() throws {
        // What was promised: an acknowledged opt-out stands until its own source says otherwise.
        for (place, position) in history.promised.sorted(by: { $0.key.address.text < $1.key.address.text }) {
            let returned =
                history.twins(of: place.address)
                .compactMap { history.returns[History.Place(source: place.source, address: $0)]?.max() }.max()
                ?? Int64.min
            let said = history.said(place.source, place.address)
            if position >= returned, said?.stands != true, said?.isLifted(position) != true {
                history.wrong("the opt-out of \(place.address.text) at \(place.source.text) is lost")
            }
        }
        let known = try knownRecords()
        for record in crm.state.withLock({ Array($0.records.values) })
        where record.isOptedOut && !record.isDeleted && known.contains(record.id) {
            let changes = crm.state.withLock { $0.flagChanges[record.id] ?? [] }
            guard let last = changes.last, last.isSet, last.user == SimulatedCRM.operatorUser,
                !history.restored.contains(record.id)
            else { continue }
            // An operator's flag in place of Causeway's own cannot be told from it between two readings.
            if !plan.isCalm, changes.contains(where: { $0.user == SimulatedCRM.ownUser }) { continue }
            // What an operator lifted on a hold may leave a flag for which others ask; it is Causeway's from then on.
            if history.hasLifted(.record(record.id)) { continue }
            for address in record.addresses {
                if history.said(.record(record.id), address)?.stands == true { continue }
                history.wrong("\(record.id) is flagged, and its opt-out of \(address.text) is lost")
            }
        }
        for account in accounts {
            guard let provider = providers[account] else { continue }
            for held in provider.state.withLock({ Array($0.contacts.values) }) {
                guard held.contact.permission == .unsubscribed, held.contact.optOutBy != .account,
                    let address = held.contact.address,
                    !history.twins(of: address).contains(where: {
                        let said = history.said(.account(account), $0)
                        return said?.stands == true || wasLifted(said, held.contact, at: provider)
                    }),
                    // Who came back from Causeway's own unsubscribe and left again between two readings shows nowhere but
                    // in a webhook, where nobody is named, and neither does who was deleted since; what a webhook told
                    // was promised above.
                    provider.shape == .namesWhoActed || mayShow(held.contact, address, at: provider)
                else { continue }
                history.wrong("\(address.text) is unsubscribed at \(account), and the opt-out is lost")
            }
        }
        for address in history.bounced.subtracting(history.everUndeliverable) {
            history.wrong("that mail to \(address.text) bounces was forgotten")
        }
        try checkBulkClearing()
        let (rows, standing) = try database.look { connection in
            (
                try connection.value("SELECT count(*) FROM consent_event") ?? 0,
                Set(try connection.rows("SELECT DISTINCT address FROM standing_opt_out") { $0.text(0) })
            )
        }
        let keys = sealer.ledgerKeys
        if let problem = try database.look({ try LedgerVerification.run(keys: keys, in: $0).problem }) {
            history.wrong("the ledger does not verify at row \(problem.row.map(String.init) ?? "?"): \(problem.reason)")
        }
        if rows != history.ledgerRows {
            history.wrong("the ledger has \(rows) rows; \(history.ledgerRows) were written")
        }
        let mine = Set(history.ledger.filter { $0.value.stands }.map(\.key.address.text))
        if standing != mine { history.wrong("the file says that \(standing) stand, and its rows say \(mine)") }
    }

    /// Whether an operator has lifted the opt-out that a contact shows; it stays unsubscribed where somebody else did it.
    private func wasLifted(_ said: History.Said?, _ contact: ProviderContact, at provider: SimulatedProvider) -> Bool {
        guard let said, let moment = contact.optOutAt else { return said?.liftedUpTo != nil }
        // Without a name there is no stamp of the act either, only of the contact's last change.
        return provider.shape == .namesWhoActed ? said.isLifted(moment.milliseconds) : said.liftedUpTo != nil
    }

    /// Whether an unsubscribe at a provider that names nobody can be seen for the person's.
    private func mayShow(_ contact: ProviderContact, _ address: Address, at provider: SimulatedProvider) -> Bool {
        // The contact may have had another address then.
        let its = history.twins(of: address)
        return !contact.isDeleted
            && !provider.state.withLock { state in state.everUnsubscribed.contains { its.contains(history.known($0)) } }
    }

    /// The records that Causeway has read or has to look for: those with an address that is on a link.
    private func knownRecords() throws -> Set<RecordID> {
        let linked = Set(try links().map(\.campaign))
        let mirrored = try database.look { connection in
            try connection.rows("SELECT kind, id FROM crm_record") {
                RecordID($0.text(0) == "lead" ? .lead : .person, $0.int(1))
            }
        }
        return crm.state.withLock { state in
            let onLinks = Set(
                state.members.values.filter { !$0.isDeleted && linked.contains($0.campaign) }
                    .compactMap { $0.record.flatMap { state.records[$0]?.mainAddress } }
            )
            let searched = state.records.values.filter { !onLinks.isDisjoint(with: $0.addresses) }.map(\.id)
            return Set(mirrored).union(searched)
        }
    }

    // MARK: Records

    private func checkRecords(_ address: Address, _ outside: Outside) {
        let isOptedOut = history.isOptedOut(address)
        for record in outside.records(having: address) {
            if isOptedOut, !record.isOptedOut, !isDisputed(record) {
                history.wrong("\(address.text) is opted out, and \(record.id) is not flagged")
            }
            if record.isOptedOut, !record.addresses.contains(where: isOneOptedOut),
                crm.state.withLock({ $0.flagChanges[record.id]?.last?.user }) == SimulatedCRM.ownUser
            {
                history.wrong("\(record.id) keeps a flag of Causeway's, and nobody is opted out")
            }
            if history.isUndeliverable(address), record.mainAddress == address, !record.isUndeliverable,
                !crm.state.withLock({ $0.markedByOthers.contains(record.id) })
            {
                history.wrong("mail to \(address.text) bounces, and \(record.id) is not marked")
            }
        }
    }

    /// Whether an address is opted out, or one that a contact has had in its place.
    private func isOneOptedOut(_ address: Address) -> Bool {
        history.twins(of: address).contains(where: history.isOptedOut)
    }

    /// Whether the flag was cleared by somebody else while an opt-out of another source stood: that is a dispute.
    func isDisputed(_ record: CRMRecord) -> Bool {
        let changes = crm.state.withLock { $0.flagChanges[record.id] ?? [] }
        guard let last = changes.last else { return false }
        // A restored record that was changed since shows no more that it was restored; and one that was flagged again and
        // restored between two readings is disputed as it was.
        let wasDisputed = changes.contains {
            !$0.isSet && [SimulatedCRM.operatorUser, SimulatedCRM.softwareUser].contains($0.user)
        }
        let isRestored =
            last.user == SimulatedCRM.restoringUser
            && (plan.isCalm || record.lockVersion == last.lockVersion && !wasDisputed)
        return !last.isSet && last.user != SimulatedCRM.ownUser && !isRestored
    }

    /// The members of linked campaigns that stand for an address and have no leaving status, as far as no operator
    /// has given them theirs.
    func membersWithoutLeavingStatus(_ address: Address) throws -> [MemberID] {
        let linked = Set(try links().filter { $0.list != nil }.map(\.campaign))
        let own = Set(
            crm.state.withLock { state in
                state.records.values.filter { !$0.isDeleted && $0.mainAddress == address }.map(\.id)
            }
        )
        return crm.state.withLock { state in
            state.members.values.filter { member in
                !member.isDeleted && linked.contains(member.campaign)
                    && member.record.map { own.contains($0) } == true
                    && state.statuses[member.statusID]?.text != "Unsubscribed"
                    && member.lockVersion == 0
            }.map(\.id).sorted()
        }
    }

    /// A status that Causeway set for an opt-out goes back once no provider's opt-out stands.
    private func checkReturnedStatuses() throws {
        let linked = Set(try links().map(\.campaign))
        let (members, records, own) = crm.state.withLock { ($0.members, $0.records, $0.ownStatuses) }
        for (id, previous) in own {
            guard let member = members[id], !member.isDeleted, linked.contains(member.campaign),
                member.statusID != previous, let record = member.record,
                let address = records[record]?.mainAddress, records[record]?.isDeleted == false,
                !history.twins(of: address).contains(where: { history.sources(of: $0).contains { !$0.isRecord } }),
                !history.hasLeftAnything(address),
                // The status of who left a list stays when the record's address changes, or the member's record.
                !history.kin(of: address).contains(where: history.hasLeftAnything)
            else { continue }
            history.wrong("member \(id) of \(address.text) keeps a status of Causeway's, and nobody is opted out")
        }
    }

    // MARK: Contacts

    private func checkContact(_ address: Address, at account: AccountID, _ outside: Outside) throws {
        guard let provider = providers[account] else { return }
        let managed = outside.managed[account] ?? [:]
        let contacts = provider.state.withLock { state in
            state.contacts.values.map(\.contact).filter { $0.address == address && !$0.isDeleted }
        }
        if contacts.count > 1 { history.wrong("there are \(contacts.count) contacts of \(address.text) at \(account)") }
        let on = contacts.reduce(into: Set<ListID>()) { $0.formUnion($1.lists) }.filter { managed[$0] != nil }
        if history.isOptedOut(address) {
            if !on.isEmpty { history.wrong("\(address.text) is opted out, and on \(on.sorted()) of \(account)") }
            for contact in contacts where contact.permission != .unsubscribed {
                if isOutOfSight(contact, at: account, outside) { continue }
                let askedToReturn = contact.optInBy == .contact
                if !history.hasReturned(address, at: account), !askedToReturn {
                    history.wrong("\(address.text) is opted out, and \(contact.permission.text) at \(account)")
                }
            }
            return
        }
        if isMoved(address, contacts, at: account) { return }
        let wanted = outside.wanted(
            address,
            at: account,
            isUndeliverable: history.isUndeliverable(address)
        ) { history.hasLeft(address, list: $0, at: account) }
        checkLifting(address, at: account, provider, contacts, outside, isWanted: !wanted.must.isEmpty)
        let put = provider.state.withLock { state in
            contacts.reduce(into: Set<ListID>()) { $0.formUnion(state.put[$1.id] ?? []) }
        }
        let held = try listsHeld(of: address, at: account)
        for list in on.sorted() where !wanted.may.contains(list) && put.contains(list) {
            // Who stays on a list stays on the list of everybody.
            if held.contains(list) || !held.isEmpty && managed[list] == Self.master { continue }
            history.wrong(
                "\(address.text) is still on \(managed[list] ?? "?") of \(account), and does not belong there"
            )
        }
        guard contacts.allSatisfy({ $0.permission.isSendable }), !history.isRefused(address),
            wasNeverDeleted(address, at: account, outside)
        else {
            return
        }
        for list in wanted.must.sorted() where !on.contains(list) && !history.hasLeft(address, list: list, at: account)
        {
            history.wrong("\(address.text) belongs on \(managed[list] ?? "?") of \(account), and is not there")
        }
    }

    /// Whether a contact's address was changed while it was on none of the lists that are read: nobody reads it again
    /// before it is written to.
    func isOutOfSight(_ contact: ProviderContact, at account: AccountID, _ outside: Outside) -> Bool {
        movedContacts[account]?[contact.id] != nil
            && contact.lists.allSatisfy { outside.managed[account]?[$0] == nil }
    }

    /// Whether nobody has to decide on a deleted contact first (C9): where a provider says nothing of who was deleted,
    /// they are off the lists at every account.
    private func wasNeverDeleted(_ address: Address, at account: AccountID, _ outside: Outside) -> Bool {
        providers.allSatisfy { other, provider in
            outside.wasNeverDeleted(address, at: other) || other != account && provider.shape == .namesWhoActed
        }
    }

    /// Whether a contact had the address before somebody changed it there, or has it now in another's place: then it
    /// waits for somebody's decision (C11).
    private func isMoved(_ address: Address, _ contacts: [ProviderContact], at account: AccountID) -> Bool {
        let moved = movedContacts[account] ?? [:]
        return contacts.contains { moved[$0.id] != nil } || moved.values.contains { $0.contains(address) }
    }

    /// Until somebody decides, an opt-out of either address of a contact that was changed is one of both (C11).
    private func checkMovedContacts(_ outside: Outside) throws {
        let moves = try database.look { connection in
            try connection.rows("SELECT account, contact, old, new FROM moved_contact WHERE is_decided = 0") { row in
                (
                    AccountID(row.text(0)), ContactID(row.text(1)),
                    [Address(compared: row.text(2)), Address(compared: row.text(3))]
                )
            }
        }
        for (account, id, both) in moves {
            guard let contact = providers[account]?.state.withLock({ $0.contacts[id]?.contact }), !contact.isDeleted
            else { continue }
            checkNobodyTookItsPlace(contact, both, at: account)
            let on = contact.lists.filter { outside.managed[account]?[$0] != nil }
            if !on.isEmpty, both.contains(where: history.isOptedOut) {
                history.wrong(
                    "\(contact.email) is one with \(both) that is opted out, and on \(on.sorted()) of \(account)"
                )
            }
        }
    }

    /// No second contact is made of the address that a contact had (C11).
    ///
    /// Told of calm lives alone: elsewhere an import can be under way when the contact changes.
    private func checkNobodyTookItsPlace(_ contact: ProviderContact, _ both: [Address], at account: AccountID) {
        guard plan.isCalm, let provider = providers[account], let own = contact.address.map(history.known) else {
            return
        }
        let made = provider.state.withLock { state in
            state.contacts.values.map(\.contact).filter { state.made.contains($0.id) && !$0.isDeleted }
        }
        for other in made where other.id != contact.id && movedContacts[account]?[other.id] == nil {
            guard let address = other.address.map(history.known), address != own, both.contains(address) else {
                continue
            }
            history.wrong("\(other.email) was made anew at \(account), in the place of \(contact.email)")
        }
    }

    /// An unsubscribe of Causeway's own is taken back once nothing stands and nobody is flagged.
    private func checkLifting(
        _ address: Address,
        at account: AccountID,
        _ provider: SimulatedProvider,
        _ contacts: [ProviderContact],
        _ outside: Outside,
        isWanted: Bool
    ) {
        guard isWanted, !outside.records(having: address).contains(where: { $0.isOptedOut || isDisputed($0) }) else {
            return
        }
        for contact in contacts where contact.permission == .unsubscribed {
            let before = provider.state.withLock { $0.ownUnsubscribes[contact.id] }
            if before == .explicit || before == .implicit {
                history.wrong("\(address.text) is not opted out, and Causeway's unsubscribe at \(account) stays")
            }
        }
    }
}

extension ConsentSource {
    var isAccount: Bool { if case .account = self { true } else { false } }
    var isRecord: Bool { if case .record = self { true } else { false } }
}
