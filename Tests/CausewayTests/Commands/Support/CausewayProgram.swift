import Foundation
import Synchronization

/// The program under test, as it was built beside the tests.
enum CausewayProgram {
    /// What a run of the program came to.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String

        /// The JSON documents of the output, one a line.
        var documents: [[String: Any]] {
            get throws {
                try output.split(separator: "\n").map { line in
                    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
                    return value as? [String: Any] ?? [:]
                }
            }
        }
    }

    /// Where the program is: in the folder of the test program that runs now.
    static var location: URL {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appending(path: "causeway")
    }

    /// Runs the program to its end, without a terminal.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: URL? = nil
    ) async throws -> Outcome {
        let running = try start(arguments, environment: environment, in: folder)
        let status = await running.ended()
        return Outcome(status: status, output: try running.output(), errors: try running.errors())
    }

    /// Starts the program.
    static func start(
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: URL? = nil
    ) throws -> RunningProgram {
        try RunningProgram(location, arguments, environment: environment, folder: folder)
    }
}

/// A program that was started; what it says goes to files, so that no pipe fills up.
final class RunningProgram: Sendable {
    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    let process: ProcessHandle
    private let folder: URL
    private let state = Mutex(State())

    init(_ program: URL, _ arguments: [String], environment: [String: String], folder: URL?) throws {
        let own = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        self.folder = own
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": own.path]
            .merging(environment) { _, given in given }
        process.currentDirectoryURL = folder ?? own
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(own.appending(path: "output"))
        process.standardError = try Self.file(own.appending(path: "errors"))
        self.process = ProcessHandle(process)
        process.terminationHandler = { [weak self] process in self?.note(process.terminationStatus) }
        try process.run()
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Waits for the end.
    func ended() async -> Int32 {
        await withCheckedContinuation { waiting in
            let status = state.withLock { state in
                if state.status == nil { state.waiting.append(waiting) }
                return state.status
            }
            if let status { waiting.resume(returning: status) }
        }
    }

    /// Asks the program to end and waits for it.
    func stop() async -> Int32 {
        process.terminate()
        return await ended()
    }

    func output() throws -> String { try String(contentsOf: folder.appending(path: "output"), encoding: .utf8) }
    func errors() throws -> String { try String(contentsOf: folder.appending(path: "errors"), encoding: .utf8) }

    private func note(_ status: Int32) {
        let waiting = state.withLock { state in
            state.status = status
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume(returning: status) }
    }

    private static func file(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }
}

/// A process that only one thing is asked of once it runs: to end.
// Safe: `terminate` sends a signal and may be called from any thread.
final class ProcessHandle: @unchecked Sendable {
    private let process: Process

    init(_ process: Process) { self.process = process }

    func terminate() { process.terminate() }
}
