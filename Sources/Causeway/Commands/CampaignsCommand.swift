import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Shows the campaigns of the CRM and whether each is linked.
struct CampaignsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaigns", abstract: "Show the CRM's campaigns and whether each is linked.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let rows = try await wiring.withEngine { engine -> [Row] in
            let campaigns = try await engine.crm.campaigns()
            let links = try await wiring.store.database.write { connection in
                try Campaigns.save(campaigns, in: connection)
                return try Links.all(in: connection)
            }
            return campaigns.filter { !$0.isDeleted }.map { campaign in
                Row(
                    id: campaign.id.rawValue, reference: campaign.reference, name: campaign.name,
                    publicName: campaign.publicName,
                    links: links.filter { $0.campaign == campaign.id }.map {
                        Row.LinkRow(account: $0.account.rawValue, list: $0.listName)
                    })
            }
        }
        if options.json {
            try JSONOutput.printLines(rows)
            return
        }
        var table = Table(["ID", "REFERENCE", "NAME", "PUBLIC NAME", "LINKED TO"], rightAligned: [0])
        for row in rows {
            let links = row.links.map { "\($0.account): \($0.list)" }.joined(separator: ", ")
            table.add([String(row.id), row.reference, row.name, row.publicName ?? "-", links.isEmpty ? "-" : links])
        }
        table.print()
    }

    private struct Row: Encodable {
        struct LinkRow: Encodable {
            var account: String
            var list: String
        }

        var id: Int64
        var reference: String
        var name: String
        var publicName: String?
        var links: [LinkRow]
    }
}

extension Wiring {
    /// Runs a body with an engine and HTTP clients that are closed after it.
    func withEngine<Result: Sendable>(_ body: (Engine) async throws -> Result) async throws -> Result {
        let http = try makeHTTPClients()
        do {
            let result = try await body(try await requireEngine(http: http))
            try await http.shutdown()
            return result
        } catch {
            try await http.shutdown()
            throw error
        }
    }
}
