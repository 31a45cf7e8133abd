import Reconciliation

/// Loads what the decision about addresses needs, many at a time and in a few queries.
package enum AddressViews {
    /// What holds for all addresses of one loading.
    package struct Context: Sendable {
        package var accounts: [AccountID: AccountRules]
        /// The leaving statuses, by id; statuses belong to one campaign, so their ids are unambiguous.
        package var leavingStatuses: Set<Int64>
        /// Whether a bounce marks records as undeliverable.
        package var marksUndeliverable: Bool
        /// The campaigns whose members are decided.
        package var campaigns: Set<CampaignID> = []
        /// Whether a proved opt-in clears flags that Causeway had set.
        package var clearsFlagOnOptIn = true

        package init(
            accounts: [AccountID: AccountRules],
            leavingStatuses: Set<Int64>,
            marksUndeliverable: Bool = true
        ) {
            self.accounts = accounts
            self.leavingStatuses = leavingStatuses
            self.marksUndeliverable = marksUndeliverable
        }
    }

    /// The ids of the statuses that are leaving ones on some link of their campaign, by text.
    package static func leavingStatuses(in connection: any SQLConnection) throws -> Set<Int64> {
        var found: Set<Int64> = []
        var last: (text: String, statuses: Set<String>) = ("", [])
        try connection.forEach(
            """
            SELECT l.leaving_statuses, s.id, s.text FROM link l JOIN membership_status s ON s.campaign = l.campaign
            ORDER BY l.id, s.id
            """
        ) { row in
            let text = row.text(0)
            if text != last.text { last = (text, Set(try StoredJSON.list(text).map { $0.lowercased() })) }
            if last.statuses.contains(row.text(2).lowercased()) { found.insert(row.int(1)) }
        }
        return found
    }

    /// The views of the addresses, in their order.
    package static func load(
        _ addresses: [Address],
        context: Context,
        in connection: any SQLConnection
    ) throws -> [AddressView] {
        var views: [AddressView] = []
        views.reserveCapacity(addresses.count)
        for chunk in addresses.chunks(of: 500) {
            var loaded = try loadChunk(Array(chunk), context: context, in: connection)
            try addChangedMains(to: &loaded, context: context, in: connection)
            views += loaded
        }
        return views
    }

    /// Adds the changes of a record's main address that the addresses are part of, each with what is known of the other
    /// one.
    private static func addChangedMains(
        to views: inout [AddressView],
        context: Context,
        in connection: any SQLConnection
    ) throws {
        let accounts = context.accounts.keys.sorted()
        let changes = try ChangedMains.of(views.map(\.address), accounts: accounts, in: connection)
        if changes.isEmpty { return }
        let both = Set(changes.flatMap { [$0.old, $0.new] }).sorted()
        var known: [Address: AddressView] = [:]
        for view in try loadChunk(both, context: context, in: connection) { known[view.address] = view }
        for change in changes {
            guard let old = known[change.old], let new = known[change.new] else { continue }
            let refused = try RefusedChanges.accounts(from: change.old, to: change.new, in: connection)
            for index in views.indices where views[index].address == change.old || views[index].address == change.new {
                let otherIsOld = views[index].address == change.new
                views[index].changedMains.append(
                    ChangedMainAddress(
                        record: change.record,
                        other: otherIsOld ? old : new,
                        otherIsOld: otherIsOld,
                        refusedAt: refused
                    )
                )
            }
        }
    }

    private static func loadChunk(
        _ addresses: [Address],
        context: Context,
        in connection: any SQLConnection
    ) throws -> [AddressView] {
        let having = try RecordMirrors.having(addresses, in: connection)
        var everyAddress = Set(addresses)
        for row in having { everyAddress.formUnion(row.mirror.record.addresses) }
        let twins = try MovedContacts.twins(joining: &everyAddress, in: connection)
        var optOuts = try Ledger.latestOptOuts(of: Array(everyAddress), in: connection)
        // A provider's opt-out is one of those, so only where one stands is there anything to ask. The other address of a
        // pair is often in no chunk, or in another one.
        var providerOptOuts = try Ledger.latestProviderOptOuts(of: optOuts.keys.sorted(), in: connection)
        join(twins, in: &optOuts)
        join(twins, in: &providerOptOuts)
        let undeliverable = try Ledger.undeliverable(among: addresses, in: connection)
        let doubts = Dictionary(grouping: try DeletionDoubts.of(addresses, in: connection), by: \.address)
        let holds = try Holds.stands(of: addresses, records: concernedRecords(having), in: connection)

        // Only where something stands, or a flag is set, is a return of interest.
        var concerned = addresses.filter { optOuts[$0] != nil }
        for row in having where row.mirror.record.isOptedOut { concerned.append(row.address) }
        let returned = try Ledger.latestReturns(of: Array(Set(concerned)), in: connection)

        var position: [Address: Int] = [:]
        var views = addresses.enumerated().map { index, address in
            position[address] = index
            var view = AddressView(
                address: address,
                isOptedOut: optOuts[address] != nil,
                latestOptOut: optOuts[address] ?? 0,
                latestProviderOptOut: providerOptOuts[address] ?? 0,
                isUndeliverable: undeliverable.contains(address),
                marksUndeliverable: context.marksUndeliverable,
                latestReturn: returned[address] ?? 0,
                holds: holds.stands[address] ?? [:],
                isHeldOff: holds.heldOff.contains(address)
            )
            view.isInDoubt = doubts[address] != nil || holds.inDoubt.contains(address)
            return view
        }
        var mains: [RecordID: (view: Int, record: Int)] = [:]
        for row in having {
            guard let index = position[row.address] else { continue }
            let latest = row.mirror.record.addresses.compactMap { optOuts[$0] }.max() ?? 0
            if row.isMain { mains[row.mirror.record.id] = (index, views[index].records.count) }
            views[index].records.append(
                RecordView(
                    mirror: row.mirror,
                    isMain: row.isMain,
                    latestOptOutOfAny: latest,
                    mayClearFlag: context.clearsFlagOnOptIn || returned[row.address] == nil
                )
            )
        }
        for row in try MemberMirrors.ofRecords(Array(mains.keys), in: connection)
        where context.campaigns.contains(row.member.campaign) {
            guard let record = row.member.record, let place = mains[record] else { continue }
            views[place.view].members.append(
                MemberView(
                    id: row.member.id,
                    campaign: row.member.campaign,
                    record: place.record,
                    statusID: row.member.statusID,
                    isLeaving: context.leavingStatuses.contains(row.member.statusID),
                    lockVersion: row.member.lockVersion,
                    ownStatus: row.ownStatus,
                    lastCause: row.lastCause
                )
            )
        }
        for account in context.accounts.keys.sorted() {
            guard let rules = context.accounts[account] else { continue }
            let shadows = try Contacts.having(addresses, account: account, in: connection)
            let ours = try Contacts.ours(shadows.values.map(\.contact.id), account: account, in: connection)
            let departures = try Departures.of(addresses, account: account, in: connection)
            let inFlight = try Intents.inFlight(among: addresses, account: account, in: connection)
            let refusals = try Parked.refusals(of: addresses, account: account, in: connection)
            let moved = try MovedContacts.of(addresses, account: account, in: connection)
            for (index, address) in addresses.enumerated() {
                let shadow = shadows[address]
                var row = AccountView(
                    account: account,
                    rules: rules,
                    shadow: shadow,
                    ours: shadow.flatMap { ours[$0.contact.id] } ?? [],
                    departures: departures[address] ?? [],
                    isInFlight: inFlight.contains(address),
                    refusal: refusals[address],
                    moved: moved[address]
                )
                // Nobody is asked before the provider has been.
                row.doubts = (doubts[address] ?? []).compactMap { doubt in
                    guard doubt.account == account, let finding = doubt.finding else { return nil }
                    return DeletionDoubt(contact: doubt.contact, finding: finding)
                }
                views[index].accounts.append(row)
            }
        }
        return views
    }

    /// The records whose flag something may be held about, with their addresses.
    private static func concernedRecords(
        _ having: [(address: Address, isMain: Bool, mirror: RecordMirror)]
    ) -> [RecordID: [Address]] {
        var concerned: [RecordID: [Address]] = [:]
        for row in having where row.mirror.disputedAfter != nil || row.mirror.flagIsOurs {
            concerned[row.mirror.record.id, default: []].append(row.address)
        }
        return concerned
    }

    /// Two addresses of one person, until somebody has decided (C11): an opt-out of either is an opt-out of both.
    static func join(_ twins: [(old: Address, new: Address)], in optOuts: inout [Address: Int64]) {
        var isJoined = false
        while !isJoined {
            isJoined = true
            for (old, new) in twins {
                guard optOuts[old] != optOuts[new] else { continue }
                let latest = max(optOuts[old] ?? 0, optOuts[new] ?? 0)
                optOuts[old] = latest
                optOuts[new] = latest
                isJoined = false
            }
        }
    }
}
