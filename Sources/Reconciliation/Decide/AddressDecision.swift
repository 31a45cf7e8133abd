/// The decision about one address: what the world should be, and the difference from what it is.
///
/// ```swift
/// let plan = AddressDecision.plan(for: view, at: now)
/// ```
/// Same view and moment, same plan. A plan that has been carried out and seen is empty when it is made again.
package enum AddressDecision {
    /// An own unsubscribe is repeated at most this often (rule C13).
    package static let secondsBetweenUnsubscribes: Int64 = 3600

    /// What has to be done about one address.
    package static func plan(for view: borrowing AddressView, at now: Timestamp) -> AddressPlan {
        var plan = AddressPlan()
        decideRecords(view, into: &plan)
        decideStatuses(view, into: &plan)
        for index in view.accounts.indices {
            decideAccount(view, view.accounts[index], at: now, into: &plan)
        }
        return plan
    }

    // MARK: The CRM

    private static func decideRecords(_ view: borrowing AddressView, into plan: inout AddressPlan) {
        for row in view.records where !row.mirror.record.isDeleted {
            let record = row.mirror.record
            switch (row.wantsFlag, record.isOptedOut) {
            case (true, false) where row.isDisputed:
                plan.parked.append(ParkedRow(.record(record.id), .rule(.c6)))
            case (true, false):
                plan.operations.append(.flag(record.id, true, lockVersion: record.lockVersion))
            case (false, true) where row.mirror.flagIsOurs:
                plan.operations.append(.flag(record.id, false, lockVersion: record.lockVersion))
            case (true, true), (false, false), (false, true):
                break
            }
            guard row.isMain else { continue }
            switch (view.isUndeliverable, record.isUndeliverable) {
            case (true, false):
                plan.operations.append(.mark(record.id, true, lockVersion: record.lockVersion))
            case (false, true) where row.mirror.markIsOurs:
                plan.operations.append(.mark(record.id, false, lockVersion: record.lockVersion))
            case (true, true), (false, false), (false, true):
                break
            }
        }
    }

    private static func decideStatuses(_ view: borrowing AddressView, into plan: inout AddressPlan) {
        for member in view.members {
            guard let cause = cause(for: member, in: view) else {
                if !view.isOptedOut, let own = member.ownStatus, case .optOut = own.cause,
                    own.previousStatusID != member.statusID
                {
                    plan.operations.append(
                        .previousStatus(
                            member.id, member.campaign, statusID: own.previousStatusID, lockVersion: member.lockVersion))
                }
                continue
            }
            guard !member.isLeaving, member.lastCause != cause, let text = statusText(member.campaign, in: view) else {
                continue
            }
            plan.operations.append(
                .leavingStatus(
                    member.id, member.campaign, text: text, cause: cause, previous: member.statusID,
                    lockVersion: member.lockVersion))
        }
    }

    private static func cause(for member: MemberView, in view: borrowing AddressView) -> StatusCause? {
        if view.isOptedOut { return .optOut(view.latestOptOut) }
        for account in view.accounts where !account.departures.isEmpty {
            for link in account.rules.links where link.campaign == member.campaign {
                if let departure = account.departures.first(where: { $0.list == link.list }) {
                    return .departure(departure.id)
                }
            }
        }
        return nil
    }

    private static func statusText(_ campaign: CampaignID, in view: borrowing AddressView) -> String? {
        for account in view.accounts {
            if let link = account.rules.links.first(where: { $0.campaign == campaign }) {
                return link.unsubscribedStatus
            }
        }
        return nil
    }

    // MARK: One provider account

    private static func decideAccount(
        _ view: borrowing AddressView,
        _ account: AccountView,
        at now: Timestamp,
        into plan: inout AddressPlan
    ) {
        if view.isOptedOut {
            decideOptedOut(account, at: now, into: &plan)
            return
        }
        let wanted = wantedLists(view, account, into: &plan)
        if let shadow = account.shadow {
            if shadow.contact.isDeleted {
                if !wanted.isEmpty { plan.parked.append(ParkedRow(.contact(account.account), .rule(.c9))) }
                return
            }
            if shadow.contact.permission == .unsubscribed {
                decideUnsubscribedThere(account, shadow, wanted: wanted, into: &plan)
                return
            }
            decideRemovals(account, shadow, wanted: wanted, into: &plan)
        }
        decideUpsert(view, account, wanted: wanted, into: &plan)
    }

    private static func decideOptedOut(_ account: AccountView, at now: Timestamp, into plan: inout AddressPlan) {
        guard let shadow = account.shadow, !shadow.contact.isDeleted else {
            if account.isInFlight { plan.waits = true }
            return
        }
        let contact = shadow.contact
        let managed = contact.lists.filter { account.rules.manages($0) }.sorted()
        if !managed.isEmpty {
            if account.isInFlight {
                plan.waits = true
            } else {
                plan.operations.append(.remove(account.account, contact.id, from: managed, isOptOut: true))
            }
        } else if account.isInFlight {
            plan.waits = true
        }
        if contact.permission == .unsubscribed { return }
        if contact.optInBy == .contact, shadow.ownUnsubscribe != nil {
            plan.parked.append(ParkedRow(.contact(account.account), .rule(.c13)))
            return
        }
        if let done = shadow.ownUnsubscribe?.doneAt, now < done.advanced(bySeconds: secondsBetweenUnsubscribes) {
            plan.waits = true
            return
        }
        plan.operations.append(.unsubscribe(account.account, contact.id))
    }

    private static func decideUnsubscribedThere(
        _ account: AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        guard !wanted.isEmpty else { return }
        guard let own = shadow.ownUnsubscribe, shadow.contact.optOutBy != .contact,
            own.permissionBefore == .explicit || own.permissionBefore == .implicit, account.refusal == nil
        else {
            let reason: ParkReason = account.refusal.map { .refused($0) } ?? .unsubscribedThere
            plan.parked.append(ParkedRow(.contact(account.account), reason))
            return
        }
        if account.isInFlight {
            plan.waits = true
            return
        }
        let strangers = own.listsBefore.filter { !account.rules.manages($0) }
        plan.operations.append(
            .resubscribe(account.account, shadow.contact.id, lists: Array(Set(wanted).union(strangers)).sorted()))
    }

    private static func decideRemovals(
        _ account: AccountView,
        _ shadow: ContactShadow,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        var leaving: [ListID] = []
        for list in account.ours where shadow.contact.lists.contains(list) && !wanted.contains(list) {
            leaving.append(list)
        }
        guard !leaving.isEmpty else { return }
        if account.isInFlight {
            plan.waits = true
            return
        }
        plan.operations.append(.remove(account.account, shadow.contact.id, from: leaving.sorted(), isOptOut: false))
    }

    private static func decideUpsert(
        _ view: borrowing AddressView,
        _ account: AccountView,
        wanted: [ListID],
        into plan: inout AddressPlan
    ) {
        guard !wanted.isEmpty, let row = outgoingRow(view, account) else { return }
        let present = account.shadow?.contact.lists ?? []
        var missing: [ListID] = []
        for list in wanted where !present.contains(list) { missing.append(list) }
        let differs = account.shadow.map { !Self.holds($0.contact, row) } ?? true
        guard !missing.isEmpty || differs else { return }
        if let refusal = account.refusal {
            plan.parked.append(ParkedRow(.contact(account.account), .refused(refusal)))
            return
        }
        if account.isInFlight {
            plan.waits = true
            return
        }
        let target = missing.isEmpty ? [account.rules.master.flatMap { wanted.contains($0) ? $0 : nil } ?? wanted[0]] : missing
        plan.operations.append(.upsert(account.account, row, onto: target))
    }

    /// The managed lists on which the address belongs, in id order, the master list included.
    private static func wantedLists(
        _ view: borrowing AddressView,
        _ account: AccountView,
        into plan: inout AddressPlan
    ) -> [ListID] {
        guard !view.isUndeliverable else { return [] }
        var lists: [ListID] = []
        var problem: AddressProblem?
        var wasChecked = false
        for link in account.rules.links {
            for member in view.members where member.campaign == link.campaign && belongs(member, in: view) {
                if !wasChecked {
                    wasChecked = true
                    problem = AddressProblem.problem(
                        in: view.records[member.record].mirror.record.mainEmail, longest: account.rules.longestAddress)
                }
                if let problem {
                    plan.parked.append(ParkedRow(.member(member.id), .address(problem)))
                } else if !lists.contains(link.list), !account.departures.contains(where: { $0.list == link.list }) {
                    lists.append(link.list)
                }
            }
        }
        if lists.isEmpty { return [] }
        let places = account.rules.listsPerContact - (account.rules.master == nil ? 0 : 1)
        if lists.count > places {
            let present = account.shadow?.contact.lists ?? []
            lists.sort { (present.contains($0) ? 0 : 1, $0) < (present.contains($1) ? 0 : 1, $1) }
            lists.removeSubrange(places...)
            plan.parked.append(
                ParkedRow(.contact(account.account), .listLimit(account.rules.listsPerContact)))
        }
        if let master = account.rules.master { lists.append(master) }
        lists.sort()
        return lists
    }

    private static func belongs(_ member: MemberView, in view: borrowing AddressView) -> Bool {
        if member.isLeaving { return false }
        let row = view.records[member.record]
        return !row.mirror.record.isDeleted && !row.keepsOff && !row.mirror.record.isUndeliverable
    }

    /// What is sent: the values of one record, Person before Lead, then lowest id.
    private static func outgoingRow(_ view: borrowing AddressView, _ account: AccountView) -> OutgoingRow? {
        var chosen: Int?
        for member in view.members where belongs(member, in: view) {
            guard account.rules.links.contains(where: { $0.campaign == member.campaign }) else { continue }
            if let other = chosen, view.records[other].mirror.record.id < view.records[member.record].mirror.record.id {
                continue
            }
            chosen = member.record
        }
        guard let chosen else { return nil }
        let record = view.records[chosen].mirror.record
        var fields: [String: String] = [:]
        for mapping in account.rules.mappings where mapping.only == nil || mapping.only == record.id.kind {
            let value = record.fields[mapping.attribute] ?? ""
            if !value.isEmpty {
                fields[mapping.field] = clipped(value, to: account.rules.longestFieldValue)
            } else if mapping.clears {
                fields[mapping.field] = ""
            }
        }
        return OutgoingRow(
            record: record.id,
            email: record.mainEmail,
            firstName: clipped(record.firstName, to: account.rules.longestName),
            lastName: clipped(record.lastName, to: account.rules.longestName),
            fields: fields
        )
    }

    /// Whether the contact holds what would be sent; blank means unchanged.
    private static func holds(_ contact: ProviderContact, _ row: OutgoingRow) -> Bool {
        if !row.firstName.isEmpty, row.firstName != contact.firstName { return false }
        if !row.lastName.isEmpty, row.lastName != contact.lastName { return false }
        for (name, value) in row.fields where contact.fields[name] ?? "" != value { return false }
        return true
    }

    private static func clipped(_ text: String, to limit: Int) -> String {
        text.utf8.count <= limit ? text : String(text.prefix(limit))
    }
}
