import ArgumentParser
import Sandbox

/// Runs the simulated services.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run simulated Workbooks, Constant Contact and Mailchimp services on this machine.",
        discussion: "Prints one JSON document with addresses and credentials once it listens."
    )

    @Option(
        name: .customLong("port-base"),
        help: "Workbooks' port; Constant Contact and Mailchimp take the next. 0: any free."
    )
    var portBase = 0

    @Option(help: "Members of each of the two campaigns.")
    var members = 2_000

    @Option(help: "The seed of the world.")
    var seed: UInt64 = 1

    @Option(name: .customLong("exchange-log"), help: "Write every request and answer to this file, as NDJSON.")
    var exchangeLog: String?

    @Flag(name: .customLong("no-pace"), help: "Lift the services' limits of pace.")
    var noPace = false

    func run() async throws {
        guard (0...65_533).contains(portBase) else { throw ValidationError("--port-base takes 0 to 65533") }
        guard members >= 0 else { throw ValidationError("--members takes a whole number from 0") }
        var options = SandboxOptions()
        options.portBase = portBase
        options.members = members
        options.seed = seed
        options.exchangeLogPath = exchangeLog
        if noPace { options.liftPace() }
        let world = try await SandboxWorld.start(options)
        Console.line(world.description.text)
        try await world.waitUntilStopped()
    }
}

extension SandboxOptions {
    /// Lifts the limits of pace: for the demo and the benchmarks.
    mutating func liftPace() {
        constantContact.requestsPerSecond = nil
        constantContact.tokenRequestsPerSecond = nil
        constantContact.requestsPerDay = nil
        mailchimp.latencyMilliseconds = 0
    }
}
