import ArgumentParser
import Store

/// Prints the end of the ledger's chain.
///
/// `--json`: `{"sequence","hash"}`.
struct LedgerHeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head",
        abstract: "Print the hash of the ledger's last row.",
        discussion:
            "Keep it where nobody who can write to this machine can: causeway ledger verify --head finds with it "
            + "whether rows were cut off or rewritten since."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let head = try await wiring.store.database.read { try LedgerChain.head(in: $0) }
        if options.json { return try JSONOutput.print(LedgerHeadJSON(head)) }
        Console.line("\(head.sequence) \(head.text)")
    }
}

/// The end of the chain, as it is printed.
struct LedgerHeadJSON: Encodable {
    var sequence: Int64
    var hash: String

    init(_ head: LedgerHead) {
        sequence = head.sequence
        hash = head.text
    }
}
