/// The decision about one address at one provider account.
///
/// It runs for a million addresses in one pass, so it walks by index: copying a record or an account costs more than
/// everything that is asked of it.
enum ProviderDecision {
    /// What has to be done at one account.
    ///
    /// - Parameter isClaimedByAFlag: whether a record with the address carries a flag that the CRM set.
    static func decide(
        _ view: borrowing AddressView,
        accountAt index: Int,
        isClaimedByAFlag: Bool,
        at now: Timestamp,
        into plan: inout AddressPlan
    ) {
        if view.isOptedOut {
            decideOptedOut(view.accounts[index], at: now, into: &plan)
            return
        }
        let belongs = isClaimedByAFlag ? [] : wantedLists(view, view.accounts[index], into: &plan)
        let wanted = view.isInDoubt ? [] : belongs
        if let shadow = view.accounts[index].shadow {
            if shadow.contact.isDeleted {
                if !belongs.isEmpty { plan.parked.append(parked(view.accounts[index], .rule(.c9))) }
                return
            }
            if shadow.contact.permission == .unsubscribed {
                decideUnsubscribedThere(view, view.accounts[index], shadow, wanted: wanted, into: &plan)
                return
            }
            decideRemovals(view.accounts[index], shadow, wanted: wanted, into: &plan)
        }
        decideUpsert(view, view.accounts[index], wanted: wanted, into: &plan)
    }

    /// The managed lists on which the address belongs at one account, as the decision has it.
    static func lists(_ view: borrowing AddressView, accountAt index: Int) -> [ListID] {
        if view.isOptedOut || AddressDecision.isClaimedByAFlag(view) { return [] }
        var ignored = AddressPlan()
        return wantedLists(view, view.accounts[index], into: &ignored)
    }

    private static func parked(_ account: borrowing AccountView, _ reason: ParkReason) -> ParkedRow {
        ParkedRow(.contact(account.account), reason)
    }

    // MARK: Off the lists

    private static func decideOptedOut(
        _ account: borrowing AccountView,
        at now: Timestamp,
        into plan: inout AddressPlan
    ) {
        // A bulk change may still bring the contact to a list; whatever it did is undone once it has ended.
        if account.isInFlight { plan.waits = true }
        guard let shadow = account.shadow, !shadow.contact.isDeleted else { return }
        if !account.isInFlight {
            let managed = shadow.contact.lists.filter { account.rules.manages($0) }
            if !managed.isEmpty {
                plan.operations.append(
                    .remove(account.account, shadow.contact.id, from: managed.sorted(), isOptOut: true)
                )
            }
        }
        if shadow.contact.permission == .unsubscribed { return }
        if shadow.personCameBack {
            plan.parked.append(parked(account, .rule(.c13)))
            return
        }
        // Refused: an opt-out is never parked, so it is tried again after a pause, and the lists are left meanwhile.
        if account.refusal != nil {
            plan.waits = true
            return
        }
        if let done = shadow.ownUnsubscribe?.doneAt,
            now < done.advanced(bySeconds: AddressDecision.secondsBetweenUnsubscribes)
        {
            plan.waits = true
            return
        }
        plan.operations.append(.unsubscribe(account.account, shadow.contact.id))
    }

    private static func decideRemovals(
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        var leaving: [ListID] = []
        for list in account.ours where !wanted.contains(list) && shadow.contact.lists.contains(list) {
            // A list whose link was taken away stays as it is.
            if account.rules.manages(list) { leaving.append(list) }
        }
        guard !leaving.isEmpty else { return }
        if account.isInFlight {
            plan.waits = true
            return
        }
        plan.operations.append(.remove(account.account, shadow.contact.id, from: leaving.sorted(), isOptOut: false))
    }

    // MARK: Back by Lifting

