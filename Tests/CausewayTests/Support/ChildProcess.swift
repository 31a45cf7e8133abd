import Foundation
import Synchronization

/// A program that runs beside the tests, its output in files so that no pipe can fill up.
final class ChildProcess: Sendable {
    /// How a program ended.
    struct Ending: Sendable, Equatable {
        /// The exit status, or the signal that ended it.
        var status: Int32
        var wasSignal: Bool
    }

    private let process = Process()
    private let end: Mutex<Ending?>
    private let output: URL
    private let errors: URL

    /// Starts a program that is searched for in the path.
    ///
    /// - Parameters:
    ///   - arguments: the program and its arguments.
    ///   - environment: added to that of the tests; a nil value takes a variable away.
    ///   - folder: where its output goes, and its working directory.
    ///   - name: the stem of the files of its output.
    init(_ arguments: [String], environment: [String: String?] = [:], folder: URL, name: String) throws {
        end = Mutex(nil)
        output = folder.appending(path: "\(name).out")
        errors = folder.appending(path: "\(name).err")
        try Data().write(to: output)
        try Data().write(to: errors)
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("CAUSEWAY_") }
            .merging(environment.compactMapValues { $0 }) { _, given in given }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.terminationHandler = { [self] process in
            end.withLock {
                $0 = Ending(
                    status: process.terminationStatus, wasSignal: process.terminationReason == .uncaughtSignal)
            }
        }
        try process.run()
    }

    /// How it ended; nil while it runs.
    var ending: Ending? { end.withLock { $0 } }

    /// What it has written to standard output so far.
    var outputText: String { Self.text(of: output) }

    /// What it has written to standard error so far.
    var errorText: String { Self.text(of: errors) }

    /// Sends it a signal, if it still runs.
    func signal(_ number: Int32) {
        guard ending == nil else { return }
        kill(process.processIdentifier, number)
    }

    /// Waits for its end.
    ///
    /// - Throws: `TimedOut`, after it was killed.
    @discardableResult
    func waitForEnd(within limit: Duration = .seconds(60)) async throws -> Ending {
        do {
            try await wait(for: "end of a program", within: limit, every: .milliseconds(5)) { ending != nil }
        } catch {
            signal(SIGKILL)
            throw error
        }
        return ending ?? Ending(status: -1, wasSignal: false)
    }

    /// Ends it at once, as a power cut would, and waits until it is gone.
    func killNow() async throws {
        signal(SIGKILL)
        try await waitForEnd(within: .seconds(10))
    }

    private static func text(of file: URL) -> String {
        (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }
}
