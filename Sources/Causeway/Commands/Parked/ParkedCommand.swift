import ArgumentParser

/// Rows that cannot go.
struct ParkedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked",
        abstract: "Show rows that cannot go, and try them again.",
        subcommands: [ParkedListCommand.self, ParkedRetryCommand.self]
    )
}
