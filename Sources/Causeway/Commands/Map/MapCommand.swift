import ArgumentParser

/// The attribute tables of the provider accounts.
struct MapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Have attributes of Persons and Leads follow into fields of a provider's contacts.",
        subcommands: [MapAddCommand.self, MapListCommand.self, MapRemoveCommand.self]
    )
}
