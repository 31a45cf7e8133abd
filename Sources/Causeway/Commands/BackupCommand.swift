import ArgumentParser
import Bridge
import Store

/// Writes a backup, beside a running `serve` as well.
///
/// `--json`: `{"file","head":{"sequence","hash"}}`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a backup into one new file.",
        discussion: "The file holds the database and the key in clear, so that it is all that a restore needs: keep it "
            + "as you keep the key. The list of erasures beside the key file is not in it; back that up by itself."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file, which must not exist yet.")
    var file: String

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let head = try await wiring.store.database.read { try LedgerChain.head(in: $0) }
        try await wiring.store.backUp(to: file, at: wiring.clock.now)
        if options.json { return try JSONOutput.print(BackupJSON(file: file, head: LedgerHeadJSON(head))) }
        Console.line("\(file) written; it holds the key, so keep it as secret as \(wiring.store.keyFile)")
        Console.line("the ledger in it reaches at least to row \(head.sequence) with \(head.text)")
    }
}

private struct BackupJSON: Encodable {
    var file: String
    var head: LedgerHeadJSON
}
