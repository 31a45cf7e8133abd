import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Says how everything stands, and whether both sides of each link agree.
///
/// `--json`: one document. Of each of `links[]`, `inSync` is whether the digests were equal and nothing has been marked
/// since: `waiting` counts the addresses on the link or on its list that wait to be decided for either side, `underWay`
/// those whose write has no answer yet, and `isCurrent` says whether the digests know all that the store knows.
/// `digest` and `count` are of what should be at the provider, `shadowDigest` of what it is known to hold, both as of
/// `asOf`. `verified` is `{"at","digest","count","isEqual"}` of what the last `sync --full` read back, or `null`.
/// `differing` counts the rows that differ; `differences` names them, `{"address","reason","text"}`, at most 1,000, and
/// strangers after them. `reason` is `waiting`, `in-flight`, `parked`, `held`, `unconfirmed`, `found`, `unexplained` or
/// `stranger`. `optOuts` is `{"open","oldestSeconds","late","flagged":{"count","p50Seconds","p99Seconds"},
/// "offLists":{…}}`, the spans over 30 days; `late` counts those open for 36 hours or longer. `additions` is
/// `{"keptBack","accounts":[{"account","since"}]}`: while an account was not read for too long, nobody is added to any
/// list. Of each of `accounts[]`, `coverage.unreadable` has the times, `{"source","from","to"}`, in which deliveries
/// were not taken for longer than their senders repeat them, and `webhooks` has the registered ones:
/// `{"topic","state","problem","checkedAt"}`, `state` being `active` or `creating`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how accounts, links, inbox and opt-outs stand.",
        discussion: "For each account: from when to when every opt-out is accounted for, and the gaps that are open."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let (now, patience) = (wiring.clock.now, wiring.settings.additionsSeconds)
        let status = try await wiring.store.database.read {
            try StatusReading.read(in: $0, at: now, additionsSeconds: patience)
        }
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
        for account in status.accounts {
            for webhook in account.webhooks {
                guard let problem = webhook.problem else { continue }
                Console.line(
                    "  \(account.name): the webhook “\(webhook.topic)”: \(problem); "
                        + "run causeway webhooks register \(account.name)"
                )
            }
        }
        Self.showCoverage(status.accounts)
        for awaited in status.additions.accounts {
            Console.line(
                "nobody is added to any list before \(awaited.account) is read: it was not since \(awaited.since)"
            )
        }
        Console.line()
        Self.show(status.links)
        Console.line()
        let oldest = status.optOuts.oldestSeconds.map { ", the oldest for \(SpanText.of($0))" } ?? ""
        Console.line("opt-outs open: \(status.optOuts.open)\(oldest)")
        for line in status.optOuts.lines { Console.line("  \(line)") }
        Console.line("inbox: \(status.inbox.waiting) waiting, \(status.inbox.dead) dead")
        Console.line("addresses to decide: \(status.dirty), writes under way: \(status.underWay)")
    }

    private static func showCoverage(_ accounts: [StatusReading.AccountStatus]) {
        for account in accounts {
            guard let coverage = account.coverage else {
                Console.line("  \(account.name): not read yet; nothing is said about opt-outs there")
                continue
            }
            Console.line("  \(account.name): every opt-out from \(coverage.from) to \(coverage.to) is accounted for")
            for lost in coverage.unreadable {
                Console.line(
                    "    but relay deliveries from \(lost.from) to \(lost.to) cannot be read back: have them sent again"
                )
            }
            for gap in coverage.openGaps {
                let end = gap.to.map { "to \($0)" } ?? "on"
                Console.line(
                    "    gap (\(gap.source), \(gap.cause)) from \(gap.from) \(end), closed by \(gap.closes ?? "")"
                )
            }
        }
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
                String(link.onList), String(link.optedOut), String(link.parked), String(link.held), inSync(link),
            ])
        }
        table.print()
        for link in links { showProof(of: link) }
        for link in links where link.problem != nil {
            Console.line("  \(link.reference ?? String(link.campaign)): \(link.problem ?? "")")
        }
    }

    private static func inSync(_ link: StatusReading.LinkStatus) -> String {
        if link.inSync { return "yes" }
        if link.waiting > 0 { return "no, \(link.waiting) to decide" }
        if link.underWay > 0 { return "no, \(link.underWay) under way" }
        guard let differing = link.differing else { return "not known yet" }
        return differing == 0 && !link.isCurrent ? "not known yet" : "no, \(differing) differ"
    }

    /// How many differing rows are named.
    private static let namedRows = 20

    /// What the digests say: that both sides agree, or which rows differ and why.
    private static func showProof(of link: StatusReading.LinkStatus) {
        guard let digest = link.digest, let count = link.count, let asOf = link.asOf else { return }
        let name = link.reference ?? String(link.campaign)
        let isEqual = digest == link.shadowDigest
        Console.line(
            isEqual
                ? "  \(name): both sides agree on \(count) rows as of \(asOf), digest \(digest)"
                : "  \(name): \(link.differing ?? 0) rows differ as of \(asOf)"
        )
        if let verified = link.verified {
            Console.line(
                verified.isEqual
                    ? "    read back at \(verified.at): the provider holds the same, \(verified.count) rows"
                    : "    read back at \(verified.at): the provider held other rows, digest \(verified.digest)"
            )
        }
        for row in link.differences.prefix(namedRows) {
            Console.line("    \(row.address): \(row.reason): \(row.text)")
        }
        let more = link.differences.count - namedRows
        if more > 0 { Console.line("    and more: causeway status --json names \(link.differences.count)") }
    }
}
