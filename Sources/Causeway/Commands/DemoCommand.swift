import ArgumentParser
import Sandbox

/// Shows the whole thing against the sandbox: a first sync, a day, and the proof.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show everything against simulated services, and prove it: a first sync, a day and its mail.",
        discussion: "Ends with 1 when one expectation is not met. Nothing leaves this machine."
    )

    @Option(help: "Members of each of the two campaigns, from 400.")
    var members = 2_000

    @Option(help: "The seed of the invented people.")
    var seed: UInt64 = 1

    @Flag(help: "End after the proof instead of staying up.")
    var exit = false

    @Option(name: .customLong("exchange-log"), help: "Write every request and answer to this file, as NDJSON.")
    var exchangeLog: String?

    @Option(name: .customLong("serve-log-level"), help: "The log level of the serve that is shown.")
    var serveLogLevel = "info"

    func run() async throws {
        guard members >= 400 else { throw ValidationError("--members takes a whole number from 400") }
        let demo = try DemoRun(
            members: members,
            seed: seed,
            exchangeLog: exchangeLog,
            serveLogLevel: serveLogLevel,
            staysUp: !exit
        )
        guard try await demo.run() else { throw ExitStatus.failed }
    }
}
