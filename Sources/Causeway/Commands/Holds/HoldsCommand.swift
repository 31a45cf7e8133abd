import ArgumentParser

/// What somebody has to decide on.
struct HoldsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holds",
        abstract: "Show what waits for your decision, and decide.",
        discussion: """
            A hold names one cause with all its rows and says what you may choose. It closes by itself when the cause is
            gone, and holds up nothing else. An approval takes effect at the next pass; causeway sync runs one now.
            """,
        subcommands: [
            HoldsListCommand.self, HoldsShowCommand.self, HoldsApproveCommand.self, HoldsDismissCommand.self,
        ]
    )
}
