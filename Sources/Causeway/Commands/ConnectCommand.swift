import ArgumentParser

/// Connects an account: tries its credentials, pins which account they lead to, and stores them sealed.
struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Connect Workbooks or an email provider.",
        subcommands: [ConnectWorkbooksCommand.self, ConnectConstantContactCommand.self]
    )
}
