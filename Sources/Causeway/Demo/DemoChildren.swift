import Foundation
import Synchronization

/// The processes that the demo starts: the program itself, as a user would run it. None outlives the demo.
final class DemoChildren: Sendable {
    /// A command that did not end as it should.
    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    private let executable: String
    private let environment: [String: String]
    private let folder: URL
    private let running = Mutex<[Int32: Process]>([:])

    /// Makes the keeper of processes.
    ///
    /// - Parameters:
    ///   - executable: the program.
    ///   - environment: what is added to this process's environment.
    ///   - folder: where logs go.
    init(executable: String, environment: [String: String], folder: URL) {
        self.executable = executable
        self.folder = folder
        // Settings of the user's own would lead away from the sandbox.
        var inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CAUSEWAY_") }
        inherited.merge(environment) { $1 }
        self.environment = inherited
    }

    /// Starts a process that goes on until `stop()`.
    func start(_ arguments: [String], log: String) throws -> Process {
        let file = folder.appendingPathComponent(log)
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw Failed(description: "\(file.path) cannot be written")
        }
        let handle = try FileHandle(forWritingTo: file)
        let process = make(executable, arguments)
        process.standardOutput = handle
        process.standardError = handle
        try run(process)
        return process
    }

    /// Runs a command to its end and gives what it printed.
    ///
    /// - Throws: `Failed` unless it ends with 0, or with 3, which says that something is parked.
    func run(_ arguments: [String], program: String? = nil) async throws -> String {
        let process = make(program ?? executable, arguments)
        let output = folder.appendingPathComponent("output-\(UUID().uuidString)")
        guard FileManager.default.createFile(atPath: output.path, contents: nil) else {
            throw Failed(description: "\(output.path) cannot be written")
        }
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        try run(process)
        while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
        let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        try handle.close()
        try FileManager.default.removeItem(at: output)
        guard process.terminationStatus == 0 || process.terminationStatus == 3 else {
            let command = ([program ?? "causeway"] + arguments).joined(separator: " ")
            throw Failed(description: "\(command) ended with \(process.terminationStatus):\n\(text)")
        }
        return text
    }

    /// Ends every process that still runs: kindly first, then not.
    func stop() {
        let left = running.withLock { $0 }
        for process in left.values where process.isRunning { process.terminate() }
        let deadline = ContinuousClock.now + .seconds(10)
        for (id, process) in left {
            while process.isRunning, ContinuousClock.now < deadline { usleep(20_000) }
            if process.isRunning { kill(id, SIGKILL) }
        }
        running.withLock { $0.removeAll() }
    }

    private func make(_ program: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        // There, no causeway.yaml of the user's is found.
        process.currentDirectoryURL = folder
        return process
    }

    private func run(_ process: Process) throws {
        try process.run()
        running.withLock { $0[process.processIdentifier] = process }
    }
}