    private static func decideUnsubscribedThere(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        // Nothing is loosened while nobody knows whether the person opted out (C9).
        if view.isInDoubt { return }
        guard let own = shadow.ownUnsubscribe, canBeTakenBack(own, shadow.contact), account.refusal == nil,
            !isKeptOffByAnyRecord(view)
        else {
            if !wanted.isEmpty {
                plan.parked.append(parked(account, account.refusal.map { .refused($0) } ?? .unsubscribedThere))
            }
            return
        }
        let strangers = own.listsBefore.filter { !account.rules.manages($0) }
        // Who is wanted nowhere is taken back for the lists that are not Causeway's, and only for those.
        if wanted.isEmpty && strangers.isEmpty { return }
        if account.isInFlight {
            plan.waits = true
            return
        }
        plan.operations.append(
            .resubscribe(account.account, shadow.contact.id, lists: Array(Set(wanted).union(strangers)).sorted())
        )
    }

    /// Design §3, *Lifting*: only what the account did, as the provider says, and only to what Causeway found.
    private static func canBeTakenBack(_ own: OwnUnsubscribe, _ contact: ProviderContact) -> Bool {
        contact.optOutBy == .account && (own.permissionBefore == .explicit || own.permissionBefore == .implicit)
    }

    private static func isKeptOffByAnyRecord(_ view: borrowing AddressView) -> Bool {
        for index in view.records.indices
        where view.records[index].keepsOff && !view.records[index].mirror.record.isDeleted {
            return true
        }
        return false
    }

    // MARK: Onto the lists

    private static func decideUpsert(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        guard let first = wanted.first, let chosen = sourceRecord(view, account) else { return }
        var missing = wanted
        if let shadow = account.shadow {
            missing = []
            for list in wanted where !shadow.contact.lists.contains(list) { missing.append(list) }
            if missing.isEmpty,
                OutgoingValues.held(by: shadow.contact, of: view.records[chosen].mirror.record, under: account.rules)
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
        let row = OutgoingValues.row(of: view.records[chosen].mirror.record, under: account.rules)
        plan.operations.append(.upsert(account.account, row, onto: missing))
    }

    /// The managed lists on which the address belongs, in id order, the master list included.
    private static func wantedLists(
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
            for link in links where !lists.contains(link.list) && !hasLeft(link.list, account) {
                lists.append(link.list)
            }
        }
        if lists.isEmpty { return [] }
        if lists.count > 1 { lists.sort() }
        keepToLimit(&lists, account, into: &plan)
        if let master = account.rules.master, !lists.isEmpty, !hasLeft(master, account) {
            lists.insert(master, at: lists.firstIndex { master < $0 } ?? lists.endIndex)
        }
        return lists
    }

    private static func hasLeft(_ list: ListID, _ account: borrowing AccountView) -> Bool {
        if account.departures.isEmpty { return false }
        return account.departures.contains { $0.list == list }
    }

    /// Drops lists beyond the provider's limit, first those that the contact is not on yet.
    ///
    /// Lists of other people's
    /// making count, since the provider counts them.
    private static func keepToLimit(
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

    private static func belongs(_ member: MemberView, in view: borrowing AddressView) -> Bool {
        !member.isLeaving && !view.records[member.record].mirror.record.isDeleted
            && !view.records[member.record].keepsOff && !view.records[member.record].mirror.record.isUndeliverable
    }

    private static func addressProblem(_ row: borrowing RecordView, _ rules: AccountRules) -> AddressProblem? {
        AddressProblem.problem(in: row.mirror.record.mainEmail, longest: rules.longestAddress)
    }

    /// The record whose values are sent: Person before Lead, then lowest id, of those that bring the address.
    static func sourceRecord(_ view: borrowing AddressView, _ account: borrowing AccountView) -> Int? {
        // Asked only where somebody belongs on a list, so a single record is the one.
        if view.records.count == 1 { return 0 }
        var chosen: Int?
        for member in view.members where member.record != chosen {
            guard !account.rules.links(of: member.campaign).isEmpty, belongs(member, in: view) else { continue }
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
