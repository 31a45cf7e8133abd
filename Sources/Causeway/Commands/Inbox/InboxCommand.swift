import ArgumentParser

/// The deliveries that were accepted.
struct InboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox",
        abstract: "Show accepted deliveries, and decide them again.",
        subcommands: [InboxListCommand.self, InboxShowCommand.self, InboxReplayCommand.self]
    )
}
