/// Onto the lists, and the values that are sent along.
extension ProviderDecision {
    static func decideUpsert(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        // A list that is not there any more takes nobody and no values; who was on it stays where they are.
        let first = account.rules.resting.isEmpty ? wanted.first : wanted.first { account.rules.manages($0) }
        guard let first, movedContact(account) == nil, let chosen = sourceRecord(view, account) else { return }
        var missing = wanted
        var clears = true
        if let shadow = account.shadow, !shadow.contact.isDeleted {
            if isNoSubscriber(shadow.contact) {
                plan.parked.append(parked(account, .notSubscribedThere(shadow.contact.permission)))
                return
            }
            missing = []
            for list in wanted where !shadow.contact.lists.contains(list) { missing.append(list) }
            clears = mayClear(view, account, shadow, chosen, wanted: wanted, into: &plan)
            if missing.isEmpty,
                OutgoingValues.held(
                    by: shadow.contact,
                    of: view.records[chosen].mirror.record,
                    under: account.rules,
                    clears: clears
                )
            {
                return
            }
        }
        if let refusal = account.refusal {
            plan.parked.append(parked(account, .refused(refusal)))
            return
        }
        if account.isInFlight {
            plan.waits = true
            return
        }
        if missing.isEmpty {
            // Values go with a list; this one the contact is on already.
            missing = [account.rules.master.flatMap { wanted.contains($0) ? $0 : nil } ?? first]
        }
        let row = OutgoingValues.row(
            of: view.records[chosen].mirror.record,
            under: account.rules,
            clears: clears
        )
        plan.operations.append(.upsert(account.account, row, onto: missing))
    }

    /// Whether the account has the contact as one that marketing mail does not go to, so that no list brings it any.
    static func isNoSubscriber(_ contact: borrowing ProviderContact) -> Bool {
        switch contact.permission {
        case .transactional, .cleaned: true
        case .explicit, .implicit, .notSet, .pendingConfirmation, .temporaryHold, .unsubscribed, .other: false
        }
    }

    /// Whether fields of the contact may be emptied; where the breaker stopped it, everything else goes all the same.
    static func mayClear(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        _ chosen: Int,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) -> Bool {
        guard
            OutgoingValues.empties(shadow.contact, of: view.records[chosen].mirror.record, under: account.rules),
            let link = account.rules.links.first(where: { wanted.contains($0.list) })
        else { return true }
        let cause = HoldCause.row(.wipes, link.id, view.address)
        switch view.holds[cause] {
        case .approved:
            return true
        case .open, .dismissed:
            plan.held.append(HeldRow(.contact(account.account, shadow.contact.id), cause))
            return false
        case nil:
            if account.refusal == nil, !account.isInFlight {
                plan.judged.append(
                    JudgedRow(.wipes, link: link.id, account: account.account, contact: shadow.contact.id)
                )
            }
            return true
        }
    }

    /// The managed lists on which the address belongs, in id order, the master list included.
    static func wantedLists(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        into plan: inout AddressPlan
    ) -> [ListID] {
        if view.isUndeliverable { return [] }
        var lists: [ListID] = []
        var checked: Int?
        var problem: AddressProblem?
        for member in view.members {
            let links = account.rules.links(of: member.campaign)
            guard !links.isEmpty, belongs(member, in: view) else { continue }
            if checked != member.record {
                checked = member.record
                problem = addressProblem(view.records[member.record], account.rules)
            }
            if let problem {
                plan.parked.append(ParkedRow(.member(member.id), .address(problem)))
                continue
            }
            for link in links
            where link.standing == .running && !lists.contains(link.list) && !hasLeft(link.list, account) {
                lists.append(link.list)
            }
        }
        // The lists of links that are held are left as they are.
        for link in account.rules.resting
        where account.ours.contains(link.list) && !lists.contains(link.list)
            && account.shadow?.contact.lists.contains(link.list) == true
        {
            lists.append(link.list)
        }
        if lists.isEmpty { return [] }
        if lists.count > 1 { lists.sort() }
        keepToLimit(&lists, account, into: &plan)
        if let master = account.rules.master, !lists.isEmpty, !hasLeft(master, account) {
            lists.insert(master, at: lists.firstIndex { master < $0 } ?? lists.endIndex)
        }
        return lists
    }

    static func hasLeft(_ list: ListID, _ account: borrowing AccountView) -> Bool {
        if account.departures.isEmpty { return false }
        return account.departures.contains { $0.list == list }
    }

    /// Drops lists beyond the provider's limit, first those that the contact is not on yet.
    ///
    /// Lists of other people's
    /// making count, since the provider counts them.
    static func keepToLimit(
        _ lists: inout [ListID],
        _ account: borrowing AccountView,
        into plan: inout AddressPlan
    ) {
        let present = account.shadow?.contact.lists ?? []
        let own = (account.rules.master == nil ? 0 : 1) + lists.count
        // Nearly nobody comes near the limit, so the exact count is not made for everybody.
        if own + present.count <= account.rules.listsPerContact { return }
        var others = 0
        for list in present where list != account.rules.master && !lists.contains(list) {
            let isLeaving = account.rules.manages(list) && account.ours.contains(list)
            if !isLeaving { others += 1 }
        }
        let places = max(0, account.rules.listsPerContact - (own - lists.count) - others)
        if lists.count <= places { return }
        let kept = (lists.filter { present.contains($0) } + lists.filter { !present.contains($0) }).prefix(places)
        lists = kept.sorted()
        plan.parked.append(parked(account, .listLimit(account.rules.listsPerContact)))
    }

    static func belongs(_ member: MemberView, in view: borrowing AddressView) -> Bool {
        !member.isLeaving && !view.records[member.record].mirror.record.isDeleted
            && !view.records[member.record].keepsOff && !view.records[member.record].mirror.record.isUndeliverable
    }

    static func addressProblem(_ row: borrowing RecordView, _ rules: AccountRules) -> AddressProblem? {
        AddressProblem.problem(in: row.mirror.record.mainEmail, longest: rules.longestAddress)
    }

    /// The record whose values are sent: Person before Lead, then lowest id, of those that bring the address; nil where
    /// nobody does, and the lists of links that are held are all that is wanted.
    static func sourceRecord(_ view: borrowing AddressView, _ account: borrowing AccountView) -> Int? {
        var chosen: Int?
        for member in view.members where member.record != chosen {
            guard !account.rules.links(of: member.campaign).isEmpty, belongs(member, in: view) else { continue }
            if view.records.count == 1 { return member.record }
            if let other = chosen, view.records[other].mirror.record.id < view.records[member.record].mirror.record.id {
                continue
            }
            // Two spellings of one address can differ in whether they are valid.
            if addressProblem(view.records[member.record], account.rules) != nil { continue }
            chosen = member.record
        }
        return chosen
    }
}
