import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Shows row by row what the next round would do, after reading both sides; writes to neither.
///
/// `--json`: one line for each row, `{"action","address","account","subject","lists","reason","code"}`. `action` is
/// `set-flag`, `clear-flag`, `set-undeliverable`, `clear-undeliverable`, `set-status`, `restore-status`, `upsert`,
/// `remove`, `unsubscribe`, `resubscribe`, `change-address`, `park`, `hold` or `wait`; `subject` is such as
/// `person 4711`, or `null` for a contact that is not known yet; `code` is that of a parked row, or the rule of a hold,
/// else `null`.
///
/// `--out FILE` puts the plan into a file of mode 0600, with what each row was computed from, for `causeway apply`; with
/// `--json` it then prints `{"file","rows","digest"}`.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show row by row what the next round would do, and why; nothing is written."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only this campaign: its id, reference or exact name.")
    var campaign: String?

    @Option(help: "Put the plan into this file, for causeway apply. It holds personal data: its mode is 0600.")
    var out: String?

    func run() async throws {
        let wiring = try await Wiring.open(options)
        if let out { return try await freeze(into: out, wiring) }
        let rows = try await wiring.withEngine { engine in
            let wanted = try await CampaignLookup.linked(campaign, wiring)
            try await engine.readBothSides()
            return try await engine.dryRun(campaign: wanted)
        }
        if options.json { return try JSONOutput.printLines(rows.map(Row.init)) }
        if rows.isEmpty { return Console.line("nothing to do: both sides are as they should be") }
        var table = Table(["ACTION", "ADDRESS", "ACCOUNT", "WHAT", "REASON"])
        for row in rows {
            let what = ([row.subject].compactMap { $0 } + row.lists.map { "“\($0)”" }).joined(separator: ", ")
            table.add([row.action.rawValue, row.address.text, row.account.rawValue, what, row.reason])
        }
        table.print()
        let counts = Dictionary(grouping: rows, by: \.action).mapValues(\.count)
        let summary = PlannedRow.Action.allCases.compactMap { action in
            counts[action].map { "\($0) \(action.rawValue)" }
        }
        Console.line("\(rows.count) rows: \(summary.joined(separator: ", "))")
    }

    private func freeze(into path: String, _ wiring: Wiring) async throws {
        let plan = try await wiring.withEngine { engine in
            let wanted = try await CampaignLookup.linked(campaign, wiring)
            try await engine.readBothSides()
            return try await engine.freeze(campaign: wanted)
        }
        try PrivateFile.write(try plan.text() + "\n", to: path)
        if options.json {
            return try JSONOutput.print(Frozen(file: path, rows: plan.rows.count, digest: plan.digest))
        }
        Console.line("\(plan.rows.count) addresses are in \(path); causeway apply \(path) does what it says")
    }

    private struct Frozen: Encodable {
        var file: String
        var rows: Int
        var digest: String
    }

    private struct Row: Encodable {
        var row: PlannedRow

        private enum CodingKeys: String, CodingKey { case action, address, account, subject, lists, reason, code }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(row.action.rawValue, forKey: .action)
            try container.encode(row.address.text, forKey: .address)
            try container.encode(row.account.rawValue, forKey: .account)
            try container.encode(row.subject, forKey: .subject)
            try container.encode(row.lists, forKey: .lists)
            try container.encode(row.reason, forKey: .reason)
            try container.encode(row.code, forKey: .code)
        }
    }
}
