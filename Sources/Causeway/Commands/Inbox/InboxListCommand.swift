import ArgumentParser
import Reconciliation
import Store

/// Shows deliveries, newest first.
///
/// `--json`: one line for each, `{"id","account","source","deliveryId","received","state","attempts","error","bytes"}`;
/// `state` is `waiting`, `done` or `dead`.
struct InboxListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show deliveries, newest first.")

    /// A state on the command line.
    enum State: String, ExpressibleByArgument, CaseIterable {
        case waiting, done, dead
    }

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only deliveries in this state.")
    var state: State?

    @Option(help: "How many.")
    var limit = 100

    @Option(help: "Only deliveries that arrived before the one of this id.")
    var before: Int64?

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit takes a whole number from 1") }
    }

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let (state, limit, before) = (state.flatMap { InboxState(rawValue: $0.rawValue) }, limit, before)
        let rows = try await wiring.store.database.read {
            try Inbox.list(state: state, before: before, limit: limit, on: $0)
        }
        if options.json { return try JSONOutput.printLines(rows.map(Row.init)) }
        if rows.isEmpty { return Console.line("no delivery") }
        var table = Table(["ID", "RECEIVED", "ACCOUNT", "SOURCE", "STATE", "BYTES", "ERROR"], rightAligned: [0, 5])
        for row in rows {
            table.add([
                String(row.id), row.receivedAt.text, row.account.rawValue, row.source, row.state.rawValue,
                String(row.bytes), row.error ?? "",
            ])
        }
        table.print()
    }

    private struct Row: Encodable {
        var summary: InboxSummary

        private enum CodingKeys: String, CodingKey {
            case id, account, source, received, state, attempts, error, bytes
            case deliveryID = "deliveryId"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(summary.id, forKey: .id)
            try container.encode(summary.account.rawValue, forKey: .account)
            try container.encode(summary.source, forKey: .source)
            try container.encode(summary.deliveryID, forKey: .deliveryID)
            try container.encode(summary.receivedAt.text, forKey: .received)
            try container.encode(summary.state.rawValue, forKey: .state)
            try container.encode(summary.attempts, forKey: .attempts)
            try container.encode(summary.error, forKey: .error)
            try container.encode(summary.bytes, forKey: .bytes)
        }
    }
}
