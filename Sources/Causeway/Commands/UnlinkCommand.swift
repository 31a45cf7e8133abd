import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Ends the link of a campaign.
///
/// The list stays at the provider, no longer managed; consent is untouched.
///
/// `--json`: one document `{"campaign","reference","account","list","listName","toDecide"}`.
struct UnlinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlink",
        abstract: "End the link of a campaign: its list stays as it is, no longer managed.",
        discussion: "Contacts that are on no other linked list leave the list of everybody. Nobody's consent changes."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The campaign's id, reference (CAMP-…) or exact name.")
    var campaign: String

    @Option(help: "The provider account; needed when the campaign is linked to several.")
    var from: String?

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let now = wiring.clock.now
        let (text, account) = (campaign, from.map { AccountID($0) })
        let (link, campaign, count) = try await wiring.store.database.write { connection in
            let campaign = try CampaignLookup.find(text, among: try Campaigns.all(in: connection))
            let link = try Self.chosen(from: try Links.all(in: connection), of: campaign, account: account)
            return (link, campaign, try Unlinking.unlink(link, at: now, in: connection))
        }
        if options.json {
            try JSONOutput.print(
                Answer(
                    campaign: campaign.id.rawValue,
                    reference: campaign.reference,
                    account: link.account.rawValue,
                    list: link.list?.rawValue,
                    listName: link.listName,
                    toDecide: count
                )
            )
        } else {
            Console.line(
                "unlinked \(campaign.reference) from \(link.account); the list “\(link.listName)” stays as it is"
            )
        }
    }

    private static func chosen(from links: [Link], of campaign: Campaign, account: AccountID?) throws -> Link {
        let linked = links.filter { $0.campaign == campaign.id }
        guard let account else {
            if linked.count > 1 {
                let names = linked.map(\.account.rawValue).joined(separator: ", ")
                throw Failure("\(campaign.reference) is linked to \(names); say which with --from")
            }
            guard let link = linked.first else { throw Failure("\(campaign.reference) is not linked") }
            return link
        }
        guard let link = linked.first(where: { $0.account == account }) else {
            throw Failure("\(campaign.reference) is not linked to \(account); see causeway status")
        }
        return link
    }

    private struct Answer: Encodable {
        var campaign: Int64
        var reference: String
        var account: String
        var list: String?
        var listName: String
        var toDecide: Int
    }
}
