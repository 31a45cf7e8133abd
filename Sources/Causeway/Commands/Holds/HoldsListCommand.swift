import ArgumentParser
import Reconciliation
import Store

/// Shows the holds that nobody has decided, or all that ever were.
///
/// `--json`: one line for each, `{"id","rule","kind","reason","address","link","account","choices","state","raised",
/// "ended","choice","note","rows"}`; `address` is `null` for a hold that is about several or about a link, `link` for one
/// that is about none, and `rows` says how many rows it names.
struct HoldsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show what waits for your decision."
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Those that were decided or have closed by themselves, too.")
    var all = false

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let isOpen = !all
        let holds = try await wiring.store.database.read { connection in
            try Holds.all(isOpen: isOpen, in: connection).map { try HoldJSON($0, in: connection) }
        }
        if options.json { return try JSONOutput.printLines(holds) }
        if holds.isEmpty { return Console.line("nothing waits for your decision") }
        var table = Table(
            ["ID", "RULE", "ABOUT", "ROWS", "SINCE", "STATE", "CHOICES", "REASON"],
            rightAligned: [0, 3]
        )
        for hold in holds {
            table.add([
                String(hold.id), hold.rule, hold.address ?? hold.link.map { "link \($0)" } ?? "several",
                String(hold.rows), hold.raised, hold.state, hold.choices.joined(separator: ", "), hold.reason,
            ])
        }
        table.print()
    }
}
