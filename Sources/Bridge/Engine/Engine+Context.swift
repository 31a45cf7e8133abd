import Reconciliation
import Store

extension Engine {
    /// What holds for all addresses of one decision, read in its transaction.
    func context(
        accounts: [AccountID],
        in connection: any SQLConnection
    ) throws -> AddressViews.Context {
        var rules: [AccountID: AccountRules] = [:]
        let standings = try LinkHolds.standings(in: connection)
        for account in accounts {
            guard let provider = providers[account] else { continue }
            let capabilities = provider.capabilities
            let links = try Links.of(account, in: connection).compactMap { link in
                link.list.map {
                    LinkView(
                        id: link.id,
                        campaign: link.campaign,
                        list: $0,
                        unsubscribedStatus: link.unsubscribedStatus,
                        standing: standings[link.id] ?? .running
                    )
                }
            }
            rules[account] = AccountRules(
                links: links,
                master: try Links.master(of: account, in: connection),
                mappings: try Mappings.of(account, in: connection).map(\.mapping),
                longestAddress: capabilities.longestAddress,
                longestName: capabilities.longestName,
                longestFieldValue: capabilities.longestFieldValue,
                listsPerContact: capabilities.listsPerContact,
                traits: capabilities.traits
            )
        }
        var context = AddressViews.Context(
            accounts: rules,
            leavingStatuses: try AddressViews.leavingStatuses(in: connection),
            marksUndeliverable: settings.marksUndeliverable
        )
        context.campaigns = try linkedCampaigns(in: connection)
        context.clearsFlagOnOptIn = settings.clearsFlagOnOptIn
        return context
    }

    /// The plans of the addresses for the given accounts, from one snapshot; nothing is written.
    package func plans(
        for addresses: [Address],
        accounts: [AccountID]
    ) async throws -> [AddressPlan] {
        let now = clock.now
        return try await store.database.read { connection in
            let context = try context(accounts: accounts, in: connection)
            return try AddressViews.load(addresses, context: context, in: connection).map {
                decisions.plan($0, now)
            }
        }
    }

    /// The campaigns that are linked.
    func linkedCampaigns(in connection: any SQLConnection) throws -> Set<CampaignID> {
        try Links.campaigns(in: connection)
    }
}
