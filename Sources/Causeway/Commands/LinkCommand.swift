import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Links a campaign to a provider account.
///
/// It is the operator's word that these members may be mailed.
struct LinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract: "Link a campaign to an account: its members become a list there.",
        discussion: "Prints what it would do and asks before anything is written, unless --yes or without a terminal."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The campaign's id, reference (CAMP-…) or exact name.")
    var campaign: String

    @Option(help: "The provider account.")
    var to: String

    @Option(name: .customLong("list-name"), help: "The list's name; the campaign's public name by default.")
    var listName: String?

    @Flag(help: "Take over a list of that name that exists.")
    var adopt = false

    @Option(help: "How often bulk changes go out: 30s, 15m, 1d.")
    var interval = DurationText(milliseconds: 900_000)

    @Flag(help: "Do not ask.")
    var yes = false

    func run() async throws {
        let wiring = try await Wiring.open(options)
        try await wiring.withEngine { try await link(wiring, $0) }
    }

    private func link(_ wiring: Wiring, _ engine: Engine) async throws {
        let account = AccountID(to)
        guard let provider = engine.providers[account] else {
            let known = engine.providerAccounts.map(\.rawValue).joined(separator: ", ")
            throw Failure("there is no provider account “\(to)”; connected are: \(known.isEmpty ? "none" : known)")
        }
        let campaigns = try await engine.crm.campaigns()
        try await wiring.store.database.write { try Campaigns.save(campaigns, in: $0) }
        let found = try CampaignLookup.find(campaign, among: campaigns)
        let name = try chosenName(for: found, of: provider.capabilities)
        try await refuseTakenName(name, campaign: found, account: account, provider: provider, wiring: wiring)

        let preview = try await engine.preview(campaign: found.id, to: account)
        if !options.json { show(preview, campaign: found, listName: name) }
        if !yes, Console.canAsk, !options.json, !Console.confirms("Link it?") {
            Console.line("nothing was linked")
            throw ExitStatus.failed
        }
        let now = wiring.clock.now
        let settings = wiring.settings
        let interval = interval.milliseconds
        let adopts = adopt
        let id = try await wiring.store.database.write { connection -> LinkID? in
            let id = try Links.insert(
                campaign: found.id,
                account: account,
                listName: name,
                intervalMilliseconds: interval,
                unsubscribedStatus: settings[.unsubscribedStatus] ?? "Unsubscribed",
                leavingStatuses: settings.list(.leavingStatuses),
                scannedAt: now,
                at: now,
                in: connection
            )
            if let id, adopts { try Settings.set(SettingName.adopts(id), to: "yes", on: connection) }
            return id
        }
        guard let id else {
            throw Failure("\(found.reference) is linked to \(account) already; see causeway status")
        }
        if options.json {
            try JSONOutput.print(
                Answer(
                    link: id.rawValue,
                    campaign: found.id.rawValue,
                    reference: found.reference,
                    account: to,
                    listName: name,
                    members: preview.members,
                    adds: preview.adds,
                    unsubscribes: preview.unsubscribes,
                    flags: preview.flags,
                    parked: preview.parked
                )
            )
        } else {
            Console.line("linked \(found.reference) to \(account) as “\(name)”")
        }
    }

    private func chosenName(for campaign: Campaign, of capabilities: ProviderCapabilities) throws -> String {
        let longest = capabilities.longestListName
        let publicName = campaign.publicName.flatMap { $0.isEmpty ? nil : $0 }
        var name = listName ?? publicName ?? campaign.name
        if name.isEmpty { throw Failure("\(campaign.reference) has no name; give one with --list-name") }
        if let prefix = capabilities.listNamePrefix { name = "\(prefix)\(campaign.id) \(name)" }
        if name.count > longest {
            guard listName == nil else { throw Failure("a list's name has at most \(longest) characters") }
            return String(name.prefix(longest))
        }
        return name
    }

    private func refuseTakenName(
        _ name: String,
        campaign: Campaign,
        account: AccountID,
        provider: any EmailProvider,
        wiring: Wiring
    ) async throws {
        let links = try await wiring.store.database.read { try Links.of(account, in: $0) }
        if links.contains(where: { $0.campaign == campaign.id }) {
            throw Failure("\(campaign.reference) is linked to \(account) already; see causeway status")
        }
        if links.contains(where: { $0.listName == name }) || name == provider.capabilities.masterListName {
            throw Failure("another link of \(account) has the list name “\(name)”; give another with --list-name")
        }
        guard !adopt else { return }
        if try await provider.lists().contains(where: { $0.name == name }) {
            throw Failure(
                "\(account) has a list named “\(name)” already that Causeway did not make; "
                    + "give --adopt to take it over, or another name with --list-name"
            )
        }
    }

    private func show(_ preview: LinkPreview, campaign: Campaign, listName: String) {
        Console.line(
            "\(campaign.reference) “\(campaign.name)” has \(preview.members) members. Linking it as “\(listName)” would"
        )
        Console.line("  put \(preview.adds) contacts on the list")
        Console.line(
            "  unsubscribe \(preview.unsubscribes) contacts account-wide that opted out in the CRM or elsewhere"
        )
        Console.line("  set the opt-out flag on \(preview.flags) records")
        for (reason, count) in preview.parked.sorted(by: { $0.key < $1.key }) {
            Console.line("  leave out \(count): \(reason)")
        }
    }

    private struct Answer: Encodable {
        var link: Int64
        var campaign: Int64
        var reference: String
        var account: String
        var listName: String
        var members: Int
        var adds: Int
        var unsubscribes: Int
        var flags: Int
        var parked: [String: Int]
    }
}
