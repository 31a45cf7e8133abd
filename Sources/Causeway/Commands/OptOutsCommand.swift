import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Shows the opt-outs that arrived, how far each is carried out, and how long that took.
///
/// `--json`: one line for each, `{"address","received","at","by","source","rule","stands","flagged","flaggedAt",
/// "flaggedSeconds","offLists","offListsAt","offListsSeconds","lateness","openSeconds"}`. `flagged` is whether every
/// record with the address carries the flag, `null` where no record has it; `offLists` whether no contact with the
/// address is known to be on a managed list. `flaggedAt` is when the last record was confirmed as flagged, `offListsAt`
/// when the last managed list was left and the last contact unsubscribed; the seconds count from the arrival, or from
/// the first link for what was known before. `lateness` is `in-time`, `nearing-48-hours` (open for 36 hours),
/// `past-48-hours`, `nearing-10-business-days` (open for 8) or `past-10-business-days`.
///
/// `--summary --json`: one document, `{"open","oldestSeconds","late","flagged":{"count","p50Seconds","p99Seconds"},
/// "offLists":{…}}`; `late` counts those open for 36 hours or longer.
struct OptOutsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "optouts",
        abstract: "Show the opt-outs that arrived, whether they are flagged and off the lists, and how long it took.",
        discussion: "An opt-out is warned of, and /health says degraded, when it has been open for 36 hours (mailbox "
            + "providers allow 48 hours) and again after 8 business days (the law allows 10)."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "Since this time: 2026-03-02T14:31:08Z, 2026-03-02, or a span such as 1d.")
    var since: String?

    @Flag(help: "Only the summary: how many are open and late, and p50 and p99 of both spans.")
    var summary = false

    func validate() throws {
        _ = try Moment.parse(since, now: SystemClock().now, option: "--since")
    }

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let now = wiring.clock.now
        let moment = try Moment.parse(since, now: now, option: "--since") ?? Timestamp(milliseconds: 0)
        let isSummary = summary
        let (rows, spans) = try await wiring.store.database.read { connection in
            (
                isSummary ? [] : try OptOutReading.all(since: moment, at: now, in: connection),
                try OptOutSummary.read(since: moment, at: now, in: connection)
            )
        }
        if options.json { return summary ? try JSONOutput.print(spans) : try JSONOutput.printLines(rows) }
        if rows.isEmpty && !summary {
            return Console.line("no opt-out arrived\(since.map { " since \($0)" } ?? "")")
        }
        var table = Table(["RECEIVED", "ADDRESS", "BY", "SOURCE", "STANDS", "FLAGGED", "OFF LISTS", "LATENESS"])
        for row in rows {
            table.add([
                row.received, row.address, row.by, row.source, row.stands ? "yes" : "lifted",
                row.flagged.map { $0 ? Self.after(row.flaggedSeconds) : "no" } ?? "no record",
                row.offLists ? Self.after(row.offListsSeconds) : "no", row.lateness,
            ])
        }
        if !summary { table.print() }
        let oldest = spans.oldestSeconds.map { ", the oldest for \(SpanText.of($0))" } ?? ""
        Console.line("opt-outs open: \(spans.open)\(oldest)")
        for line in spans.lines { Console.line(line) }
    }

    private static func after(_ seconds: Int64?) -> String {
        seconds.map { "after \(SpanText.of($0))" } ?? "yes"
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
