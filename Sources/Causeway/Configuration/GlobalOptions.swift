import ArgumentParser
import Logging

/// The flags that work on every subcommand.
struct GlobalOptions: ParsableArguments {
    @Option(help: "The data directory (CAUSEWAY_DATA; default ./causeway-data).")
    var data: String?

    @Option(help: "The settings file (default ./causeway.yaml when it exists).")
    var config: String?

    @Flag(help: "Answer as JSON.")
    var json = false

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    func settings() async throws -> CausewaySettings {
        try await CausewaySettings.load(options: self)
    }
}
