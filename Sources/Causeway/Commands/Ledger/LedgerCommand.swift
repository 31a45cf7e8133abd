import ArgumentParser

/// The ledger as a proof: checked, and handed out.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Check the ledger of opt-outs, and export what it has about one address.",
        subcommands: [LedgerVerifyCommand.self, LedgerHeadCommand.self, LedgerExportCommand.self]
    )
}
