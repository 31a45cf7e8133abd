import ArgumentParser

/// The webhooks of accounts, and the secrets that they are signed with.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Register webhooks, and show and rotate the secrets that they are signed with.",
        subcommands: [WebhooksSecretCommand.self, WebhooksRotateCommand.self, WebhooksRegisterCommand.self]
    )
}
