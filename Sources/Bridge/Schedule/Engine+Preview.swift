import Reconciliation
import Store

/// What a first link would do, told before it is confirmed.
package struct LinkPreview: Sendable, Hashable {
    package var members = 0
    /// Contacts that would be put on the list.
    package var adds = 0
    /// Contacts that would be unsubscribed account-wide.
    package var unsubscribes = 0
    /// Records whose opt-out flag would be set.
    package var flags = 0
    package var optedOut = 0
    /// Members that cannot go, by reason code.
    package var parked: [String: Int] = [:]
}

extension Engine {
    /// Reads a campaign and decides its members as if it were linked; nothing is written to either side.
    package func preview(campaign: CampaignID, to account: AccountID) async throws -> LinkPreview {
        guard let provider = providers[account] else {
            throw LinkProblem(text: "there is no provider account named \(account); see causeway status")
        }
        try await readCRM()
        for account in providerAccounts { try await readBaseline(of: account) }
        try await scanMembers(of: campaign)
        let statuses = try await crm.statuses(of: campaign)
        try await store.database.write { try Campaigns.save(statuses: statuses, in: $0) }
        let addresses = try await memberAddresses(of: campaign)
        let now = clock.now
        let capabilities = provider.capabilities
        var preview = LinkPreview()
        preview.members = try await store.database.read { try MemberMirrors.ids(of: campaign, in: $0).count }
        for chunk in addresses.chunks(of: 2_000) {
            let batch = Array(chunk)
            let plans = try await store.database.read { connection -> [(isOptedOut: Bool, plan: AddressPlan)] in
                var context = try context(accounts: providerAccounts, in: connection)
                let rules = context.accounts[account]
                context.accounts[account] = AccountRules(
                    links: [LinkView(id: LinkID(0), campaign: campaign, list: ListID("preview"))],
                    master: rules?.master,
                    mappings: rules?.mappings ?? [],
                    longestAddress: capabilities.longestAddress,
                    longestName: capabilities.longestName,
                    longestFieldValue: capabilities.longestFieldValue,
                    listsPerContact: capabilities.listsPerContact,
                    traits: capabilities.traits
                )
                context.campaigns.insert(campaign)
                context.leavingStatuses.formUnion(
                    statuses.filter { $0.text.lowercased() == "unsubscribed" }.map(\.id)
                )
                return try AddressViews.load(batch, context: context, in: connection).map {
                    ($0.isOptedOut, AddressDecision.plan(for: $0, at: now))
                }
            }
            for (isOptedOut, plan) in plans { preview.count(plan, isOptedOut: isOptedOut, account: account) }
        }
        return preview
    }
}

extension LinkPreview {
    fileprivate mutating func count(_ plan: AddressPlan, isOptedOut: Bool, account: AccountID) {
        if isOptedOut { optedOut += 1 }
        for operation in plan.operations {
            switch operation {
            case .upsert(account, _, _): adds += 1
            case .unsubscribe: unsubscribes += 1
            case .flag(_, true, _): flags += 1
            default: break
            }
        }
        for row in plan.parked { parked[row.reason.code, default: 0] += 1 }
    }
}
