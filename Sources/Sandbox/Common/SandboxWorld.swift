/// The outside systems together, listening, with one clock: what `causeway sandbox`, the demo and whole-system tests use.
///
/// ```swift
/// var options = SandboxOptions()
/// options.members = 500
/// let world = try await SandboxWorld.start(options)
/// print(world.description.text)
/// try await world.waitUntilStopped()
/// ```
package struct SandboxWorld: Sendable {
    /// The time that both services live by.
    package let clock: SandboxClock
    /// Workbooks on its socket.
    package let workbooks: SandboxServer
    /// Constant Contact on its socket.
    package let constantContact: SandboxServer
    /// What was seeded.
    package let seeded: WorkbooksSeedSummary
    private let options: SandboxOptions

    /// Seeds the services and starts to listen.
    ///
    /// - Throws: when a port is taken or the exchange log cannot be opened; nothing listens then.
    package static func start(
        _ options: SandboxOptions = SandboxOptions(),
        clock: SandboxClock = SandboxClock()
    ) async throws -> SandboxWorld {
        let log = try options.exchangeLogPath.map(ExchangeLog.init(path:))
        let crm = WorkbooksSandbox(clock: clock, options: options.workbooks)
        let seeded =
            options.members > 0
            ? await crm.seed(members: options.members, campaigns: options.campaigns, seed: options.seed)
            : WorkbooksSeedSummary()
        let provider = ConstantContactSandbox(clock: clock, options: options.constantContact)
        let workbooks = try await SandboxServer.start(crm, clock: clock, port: options.portBase, log: log)
        do {
            let port = options.portBase == 0 ? 0 : options.portBase + 1
            let constantContact = try await SandboxServer.start(provider, clock: clock, port: port, log: log)
            return SandboxWorld(
                clock: clock,
                workbooks: workbooks,
                constantContact: constantContact,
                seeded: seeded,
                options: options
            )
        } catch {
            await workbooks.stop()
            throw error
        }
    }

    /// Stops listening and closes every connection.
    package func stop() async {
        await workbooks.stop()
        await constantContact.stop()
    }

    /// Waits until both services have stopped.
    ///
    /// - Throws: when a listening socket failed.
    package func waitUntilStopped() async throws {
        try await workbooks.waitUntilStopped()
        try await constantContact.waitUntilStopped()
    }

    /// The one document that `causeway sandbox` prints: addresses and credentials to pass to `connect`, and the
    /// address under which each service is controlled.
    package var description: SandboxJSON {
        [
            "workbooks": [
                "url": .string(workbooks.baseURL),
                "apiKey": .string(options.workbooks.apiKey),
                "control": .string(workbooks.baseURL + "/_sandbox"),
                "seeded": seeded.json,
            ],
            "constantContact": [
                "apiUrl": .string(constantContact.baseURL + "/v3"),
                "authUrl": .string(constantContact.baseURL + "/oauth2/default/v1"),
                "clientId": .string(options.constantContact.clientID),
                "clientSecret": .string(options.constantContact.clientSecret),
                "refreshToken": .string(options.constantContact.refreshToken),
                "control": .string(constantContact.baseURL + "/_sandbox"),
            ],
        ]
    }
}
