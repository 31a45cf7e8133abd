import ArgumentParser
import Reconciliation
import Store

/// Shows one hold with all its rows and what may be decided.
///
/// `--json`: one document with the keys of `holds list` as `hold`, and `rows`, an array of
/// `{"subject","address","account","state","detail","result"}`.
struct HoldsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one hold with its rows and what each choice does."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The hold's id.")
    var id: Int64

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let wanted = id
        let found = try await wiring.store.database.read { connection -> (Hold, HoldJSON, [HoldRow])? in
            guard let hold = try Holds.find(wanted, in: connection) else { return nil }
            return (hold, try HoldJSON(hold, in: connection), try Holds.rows(of: wanted, in: connection))
        }
        guard let (hold, json, rows) = found else { throw Failure("there is no hold \(id); see causeway holds list") }
        if options.json { return try JSONOutput.print(Answer(hold: json, rows: rows.map(Row.init))) }
        Console.line("hold \(hold.id), \(hold.kind.rule), \(hold.state.rawValue) since \(hold.raisedAt.text)")
        Console.line(hold.reason)
        for row in rows {
            let words = [row.detail, row.result].compactMap { $0 }.joined(separator: "; ")
            Console.line("  \(row.subject) \(row.address): \(row.state.rawValue)\(words.isEmpty ? "" : ", \(words)")")
        }
        guard hold.state == .open else { return }
        Console.line()
        for choice in hold.choices {
            Console.line("causeway holds approve \(hold.id) \(choice.rawValue): \(choice.text)")
        }
        Console.line("causeway holds dismiss \(hold.id): leave things as they stand")
    }

    private struct Answer: Encodable {
        var hold: HoldJSON
        var rows: [Row]
    }

    private struct Row: Encodable {
        var row: HoldRow

        private enum CodingKeys: String, CodingKey { case subject, address, account, state, detail, result }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(row.subject, forKey: .subject)
            try container.encode(row.address, forKey: .address)
            try container.encode(row.account.rawValue, forKey: .account)
            try container.encode(row.state.rawValue, forKey: .state)
            try container.encode(row.detail, forKey: .detail)
            try container.encode(row.result, forKey: .result)
        }
    }
}
