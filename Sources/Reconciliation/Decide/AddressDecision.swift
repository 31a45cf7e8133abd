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
        decideReturn(view, into: &plan)
        decideRecords(view, into: &plan)
        decideStatuses(view, into: &plan)
        let isClaimed = isClaimedByAFlag(view)
        for index in view.accounts.indices {
            ProviderDecision.decide(view, accountAt: index, isClaimedByAFlag: isClaimed, at: now, into: &plan)
        }
        return plan
    }

    /// Whether a record with the address carries a flag that the CRM set.
    ///
    /// Its opt-out is on the ledger; should it be
    /// missing there, nobody is brought to a list before it has been found.
    static func isClaimedByAFlag(_ view: borrowing AddressView) -> Bool {
        for index in view.records.indices
        where view.records[index].mirror.record.isOptedOut && !view.records[index].mirror.flagIsOurs
            && !view.records[index].mirror.record.isDeleted
        {
            return true
        }
        return false
    }

    // MARK: Records

    private static func decideRecords(_ view: borrowing AddressView, into plan: inout AddressPlan) {
        for index in view.records.indices where !view.records[index].mirror.record.isDeleted {
            let written = plan.operations.count
            decideFlag(view, view.records[index], into: &plan)
            guard view.records[index].isMain else { continue }
            // A second write at one lock version would be refused as stale: the flag goes first.
            if plan.operations.count == written {
                decideMark(view, view.records[index], into: &plan)
            } else if wantsMarkWritten(view, view.records[index]) {
                plan.waits = true
            }
        }
    }

    private static func decideFlag(
        _ view: borrowing AddressView,
        _ row: borrowing RecordView,
        into plan: inout AddressPlan
    ) {
        switch (row.wantsFlag, row.mirror.record.isOptedOut) {
        case (true, false) where row.isDisputed:
            let cause = HoldCause.dispute(row.mirror)
            if view.holds[cause] == .approved(.restoreFlag) {
                write(true, row, into: &plan)
            } else {
                hold(cause, row, named: row.latestOptOutOfAny, into: &plan)
            }
        case (true, false):
            write(true, row, into: &plan)
        case (false, true) where row.mirror.flagIsOurs && row.mayClearFlag:
            write(false, row, into: &plan)
        case (false, true) where row.mirror.flagIsOurs:
            let cause = HoldCause.keptFlag(row.mirror.record.id, returned: view.latestReturn)
            if view.holds[cause] == .approved(.clearFlag) {
                write(false, row, into: &plan)
            } else {
                hold(cause, row, named: view.latestReturn, into: &plan)
            }
        case (true, true), (false, false), (false, true):
            break
        }
    }

    private static func write(_ isSet: Bool, _ row: borrowing RecordView, into plan: inout AddressPlan) {
        plan.operations.append(.flag(row.mirror.record.id, isSet, lockVersion: row.mirror.record.lockVersion))
    }

    private static func hold(
        _ cause: HoldCause,
        _ row: borrowing RecordView,
        named: Int64,
        into plan: inout AddressPlan
    ) {
        plan.held.append(HeldRow(.record(row.mirror.record.id), cause, named: named))
    }

    /// The person came back at the provider, and an opt-out that stood then stands still (C7): somebody decides whether
    /// it is meant.
    ///
    /// One that arrived after the return speaks for itself.
    private static func decideReturn(_ view: borrowing AddressView, into plan: inout AddressPlan) {
        guard view.latestReturn > 0 else { return }
        var latest = view.latestOptOut
        for index in view.records.indices
        where view.records[index].mirror.record.isOptedOut && !view.records[index].mirror.record.isDeleted {
            latest = max(latest, view.records[index].latestOptOutOfAny)
        }
        guard latest > 0, latest < view.latestReturn else { return }
        plan.held.append(
            HeldRow(.address, .otherOptOutStands(view.address, returned: view.latestReturn), named: latest)
        )
    }

    private static func decideMark(
        _ view: borrowing AddressView,
        _ row: borrowing RecordView,
        into plan: inout AddressPlan
    ) {
        guard wantsMarkWritten(view, row) else { return }
        plan.operations.append(
            .mark(row.mirror.record.id, view.isUndeliverable, lockVersion: row.mirror.record.lockVersion)
        )
    }

    private static func wantsMarkWritten(_ view: borrowing AddressView, _ row: borrowing RecordView) -> Bool {
        switch (view.isUndeliverable, row.mirror.record.isUndeliverable) {
        case (true, false): view.marksUndeliverable
        case (false, true): row.mirror.markIsOurs
        case (true, true), (false, false): false
        }
    }

    // MARK: Member statuses

    private static func decideStatuses(_ view: borrowing AddressView, into plan: inout AddressPlan) {
        for index in view.members.indices {
            if let cause = cause(for: view.members[index], in: view) {
                decideLeaving(view, view.members[index], cause, into: &plan)
            } else {
                decideReturn(view, view.members[index], into: &plan)
            }
        }
    }

    private static func decideLeaving(
        _ view: borrowing AddressView,
        _ member: MemberView,
        _ cause: StatusCause,
        into plan: inout AddressPlan
    ) {
        guard !member.isLeaving, !isDone(cause, for: member), let text = statusText(member.campaign, in: view) else {
            return
        }
        plan.operations.append(
            .leavingStatus(
                member.id,
                member.campaign,
                text: text,
                cause: cause,
                previous: member.statusID,
                lockVersion: member.lockVersion
            )
        )
    }

    /// The status is set once for each opt-out: an older one that still stands when a later one was lifted is done too.
    private static func isDone(_ cause: StatusCause, for member: MemberView) -> Bool {
        if case .optOut(let row) = cause, case .optOut(let done) = member.lastCause { return done >= row }
        return member.lastCause == cause
    }

    private static func decideReturn(
        _ view: borrowing AddressView,
        _ member: MemberView,
        into plan: inout AddressPlan
    ) {
        guard let own = member.ownStatus, case .optOut = own.cause, own.previousStatusID != member.statusID else {
            return
        }
        plan.operations.append(
            .previousStatus(
                member.id,
                member.campaign,
                statusID: own.previousStatusID,
                lockVersion: member.lockVersion
            )
        )
    }

    private static func cause(for member: MemberView, in view: borrowing AddressView) -> StatusCause? {
        if view.latestProviderOptOut > 0 { return .optOut(view.latestProviderOptOut) }
        var latest: Int64?
        for index in view.accounts.indices where !view.accounts[index].departures.isEmpty {
            for link in view.accounts[index].rules.links(of: member.campaign) {
                for departure in view.accounts[index].departures where departure.list == link.list {
                    latest = max(latest ?? departure.id, departure.id)
                }
            }
        }
        return latest.map { .departure($0) }
    }

    private static func statusText(_ campaign: CampaignID, in view: borrowing AddressView) -> String? {
        for index in view.accounts.indices {
            if let link = view.accounts[index].rules.links(of: campaign).first { return link.unsubscribedStatus }
        }
        return nil
    }
}
