import Reconciliation
import Store

extension Engine {
    /// Reads what changed on both sides, so that a dry run speaks of the present; writes to neither.
    package func readBothSides() async throws {
        try await readCRM()
        for account in providerAccounts {
            try await readBaseline(of: account)
            try await readOptOuts(of: account)
        }
        let links = try await store.database.read { try Links.all(in: $0) }
        for campaign in Set(links.filter { $0.lastRunAt == nil }.map(\.campaign)).sorted() {
            try await scanMembers(of: campaign)
            try await refreshStatuses(of: campaign)
        }
    }

    /// What the next round would do, row by row, from the store; nothing is written.
    ///
    /// Lists that are not made yet stand in the rows by their names.
    ///
    /// - Parameter campaign: only the addresses of its members and of its lists; nil for all that any link, opt-out or
    ///   open decision concerns.
    package func dryRun(campaign: CampaignID?) async throws -> [PlannedRow] {
        let addresses = try await store.database.read { connection in
            // Before a first link nothing is written.
            try FirstLink.wasConfirmed(in: connection) ? try DryRun.addresses(of: campaign, in: connection) : []
        }
        let now = clock.now
        var rows: [PlannedRow] = []
        for chunk in addresses.chunks(of: 2_000) {
            let batch = Array(chunk)
            rows += try await store.database.read { connection in
                let (context, names) = try dryRunContext(in: connection)
                let run = DryRun(crmAccount: crmAccount, listNames: names)
                return try AddressViews.load(batch, context: context, in: connection).flatMap { view in
                    try run.rows(for: view, plan: decisions.plan(view, now), in: connection)
                }
            }
        }
        var seen: Set<PlannedRow> = []
        return try await rows.filter { seen.insert($0).inserted } + parkedMembers(of: campaign)
    }

    /// The context of a decision in which every link has a list, with the lists' names.
    func dryRunContext(
        in connection: any SQLConnection
    ) throws -> (AddressViews.Context, [AccountID: [ListID: String]]) {
        var context = try context(accounts: providerAccounts, in: connection)
        var names: [AccountID: [ListID: String]] = [:]
        for (account, provider) in providers {
            guard let rules = context.accounts[account] else { continue }
            let links = try Links.of(account, in: connection)
            let views = links.map { link in
                LinkView(
                    id: link.id,
                    campaign: link.campaign,
                    list: link.list ?? ListID("to be made: \(link.listName)"),
                    unsubscribedStatus: link.unsubscribedStatus
                )
            }
            for (link, view) in zip(links, views) { names[account, default: [:]][view.list] = link.listName }
            let masterName = links.isEmpty ? nil : provider.capabilities.masterListName
            let master = rules.master ?? masterName.map { ListID("to be made: \($0)") }
            if let master { names[account, default: [:]][master] = provider.capabilities.masterListName }
            context.accounts[account] = AccountRules(
                links: views,
                master: master,
                mappings: rules.mappings,
                longestAddress: rules.longestAddress,
                longestName: rules.longestName,
                longestFieldValue: rules.longestFieldValue,
                listsPerContact: rules.listsPerContact,
                traits: rules.traits
            )
        }
        return (context, names)
    }

    /// Members without an address are parked under no address, and no decision speaks of them.
    private func parkedMembers(of campaign: CampaignID?) async throws -> [PlannedRow] {
        try await store.database.read { connection in
            let parked = try Parked.all(in: connection).filter { $0.address.isEmpty }
            return try parked.compactMap { row in
                if let campaign {
                    let isMember = try connection.value(
                        """
                        SELECT 1 FROM crm_member
                        WHERE campaign = \(campaign.rawValue) AND \(row.subject) = 'member ' || id
                        """
                    )
                    if isMember == nil { return nil }
                }
                return PlannedRow(
                    .park,
                    address: Address(compared: ""),
                    account: row.account,
                    subject: row.subject,
                    reason: row.text,
                    code: row.code
                )
            }
        }
    }
}
