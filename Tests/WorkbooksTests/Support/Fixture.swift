import AsyncHTTPClient
import Bridge
import Logging
import Reconciliation
import Testing
import Workbooks

/// A client of some server, with the clock and the gate that it uses.
struct Fixture: Sendable {
    static let key = "01234-56789-abcde-f0123-45678-9abcd-ef012-34567"

    let client: WorkbooksClient
    let clock: TestClock
    let gate: RecordingGate

    /// Runs `body` with a client of the server at `url`.
    static func with<Value>(
        url: String,
        key: String = Fixture.key,
        clock: TestClock = TestClock(),
        mapped: [RecordKind: [String]] = [:],
        requestTimeout: Duration = .seconds(20),
        delayBudget: Duration = .seconds(300),
        publicNameField: String? = nil,
        _ body: (Fixture) async throws -> Value
    ) async throws -> Value {
        let gate = RecordingGate()
        let http = HTTPClient(
            configuration: WorkbooksConfiguration.httpClient(
                connectTimeout: .seconds(2),
                requestTimeout: requestTimeout
            )
        )
        do {
            let client = try WorkbooksClient(
                url: url,
                apiKey: key,
                http: http,
                gate: gate,
                clock: clock,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                mappedAttributes: mapped,
                configuration: WorkbooksConfiguration(
                    requestTimeout: requestTimeout,
                    delayBudget: delayBudget,
                    publicNameField: publicNameField,
                    jitter: { 0.5 }
                )
            )
            let value = try await body(Fixture(client: client, clock: clock, gate: gate))
            try await http.shutdown()
            return value
        } catch {
            try await http.shutdown()
            throw error
        }
    }

    /// Runs `body` with a client of a server that answers by a script.
    static func canned<Value>(
        clock: TestClock = TestClock(),
        mapped: [RecordKind: [String]] = [:],
        requestTimeout: Duration = .seconds(20),
        delayBudget: Duration = .seconds(300),
        _ script: @escaping CannedServer.Script,
        _ body: (Fixture, CannedServer) async throws -> Value
    ) async throws -> Value {
        try await CannedServer.with(script) { server in
            try await with(
                url: server.url,
                clock: clock,
                mapped: mapped,
                requestTimeout: requestTimeout,
                delayBudget: delayBudget
            ) { try await body($0, server) }
        }
    }
}

/// The error that an operation ends with.
func portError<Value>(_ operation: () async throws -> Value) async throws -> PortError {
    try await #require(throws: PortError.self) { _ = try await operation() }
}
