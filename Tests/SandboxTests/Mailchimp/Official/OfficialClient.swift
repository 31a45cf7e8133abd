import Foundation

/// The official Python client of Mailchimp, installed for these tests alone: in a virtual environment in a temporary
/// folder, from PyPI.
struct OfficialClient: Sendable {
    /// The version that the contract was read from (mailchimp.md, Sources: PY).
    static let requirement = "mailchimp-marketing==3.0.80"

    /// The client; nil where there is no Python with `venv`, or no PyPI.
    ///
    /// It is installed once.
    static let shared = Task { await install() }

    private let folder: URL

    /// Runs a program of Python that lies beside this file.
    func run(_ script: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: script).path
        return try await Self.run(python, [path] + arguments)
    }

    /// Takes it away again.
    func remove() throws { try FileManager.default.removeItem(at: folder) }

    private static func install() async -> OfficialClient? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "official-client-\(UUID().uuidString)")
        let client = OfficialClient(folder: folder)
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", requirement]
        do {
            // Debian's own, which the Makefile installs; another where this is not Debian.
            for system in ["/usr/bin/python3", "/usr/local/bin/python3"]
            where FileManager.default.isExecutableFile(atPath: system) {
                guard try await run(system, ["-m", "venv", folder.path]).status == 0 else { continue }
                if try await run(client.python, pip).status == 0 { return client }
            }
        } catch {
            // A program that cannot be started is one that is not there.
        }
        try? client.remove()
        return nil
    }

    private var python: String { folder.appending(path: "bin/python").path }

    private static func run(_ program: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        let output = FileManager.default.temporaryDirectory.appending(path: "official-client-\(UUID().uuidString).txt")
        try Data().write(to: output)
        defer { try? FileManager.default.removeItem(at: output) }
        let file = try FileHandle(forWritingTo: output)
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = file
        process.standardError = file
        process.standardInput = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        try file.close()
        return (status, try String(contentsOf: output, encoding: .utf8))
    }
}
