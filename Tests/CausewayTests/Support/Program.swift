import Foundation

/// Programs that are run to their end.
enum Program {
    /// What a program left.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String

        /// Standard output and error, for messages.
        var text: String { output + errors }
    }

    /// The causeway executable that was built with these tests: it lies beside the test bundle.
    static let causeway: String = {
        let bundles = [Bundle.main.executablePath].compactMap { $0 } + CommandLine.arguments
        for bundle in bundles {
            var folder = URL(filePath: bundle).resolvingSymlinksInPath()
            while folder.pathComponents.count > 1 {
                folder.deleteLastPathComponent()
                let candidate = folder.appending(path: "causeway").path(percentEncoded: false)
                if FileManager.default.isExecutableFile(atPath: candidate), !isFolder(candidate) { return candidate }
            }
        }
        return "causeway"
    }()

    /// The repository's root.
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs a program to its end.
    static func run(
        _ arguments: [String],
        environment: [String: String?] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Outcome {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let child = try ChildProcess(arguments, environment: environment, folder: folder.url, name: "program")
        let ending = try await child.waitForEnd(within: limit)
        return Outcome(status: ending.status, output: child.outputText, errors: child.errorText)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

/// A folder of a test's own.
struct TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "causeway-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    var path: String { url.path(percentEncoded: false) }

    func file(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }

    /// Writes a file and gives its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: file(name), atomically: true, encoding: .utf8)
        return file(name)
    }

    func remove() {
        try? FileManager.default.removeItem(at: url)
    }
}
