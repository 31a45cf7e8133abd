import ArgumentParser
import Bridge
import Store

/// Puts a backup in the place of the data directory's database.
///
/// `--json`: `{"file","madeAt","rows","head":{"sequence","hash"},"formerDatabase","formerKey","erasures"}`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of the database, while nothing runs on it.",
        discussion:
            "The backup is checked first: whole, the right key, and a ledger that holds. What was there is kept "
            + "aside under a dated name. Erasures since the backup are applied again, and the first reading of each side "
            + "is taken as it is, so that nobody is added before every opt-out was read again."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A file that causeway backup wrote.")
    var file: String

    func run() async throws {
        let settings = try await options.settings()
        let outcome = try await Restoration.run(
            from: file,
            dataDirectory: settings.dataDirectory,
            keyFile: settings[.keyFile],
            at: SystemClock().now,
            roles: [RoleName.serve, RoleName.engine]
        )
        if options.json { return try JSONOutput.print(RestoreJSON(file: file, outcome)) }
        let backup = outcome.backup
        Console.line(
            "\(file) of \(backup.madeAt.text) restored; its ledger holds up to row \(backup.ledger.head.sequence)"
        )
        if let former = outcome.formerDatabase { Console.line("the former database is kept as \(former)") }
        if let former = outcome.formerKey { Console.line("the former key is kept as \(former)") }
        if outcome.erasures > 0 {
            Console.line("erasures since the backup that were applied again: \(outcome.erasures)")
        }
    }
}

private struct RestoreJSON: Encodable {
    var file: String
    var outcome: Restoration.Outcome

    init(file: String, _ outcome: Restoration.Outcome) {
        self.file = file
        self.outcome = outcome
    }

    private enum CodingKeys: String, CodingKey {
        case file, madeAt, rows, head, formerDatabase, formerKey, erasures
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(outcome.backup.madeAt.text, forKey: .madeAt)
        try container.encode(outcome.backup.ledger.rows, forKey: .rows)
        try container.encode(LedgerHeadJSON(outcome.backup.ledger.head), forKey: .head)
        try container.encode(outcome.formerDatabase, forKey: .formerDatabase)
        try container.encode(outcome.formerKey, forKey: .formerKey)
        try container.encode(outcome.erasures, forKey: .erasures)
    }
}
