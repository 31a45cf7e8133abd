import Foundation
import Sandbox
import Testing

/// A Workbooks sandbox on a socket, and calls to it in the form that an API-key client sends.
struct WorkbooksWorld {
    let server: SandboxServer
    let clock: SandboxClock
    let summary: WorkbooksSeedSummary

    static let apiKey = WorkbooksOptions().apiKey

    /// Runs a body against a seeded database whose clock stands still.
    ///
    /// What a test asks wrongly on purpose (`misuses`) does not go into the shared exchange log, which is held against
    /// the rules for clients.
    static func run(
        members: Int = 0,
        campaigns: Int = 1,
        options: WorkbooksOptions = WorkbooksOptions(),
        misuses: Bool = false,
        _ body: (WorkbooksWorld) async throws -> Void
    ) async throws {
        let clock = SandboxClock(now: 1_780_000_000, frozen: true)
        let service = WorkbooksSandbox(clock: clock, options: options)
        let summary = await service.seed(members: members, campaigns: campaigns, seed: 7)
        let log = misuses ? nil : try SharedLog.forTests()
        let server = try await SandboxServer.start(service, clock: clock, log: log)
        do {
            try await body(WorkbooksWorld(server: server, clock: clock, summary: summary))
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Encodes parameters as a form.
    static func form(_ parameters: [(String, String)]) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        return parameters.map { name, value in
            [name, value].map { $0.addingPercentEncoding(withAllowedCharacters: allowed) ?? "" }.joined(separator: "=")
        }.joined(separator: "&")
    }

    /// Reads a list, with the parameters in the URL.
    func list(_ path: String, _ parameters: [(String, String)] = []) async throws -> Answer {
        let form = Self.form([("api_key", Self.apiKey), ("client", "api")] + parameters)
        return try await call(
            "GET",
            "\(server.baseURL)/\(path).api?\(form)",
            headers: [("User-Agent", "Tests/1 (gzip)")]
        )
    }

    /// Reads a list and gives its rows.
    func rows(_ path: String, _ parameters: [(String, String)] = []) async throws -> [SandboxJSON] {
        let answer = try await list(path, parameters)
        try #require(answer.status == 200, "\(answer.text)")
        return try #require(answer.json?["data"]?.arrayValue)
    }

    /// Reads a list and gives the ids of its rows.
    func ids(_ path: String, _ parameters: [(String, String)]) async throws -> [Int] {
        try await rows(path, parameters + [("_select_columns[]", "id")]).compactMap { $0["id"]?.intValue }
    }

    /// One row of a batch.
    struct Row {
        var method: String
        var id = 0
        var lockVersion = 0
        var attributes: [String: String] = [:]
    }

    /// Changes a set of records, full square, with a filter that selects the rows.
    func change(
        _ path: String,
        _ rows: [Row],
        selecting: [Int]? = nil,
        options: [(String, String)] = [("_strict_attribute_checking", "1")]
    ) async throws -> Answer {
        var parameters = [("api_key", Self.apiKey), ("client", "api"), ("_method", "PUT"), ("_fm", "or")] + options
        for id in selecting ?? rows.map(\.id) {
            parameters += [("_ff[]", "id"), ("_ft[]", "eq"), ("_fc[]", String(id))]
        }
        let names = Set(rows.flatMap(\.attributes.keys)).sorted()
        for row in rows {
            parameters += [
                ("__method[]", row.method), ("id[]", String(row.id)), ("lock_version[]", String(row.lockVersion)),
            ]
            for name in names { parameters.append(("\(name)[]", row.attributes[name] ?? ":no_value:")) }
        }
        return try await put(path, parameters)
    }

    /// Sends a write with exactly these parameters.
    func put(_ path: String, _ parameters: [(String, String)]) async throws -> Answer {
        try await call(
            "PUT",
            "\(server.baseURL)/\(path).api",
            headers: [("User-Agent", "Tests/1 (gzip)"), ("Content-Type", "application/x-www-form-urlencoded")],
            body: Self.form(parameters)
        )
    }

    /// Creates one record and gives its whole after-image.
    func create(_ path: String, _ attributes: [String: String]) async throws -> SandboxJSON {
        let answer = try await change(path, [Row(method: "POST", attributes: attributes)])
        return try #require(answer.json?["affected_objects"]?.arrayValue?.first, "\(answer.text)")
    }

    /// Uses a control of the sandbox.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
        let answer = try await call(method, "\(server.baseURL)/_sandbox/\(path)", body: body)
        try #require(answer.status < 300, "\(answer.text)")
        return answer
    }
}

/// One exchange log for all tests of a run, where the environment names a file for it.
private enum SharedLog {
    static let log: Result<ExchangeLog?, any Error> = Result {
        try ProcessInfo.processInfo.environment["SANDBOX_EXCHANGE_LOG"].map { try ExchangeLog(path: $0) }
    }

    static func forTests() throws -> ExchangeLog? { try log.get() }
}
