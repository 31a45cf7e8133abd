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
        holdMovedContact(view, view.accounts[index], into: &plan)
        if view.isOptedOut {
            decideOptedOut(view, view.accounts[index], at: now, into: &plan)
            return
        }
        switch AddressChangeDecision.outcome(view, accountAt: index) {
        case .changes(let operation):
            plan.operations.append(operation)
            return
        case .waits:
            plan.waits = true
            return
        case nil:
            break
        }
        holdDoubts(view, view.accounts[index], into: &plan)
        // Nothing is loosened while nobody knows whether the person opted out (C9).
        let isKeptOff = view.isHeldOff || view.isInDoubt
        var wanted = isClaimedByAFlag ? [] : wantedLists(view, view.accounts[index], into: &plan)
        if let shadow = view.accounts[index].shadow, shadow.contact.isDeleted {
            if isLeftDeleted(view, view.accounts[index], shadow, wanted: wanted, into: &plan) { return }
            if isKeptOff { return }
            decideUpsert(view, view.accounts[index], wanted: wanted, into: &plan)
            return
        }
        if view.isInDoubt, !wanted.isEmpty { plan.parked.append(parked(view.accounts[index], .inDoubt)) }
        if isKeptOff { wanted = [] }
        if let shadow = view.accounts[index].shadow {
            // A doubt is nobody's word: whoever deletes thousands of contacts at one account would empty the lists of all
            // the others by it.
            let isConsent = isClaimedByAFlag || view.isHeldOff || view.isUndeliverable || isKeptOffByAnyRecord(view)
            let isLeaving = decideRemovals(
                view,
                view.accounts[index],
                shadow,
                wanted: wanted,
                isAboutConsent: isConsent,
                into: &plan
            )
            if shadow.contact.permission == .unsubscribed {
                // An add and a removal are never in flight together: what is left is decided once that has ended.
                if isLeaving { return }
                decideUnsubscribedThere(view, view.accounts[index], shadow, wanted: wanted, into: &plan)
                return
            }
        }
        decideUpsert(view, view.accounts[index], wanted: wanted, into: &plan)
    }

    /// The managed lists on which the address belongs at one account, as the decision has it.
    static func lists(_ view: borrowing AddressView, accountAt index: Int) -> [ListID] {
        if view.isOptedOut || view.isHeldOff || view.isInDoubt || AddressDecision.isClaimedByAFlag(view) { return [] }
        var ignored = AddressPlan()
        return wantedLists(view, view.accounts[index], into: &ignored)
    }

    private static func parked(_ account: borrowing AccountView, _ reason: ParkReason) -> ParkedRow {
        ParkedRow(.contact(account.account), reason)
    }

    // MARK: Held

    /// The person changed their address at the provider (C11): until somebody decides, the two are one.
    private static func holdMovedContact(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        into plan: inout AddressPlan
    ) {
        guard let moved = account.moved, !moved.isDecided, isKnownToTheCRM(view) else { return }
        plan.held.append(
            HeldRow(
                .contact(account.account, moved.contact),
                .contact(.addressChanged, account.account, moved.contact),
                detail: "the new address is \(moved.address.text)",
                named: view.latestOptOut
            )
        )
    }

    /// The contact was deleted while nobody read the account, and nobody can say whether the person unsubscribed first
    /// (C9): it is off the lists at every account, so somebody has to be able to say otherwise, wanted at this one or not.
    private static func holdDoubts(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        into plan: inout AddressPlan
    ) {
        if account.doubts.isEmpty || !isKnownToTheCRM(view) { return }
        for doubt in account.doubts {
            plan.held.append(
                HeldRow(
                    .contact(account.account, doubt.contact),
                    .contact(.contactDeleted, account.account, doubt.contact),
                    detail: doubt.finding,
                    keepsOff: true
                )
            )
        }
    }

    /// The contact that had the address, where the account has no other one for it.
    private static func movedContact(_ account: borrowing AccountView) -> MovedContact? {
        if let shadow = account.shadow, !shadow.contact.isDeleted { return nil }
        return account.moved
    }

    /// Whether a record has the address, wanted on a list or not: an opt-out of the new address is one of the record's,
    /// so somebody has to be able to say otherwise.
    private static func isKnownToTheCRM(_ view: borrowing AddressView) -> Bool {
        for index in view.records.indices where !view.records[index].mirror.record.isDeleted { return true }
        return false
    }

    /// Whether a deleted contact is left so: it is made anew only when somebody says so (C9).
    private static func isLeftDeleted(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) -> Bool {
        if wanted.isEmpty { return true }
        let cause = HoldCause.contact(.contactDeleted, account.account, shadow.contact.id)
        if view.holds[cause] == .approved(.recreate) { return false }
        // In doubt, it is held already.
        if account.doubts.contains(where: { $0.contact == shadow.contact.id }) { return true }
        plan.held.append(
            HeldRow(
                .contact(account.account, shadow.contact.id),
                cause,
                keepsOff: shadow.contact.permission == .vanished
            )
        )
        return true
    }

    // MARK: Off the lists

    private static func decideOptedOut(
        _ view: borrowing AddressView,
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
        // Who cannot be reached any more gets no mail, and the provider takes no change of it.
        if shadow.contact.permission == .unsubscribed || shadow.contact.permission == .cleaned { return }
        // Nobody but the person ends an opt-in that waits for its confirmation, and no mail goes to it before (C10).
        if shadow.contact.permission == .pendingConfirmation, account.rules.traits.onlyThePersonReturns { return }
        if isLeftSubscribed(view, account, shadow, into: &plan) { return }
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

    /// Whether an opted-out contact that is subscribed again is left so, since the provider says that the person did it:
    /// off the lists, and not unsubscribed again before somebody says so (C13, C7).
    private static func isLeftSubscribed(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        into plan: inout AddressPlan
    ) -> Bool {
        let subject = HeldRow.Subject.contact(account.account, shadow.contact.id)
        if shadow.personCameBack {
            let cause = HoldCause.contact(.subscribedAgain, account.account, shadow.contact.id)
            if view.holds[cause] == .approved(.unsubscribe) { return false }
            plan.held.append(HeldRow(subject, cause, named: view.latestOptOut))
            return true
        }
        switch view.holds[.contact(.unprovedReturn, account.account, shadow.contact.id)] {
        case .open, .dismissed, .approved(.keepOff): return true
        case .approved, nil: return false
        }
    }

    /// Takes a contact off the lists on which it does not belong, an unsubscribed one too: a provider may keep it on them.
    ///
    /// - Returns: whether it is to leave any, now or once what is under way has ended.
    private static func decideRemovals(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        isAboutConsent: Bool,
        into plan: inout AddressPlan
    ) -> Bool {
        var leaving: [ListID] = []
        for list in account.ours where !wanted.contains(list) && shadow.contact.lists.contains(list) {
            // A list whose link was taken away stays as it is.
            if account.rules.manages(list) { leaving.append(list) }
        }
        guard !leaving.isEmpty else { return false }
        if account.isInFlight {
            plan.waits = true
            return true
        }
        if !isAboutConsent {
            judgeRemovals(&leaving, view, account, shadow, into: &plan)
            if leaving.isEmpty { return false }
        }
        plan.operations.append(.remove(account.account, shadow.contact.id, from: leaving.sorted(), isOptOut: false))
        return true
    }

    /// Leaves out what the breaker stopped and nobody has released, and names what it is to judge.
    private static func judgeRemovals(
        _ leaving: inout [ListID],
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        into plan: inout AddressPlan
    ) {
        var stays = false
        for link in account.rules.links {
            guard let place = leaving.firstIndex(of: link.list) else { continue }
            let cause = HoldCause.row(.removals, link.id, view.address)
            switch view.holds[cause] {
            case .approved:
                continue
            case .open, .dismissed:
                leaving.remove(at: place)
                stays = true
                plan.held.append(HeldRow(.contact(account.account, shadow.contact.id), cause))
            case nil:
                plan.judged.append(
                    JudgedRow(.removals, link: link.id, account: account.account, contact: shadow.contact.id)
                )
            }
        }
        // Who stays on a list stays on the list of everybody.
        if stays, let master = account.rules.master { leaving.removeAll { $0 == master } }
    }

    // MARK: Back by Lifting

    private static func decideUnsubscribedThere(
        _ view: borrowing AddressView,
        _ account: borrowing AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        guard let own = shadow.ownUnsubscribe, canBeTakenBack(own, shadow.contact), !isKeptOffByAnyRecord(view),
            !view.isHeldOff, !view.isInDoubt
        else {
            if !wanted.isEmpty { plan.parked.append(parked(account, .unsubscribedThere)) }
            return
        }
        let strangers = own.listsBefore.filter { !account.rules.manages($0) }
        // Who is wanted nowhere is taken back for the lists that are not Causeway's, and only for those.
        if wanted.isEmpty && strangers.isEmpty { return }
        // A refusal says that the person opted out there: a hold, not a retry.
        let cause = HoldCause.contact(.refusedReturn, account.account, shadow.contact.id)
        if account.refusal != nil || view.holds[cause] != nil {
            plan.held.append(
                HeldRow(.contact(account.account, shadow.contact.id), cause, detail: account.refusal)
            )
            return
        }
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
        (contact.optOutBy == .account || contact.optOutBy == .unnamed)
            && (own.permissionBefore == .explicit || own.permissionBefore == .implicit)
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
    private static func isNoSubscriber(_ contact: borrowing ProviderContact) -> Bool {
        switch contact.permission {
        case .transactional, .cleaned: true
        case .explicit, .implicit, .notSet, .pendingConfirmation, .temporaryHold, .unsubscribed, .other: false
        }
    }

    /// Whether fields of the contact may be emptied; where the breaker stopped it, everything else goes all the same.
    private static func mayClear(
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
