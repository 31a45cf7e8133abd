import ArgumentParser
import Reconciliation
import Store

/// Shows the parked rows, each with its reason.
///
/// `--json`: one line for each, `{"account","address","subject","code","reason","since"}`; `address` is empty for a
/// member that has none.
struct ParkedListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the rows that cannot go, and why."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let rows = try await wiring.store.database.read { try Parked.all(in: $0) }
        if options.json { return try JSONOutput.printLines(rows.map(ParkedJSON.init)) }
        if rows.isEmpty { return Console.line("nothing is parked") }
        var table = Table(["ACCOUNT", "ADDRESS", "SUBJECT", "CODE", "SINCE", "REASON"])
        for row in rows {
            table.add([
                row.account.rawValue, row.address.isEmpty ? "-" : row.address, row.subject, row.code, row.since.text,
                row.text,
            ])
        }
        table.print()
    }
}

/// A parked row as JSON.
struct ParkedJSON: Encodable {
    var account: String
    var address: String
    var subject: String
    var code: String
    var reason: String
    var since: String

    init(_ row: Parked.Row) {
        account = row.account.rawValue
        address = row.address
        subject = row.subject
        code = row.code
        reason = row.text
        since = row.since.text
    }
}
