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
    /// The time that all services live by.
    package let clock: SandboxClock
    /// Workbooks on its socket.
    package let workbooks: SandboxServer
    /// Constant Contact on its socket.
    package let constantContact: SandboxServer
    /// Mailchimp on its socket.
    package let mailchimp: SandboxServer
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
        let services: [any SandboxService] = [
            crm, ConstantContactSandbox(clock: clock, options: options.constantContact),
            MailchimpSandbox(clock: clock, options: options.mailchimp),
        ]
        var servers: [SandboxServer] = []
        do {
            for (index, service) in services.enumerated() {
                let port = options.portBase == 0 ? 0 : options.portBase + index
                servers.append(try await SandboxServer.start(service, clock: clock, port: port, log: log))
            }
        } catch {
            for server in servers { await server.stop() }
            throw error
        }
        return SandboxWorld(
            clock: clock,
            workbooks: servers[0],
            constantContact: servers[1],
            mailchimp: servers[2],
            seeded: seeded,
            options: options
        )
    }

    /// Stops listening and closes every connection.
    package func stop() async {
        await workbooks.stop()
        await constantContact.stop()
        await mailchimp.stop()
    }

    /// Waits until all services have stopped.
    ///
    /// - Throws: when a listening socket failed.
    package func waitUntilStopped() async throws {
        try await workbooks.waitUntilStopped()
        try await constantContact.waitUntilStopped()
        try await mailchimp.waitUntilStopped()
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
            "mailchimp": [
                "apiUrl": .string(mailchimp.baseURL + "/3.0"),
                "apiKey": .string(options.mailchimp.apiKey),
                "audience": .string(options.mailchimp.audienceID),
                "authUrl": .string(mailchimp.baseURL + "/oauth2"),
                "clientId": .string(options.mailchimp.clientID),
                "clientSecret": .string(options.mailchimp.clientSecret),
                "control": .string(mailchimp.baseURL + "/_sandbox"),
            ],
        ]
    }
}
