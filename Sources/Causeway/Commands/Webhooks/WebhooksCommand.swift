import ArgumentParser

/// The signing secrets of accounts' webhooks.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Show and rotate the secrets that webhooks are signed with.",
        subcommands: [WebhooksSecretCommand.self, WebhooksRotateCommand.self]
    )
}
