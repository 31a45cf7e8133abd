import Foundation

/// A command of the system, run to its end, with its output in files so that no other child holds its pipes open.
struct Command {
    /// What a command left.
    struct Outcome {
        let status: Int32
        let output: Data
        let errors: Data

        var outputText: String { String(decoding: output, as: UTF8.self) }
        var errorText: String { String(decoding: errors, as: UTF8.self) }
        /// Standard output and error together, for commands that are not consistent about where they say what.
        var text: String { outputText + errorText }
    }

    /// Runs a command.
    ///
    /// - Parameters:
    ///   - arguments: The program, searched in the path, and its arguments.
    ///   - input: What it reads on its standard input, which then ends.
    ///   - seconds: After which it is killed.
    static func run(_ arguments: [String], input: Data = Data(), seconds: Int = 30) async throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["input", "output", "errors"].map { folder.appending(path: $0) }
        try input.write(to: files[0])
        try Data().write(to: files[1])
        try Data().write(to: files[2])
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["timeout", "\(seconds)"] + arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return Outcome(status: status, output: try Data(contentsOf: files[1]), errors: try Data(contentsOf: files[2]))
    }

    /// Runs a line of shell.
    static func shell(_ line: String, seconds: Int = 30) async throws -> Outcome {
        try await run(["sh", "-c", line], seconds: seconds)
    }
}
