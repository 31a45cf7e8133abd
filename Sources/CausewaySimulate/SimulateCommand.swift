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
    @Option(help: "How many processes live the lives.")
    var jobs = 2
    @Flag(help: "Print what happened.")
    var trace = false
    @Flag(help: "Die once at each durable step of each seed.")
    var exhaustiveDeaths = false
    @Option(help: "Live these seeds, too, and die once at each of their durable steps, such as 1..200.")
    var exhaust: String?
    @Option(help: "How often each kind of durable step has to be died at.")
    var atLeast = 0
    @Flag(help: "Break each rule and each guard in turn, and see that a seed notices.")
    var mutations = false
    @Flag(help: "With --mutations: only rules and guards of which a life is known that notices.")
    var known = false
    @Option(help: "The only rule or guard to break, with --seed or --mutations.")
    var mutation: String?
    @Flag(help: "Give each life all of its steps, whatever its seed.")
    var fullLength = false
    @Option(help: "Print at most so many failed lives.")
    var show = 3
    @Option(help: ArgumentHelp("The share of the lives to live, such as 0/2.", visibility: .hidden))
    var share: Share?
    @Option(help: ArgumentHelp("Where to leave what the share came to.", visibility: .hidden))
    var into: String?

    func run() async throws {
        try Self.fixHashing()
        let directory = try makeDirectory()
        defer {
            // Nothing depends on it: what is left is in a temporary directory.
            try? FileManager.default.removeItem(atPath: directory)
        }
        if mutations {
            try check(try await results(in: directory, of: noticed).flatMap(\.self))
        } else if let seed, !exhaustiveDeaths {
            try await replay(seed, Simulator(in: directory))
        } else {
            let started = ContinuousClock.now
            let tallies = try await results(in: directory, of: lives)
            if share != nil { return }
            let tally = tallies.reduce(into: Tally()) { $0.add($1) }
            report(tally, took: ContinuousClock.now - started)
            if !tally.failed.isEmpty || !isEnough(tally) { throw ExitCode(1) }
        }
    }

    /// What each share came to; this process's alone where it lives one.
    private func results<Result: Codable & Sendable>(
        in directory: String,
        of live: (Batch) async throws -> Result
    ) async throws -> [Result] {
        if share == nil, jobs > 1 { return try await Fleet(size: jobs, directory: directory).run(Result.self) }
        let simulator = try await Simulator(in: directory)
        let result = try await live(Batch(simulator, steps: steps, deaths: deaths, share: share ?? .whole))
        if let into { try JSONEncoder().encode(result).write(to: URL(fileURLWithPath: into)) }
        return [result]
    }

    private func lives(_ batch: Batch) async throws -> Tally {
        let range = try seed.map { $0...$0 } ?? Self.range(of: seeds ?? "1..100")
        if exhaustiveDeaths { return try await batch.liveExhaustively(range) }
        var tally = try await batch.liveKept()
        tally.add(try await batch.live(range))
        if let exhaust {
            tally.add(try await batch.small.liveExhaustively(Self.range(of: exhaust)))
        }
        return tally
    }

    private func noticed(_ batch: Batch) async throws -> [Noticed] {
        let all = Mutation.all.filter {
            (mutation == nil || $0.name == mutation) && (!known || CatchingSeeds.isKnown($0))
        }
        return try await batch.notice(all, Self.range(of: seeds ?? "1..300"))
    }

    /// One seed is one life only if sets and dictionaries keep their order.
    private static func fixHashing() throws {
        guard ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] == nil else { return }
        setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
        // A life frees all that it used; giving that back to the system each time costs a sixth of a life.
        for name in ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_"] {
            setenv(name, "67108864", 0)
        }
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
