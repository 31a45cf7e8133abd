import Foundation
import Sandbox
import Testing

/// A sandbox world and a data directory that the program works on; both go with it.
struct Bench {
    let world: SandboxWorld
    let folder: URL
    let refreshToken: String

    /// Runs a body on a world of its own.
    ///
    /// - Parameter scopes: what the provider lets the program do; nil for everything.
    static func with(members: Int = 20, scopes: [String]? = nil, _ body: (Bench) async throws -> Void) async throws {
        var options = SandboxOptions()
        options.members = members
        options.constantContact.requestsPerSecond = nil
        options.constantContact.tokenRequestsPerSecond = nil
        options.constantContact.requestsPerDay = nil
        if let scopes { options.constantContact.scopes = scopes }
        let refreshToken = options.constantContact.refreshToken
        let world = try await SandboxWorld.start(options)
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let bench = Bench(world: world, folder: folder, refreshToken: refreshToken)
        do { try await body(bench) } catch {
            await bench.end()
            throw error
        }
        await bench.end()
    }

    private func end() async {
        await world.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    var data: String { folder.appending(path: "data").path }

    /// Runs a command on the data directory.
    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> CausewayProgram.Outcome {
        try await run(arguments, environment: environment)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> CausewayProgram.Outcome {
        try await CausewayProgram.run(
            arguments + ["--data", data, "--log-level", "error"],
            environment: environment,
            in: folder
        )
    }

    /// Runs a command that has to succeed and answers its JSON documents.
    @discardableResult
    func json(_ arguments: String..., status: Int32 = 0) async throws -> [SandboxJSON] {
        let outcome = try await run(arguments + ["--json"])
        try #require(outcome.status == status, "\(arguments): \(outcome.errors)\(outcome.output)")
        return outcome.documents
    }

    /// Writes a file into the bench's folder.
    func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appending(path: name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    /// Connects both sides.
    func connect() async throws {
        try await connectWorkbooks()
        try await connectConstantContact()
    }

    func connectWorkbooks() async throws {
        try await json(
            "connect",
            "workbooks",
            "--url",
            try text("workbooks", "url"),
            "--api-key-file",
            try file("key", try text("workbooks", "apiKey")),
            "--per-second",
            "500",
            "--poll-interval",
            "200ms"
        )
    }

    func connectConstantContact() async throws {
        try await json(
            "connect",
            "constant-contact",
            "--client-id",
            try text("constantContact", "clientId"),
            "--client-secret-file",
            try file("secret", try text("constantContact", "clientSecret")),
            "--refresh-token-file",
            try file("token", refreshToken),
            "--api-url",
            try text("constantContact", "apiUrl"),
            "--auth-url",
            try text("constantContact", "authUrl"),
            "--per-second",
            "500",
            "--poll-interval",
            "200ms"
        )
    }

    func connectMailchimp() async throws {
        try await json(
            "connect",
            "mailchimp",
            "--audience",
            try text("mailchimp", "audience"),
            "--api-key-file",
            try file("mailchimp-key", try text("mailchimp", "apiKey")),
            "--api-url",
            try text("mailchimp", "apiUrl"),
            "--per-second",
            "500",
            "--poll-interval",
            "200ms"
        )
    }

    /// Connects Workbooks and the audience, links the first campaign to it and runs a round.
    ///
    /// - Returns: the campaign's reference.
    func linkedToAudience() async throws -> String {
        try await connectWorkbooks()
        try await connectMailchimp()
        let reference = try await campaign()
        try await json("link", reference, "--to", "mailchimp")
        _ = try await run("sync")
        return reference
    }

    /// Connects both sides, links the first campaign and runs a round.
    ///
    /// - Returns: the campaign's reference.
    @discardableResult
    func linked() async throws -> String {
        try await connect()
        let reference = try await campaign()
        try await json("link", reference, "--to", "constant-contact")
        _ = try await run("sync")
        return reference
    }

    /// The reference of the first campaign.
    func campaign() async throws -> String {
        let campaigns = try await json("campaigns")
        return try #require(campaigns.first?["reference"]?.stringValue)
    }

    /// One value of the world's description.
    func text(_ service: String, _ key: String) throws -> String {
        try #require(world.description[service]?[key]?.stringValue)
    }

    /// Calls a control of a service and answers its JSON.
    @discardableResult
    func control(_ service: String, _ path: String, _ body: String? = nil) async throws -> SandboxJSON {
        try await HTTPCall.json(try text(service, "control") + path, body: body)
    }
}
