import Foundation
import Sandbox
import Testing

/// A `serve` that listens.
struct Serving: Sendable {
    let child: ChildProcess
    let port: Int
    private let certificates: Certificates

    /// Waits until the program listens.
    ///
    /// - Throws: `CommandFailed` when it ends instead.
    init(child: ChildProcess, certificates: Certificates, folder: TemporaryFolder) async throws {
        var port: Int?
        try await wait(for: "listening serve", within: .seconds(30), every: .milliseconds(10)) {
            if let ending = child.ending {
                let outcome = Program.Outcome(status: ending.status, output: child.outputText, errors: child.errorText)
                throw CommandFailed(command: "serve", outcome: outcome)
            }
            port = Self.port(in: child.errorText)
            return port != nil
        }
        self.child = child
        self.port = try #require(port)
        self.certificates = certificates
    }

    /// The address of a path.
    func url(_ path: String) -> String { "https://127.0.0.1:\(port)\(path)" }

    /// What the server answers to a request by curl.
    func curl(_ arguments: [String] = [], _ path: String) async throws -> HTTPAnswer {
        let outcome = try await Program.run(
            [
                "curl", "--silent", "--show-error", "--max-time", "20", "--cacert", certificates.authority,
                "--write-out", "\n%{http_code} %header{retry-after}",
            ] + arguments + [url(path)])
        return try HTTPAnswer(outcome)
    }

    /// What `/health` answers.
    func health() async throws -> HTTPAnswer { try await curl("/health") }

    private func curl(_ path: String) async throws -> HTTPAnswer { try await curl([], path) }

    /// Reads the port out of the line that says where the server listens.
    private static func port(in log: String) -> Int? {
        guard let line = log.split(separator: "\n").first(where: { $0.hasSuffix("listening") }),
            let address = line.split(separator: " ").first(where: { $0.hasPrefix("address=") })
        else { return nil }
        return address.split(separator: ":").last.flatMap { Int($0) }
    }
}

/// An answer as curl reports it.
struct HTTPAnswer: Sendable {
    var status: Int
    var retryAfter: String
    var body: String

    var json: SandboxJSON? { SandboxJSON(parsing: Array(body.utf8)) }

    /// Reads the output of a curl whose last line is the status and the `Retry-After` header.
    init(_ outcome: Program.Outcome) throws {
        guard outcome.status == 0, let end = outcome.output.lastIndex(of: "\n") else {
            throw CommandFailed(command: "curl", outcome: outcome)
        }
        let parts = outcome.output[outcome.output.index(after: end)...].split(separator: " ", maxSplits: 1)
        status = parts.first.flatMap { Int($0) } ?? 0
        retryAfter = parts.dropFirst().first.map(String.init) ?? ""
        body = String(outcome.output[..<end])
    }
}
