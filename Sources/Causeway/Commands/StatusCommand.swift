import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Says how everything stands.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how accounts, links, inbox and opt-outs stand."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let now = wiring.clock.now
        let status = try await wiring.store.database.read { try StatusReading.read(in: $0, at: now) }
        if options.json {
            try JSONOutput.print(status)
            return
        }
        var accounts = Table(["ACCOUNT", "KIND", "STATE", "LAST CONTACT", "CALLS TODAY", "ECHOES"], rightAligned: [5])
        for account in status.accounts {
            let budget = account.budget.map { "\($0.used) of \($0.limit.map(String.init) ?? "any")" } ?? "-"
            accounts.add([
                account.name, account.kind, account.state,
                account.staleSeconds.map { "\($0) s ago" } ?? "never", budget, String(account.echoes),
            ])
        }
        accounts.print()
        for account in status.accounts where account.reason != nil {
            Console.line("  \(account.name): \(account.reason ?? "")")
        }
        Console.line()
        Self.show(status.links)
        Console.line()
        let oldest = status.optOuts.oldestSeconds.map { ", the oldest for \($0) s" } ?? ""
        Console.line("opt-outs open: \(status.optOuts.open)\(oldest)")
        Console.line("inbox: \(status.inbox.waiting) waiting, \(status.inbox.dead) dead")
        Console.line("addresses to decide: \(status.dirty), writes under way: \(status.underWay)")
    }

    static func show(_ links: [StatusReading.LinkStatus]) {
        guard !links.isEmpty else {
            Console.line("no campaign is linked; see causeway campaigns and causeway link")
            return
        }
        var table = Table(
            ["CAMPAIGN", "LIST", "ACCOUNT", "MEMBERS", "ON LIST", "OPTED OUT", "PARKED", "HELD", "IN SYNC"],
            rightAligned: [3, 4, 5, 6, 7]
        )
        for link in links {
            table.add([
                link.reference ?? String(link.campaign), link.listName, link.account, String(link.members),
                String(link.onList), String(link.optedOut), String(link.parked), String(link.held),
                link.inSync ? "yes" : "no, \(link.waiting) to decide",
            ])
        }
        table.print()
        for link in links where link.problem != nil {
            Console.line("  \(link.reference ?? String(link.campaign)): \(link.problem ?? "")")
        }
    }
}
