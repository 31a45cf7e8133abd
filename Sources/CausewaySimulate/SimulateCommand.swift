import ArgumentParser
import Foundation
import Simulation

/// Lives simulated lives of the whole engine and says whether all of them ended well.
@main
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "causeway-simulate",
        abstract: "Lives simulated lives of the whole engine: people act, calls fail, the process dies."
    )

    @Option(help: "The seeds to live, such as 1..10000.")
    var seeds: String?
    @Option(help: "The only seed to live.")
    var seed: UInt64?
    @Option(help: "How many steps a life has.")
    var steps = 40
    @Option(help: "About how often the process dies in a life.")
    var deaths = 8
    @Option(help: "The only durable step at which the process dies, counted from 1.")
    var diesAt: Int?
    @Option(help: "How many lives are lived at the same time.")
    var jobs = 2
    @Flag(help: "Print what happened.")
    var trace = false
    @Flag(help: "Die once at each durable step of each seed.")
    var exhaustiveDeaths = false
    @Flag(help: "Break each rule and each guard in turn, and see that a seed notices.")
    var mutations = false
    @Option(help: "The only rule or guard to break, with --seed or --mutations.")
    var mutation: String?
    @Flag(help: "Give each life all of its steps, whatever its seed.")
    var fullLength = false
    @Option(help: "Print at most so many failed lives.")
    var show = 3

    func run() async throws {
        try Self.fixHashing()
        let directory = try makeDirectory()
        defer {
            // Nothing depends on it: what is left is in a temporary directory.
            try? FileManager.default.removeItem(atPath: directory)
        }
        let simulator = try await Simulator(in: directory)
        if let seed, !exhaustiveDeaths { return try await replay(seed, simulator) }
        if mutations { return try await checkMutations(simulator) }
        let range = try seed.map { $0...$0 } ?? Self.range(of: seeds ?? "1..100")
        let started = ContinuousClock.now
        var tally = Tally()
        for kept in KeptSeeds.all where !exhaustiveDeaths {
            tally.add(try await simulator.live(kept.plan))
        }
        let batch = Batch(simulator, steps: steps, deaths: deaths, jobs: jobs)
        tally.add(exhaustiveDeaths ? try await batch.liveExhaustively(range) : try await batch.live(range))
        report(tally, took: ContinuousClock.now - started)
        if !tally.failed.isEmpty { throw ExitCode(1) }
    }

    /// One seed is one life only if sets and dictionaries keep their order.
    private static func fixHashing() throws {
        guard ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] == nil else { return }
        setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
        arguments.append(nil)
        execv("/proc/self/exe", arguments)
        throw ValidationError("cannot start anew: \(String(cString: strerror(errno)))")
    }

    private func makeDirectory() throws -> String {
        let memory = "/dev/shm"
        let place = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        let directory = "\(place)/causeway-simulate-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        return directory
    }

    static func range(of text: String) throws -> ClosedRange<UInt64> {
        let ends = text.split(separator: ".").compactMap { UInt64($0) }
        guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last else {
            throw ValidationError("--seeds takes a range such as 1..10000, not \(text)")
        }
        return first...last
    }
}
