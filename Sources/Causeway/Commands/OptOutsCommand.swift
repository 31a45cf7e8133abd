import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Shows the opt-outs that arrived, and how far each is carried out.
///
/// `--json`: one line for each, `{"address","received","at","by","source","rule","stands","flagged","offLists"}`.
/// `flagged` is whether every record with the address carries the flag, `null` where no record has it; `offLists`
/// whether no contact with the address is known to be on a managed list.
struct OptOutsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "optouts",
        abstract: "Show the opt-outs that arrived, whether they are flagged and off the lists."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "Since this time: 2026-03-02T14:31:08Z, 2026-03-02, or a span such as 1d.")
    var since: String?

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let moment = try Moment.parse(since, now: wiring.clock.now, option: "--since") ?? Timestamp(milliseconds: 0)
        let rows = try await wiring.store.database.read { try OptOutReading.all(since: moment, in: $0) }
        if options.json { return try JSONOutput.printLines(rows) }
        if rows.isEmpty { return Console.line("no opt-out arrived\(since.map { " since \($0)" } ?? "")") }
        var table = Table(["RECEIVED", "ADDRESS", "BY", "SOURCE", "STANDS", "FLAGGED", "OFF LISTS"])
        for row in rows {
            table.add([
                row.received, row.address, row.by, row.source, row.stands ? "yes" : "lifted",
                row.flagged.map { $0 ? "yes" : "no" } ?? "no record", row.offLists ? "yes" : "no",
            ])
        }
        table.print()
    }
}

/// A moment as it is given on the command line.
enum Moment {
    /// Reads an ISO 8601 time, a day, or a span before now; nil for nothing.
    static func parse(_ text: String?, now: Timestamp, option: String) throws -> Timestamp? {
        guard let text else { return nil }
        if let span = DurationText(argument: text) {
            return Timestamp(milliseconds: now.milliseconds - span.milliseconds)
        }
        guard let moment = Timestamp(text: text) else {
            throw ValidationError(
                "\(option) is “\(text)”; it takes 2026-03-02T14:31:08Z, 2026-03-02 or a span such as 1d"
            )
        }
        return moment
    }
}
