import ArgumentParser
import Bridge
import Foundation
import Reconciliation
import Store
import Workbooks

/// Connects a Workbooks database by API key.
struct ConnectWorkbooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workbooks",
        abstract: "Connect a Workbooks database by API key."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "The base address, such as https://secure.workbooks.com.")
    var url: String

    @Option(name: .customLong("api-key-file"), help: "A file that holds the API key.")
    var apiKeyFile: String

    @Option(help: "The account's name.")
    var name = "workbooks"

    @Option(name: .customLong("poll-interval"), help: "How often it is read: 500ms, 30s, 15m.")
    var pollInterval = DurationText(milliseconds: 60_000)

    @Option(name: .customLong("per-second"), help: "Requests per second at most; the pace adapts below it.")
    var perSecond: Double?

    func validate() throws {
        try AccountCheck.name(name)
        try AccountCheck.positive(perSecond, "--per-second")
    }

    func run() async throws {
        let apiKey = try SecretFile.read(apiKeyFile, holding: "the API key")
        let wiring = try await Wiring.open(options, makesMissing: true)
        let http = try wiring.makeHTTPClients()
        do { try await connect(wiring, apiKey: apiKey, http: http) } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func connect(_ wiring: Wiring, apiKey: String, http: Wiring.HTTPClients) async throws {
        let account = AccountID(name)
        try await wiring.store.database.read {
            try AccountCheck.conflict(account, kind: WorkbooksAccountSettings.kind, role: .crm, in: $0)
        }
        var settings = WorkbooksAccountSettings(url: url, perSecond: perSecond)
        let client = try await wiring.makeWorkbooks(account, settings, apiKey: apiKey, http: http)
        let identity = try await client.identify()
        settings.userID = identity.userID
        let (sealer, now) = (wiring.store.sealer, wiring.clock.now)
        let stored = Account(
            name: account,
            role: .crm,
            kind: WorkbooksAccountSettings.kind,
            settings: try AccountSettingsText.encode(settings),
            pinnedID: identity.databaseID,
            pinnedName: identity.databaseName,
            pollIntervalMilliseconds: pollInterval.milliseconds,
            createdAt: now
        )
        try await wiring.store.database.write { connection in
            _ = try Accounts.connect(stored, on: connection)
            try AccountSecrets.set(
                apiKey,
                named: WorkbooksAccountSettings.apiKey,
                account: account,
                sealer: sealer,
                on: connection
            )
            try Accounts.answered(account, at: now, on: connection)
            _ = try WebhookSecrets.currentOrCreate(account: account, now: now, sealer: sealer, on: connection)
        }
        try await wiring.configurationChanged()
        let campaigns = try await client.campaigns()
        try await wiring.store.database.write { try Campaigns.save(campaigns, in: $0) }
        if options.json {
            try JSONOutput.print(
                Answer(
                    account: name,
                    database: identity.databaseID,
                    name: identity.databaseName,
                    campaigns: campaigns.count
                )
            )
        } else {
            Console.line("\(name): connected to the database “\(identity.databaseName)”, \(campaigns.count) campaigns")
        }
    }

    private struct Answer: Encodable {
        var account: String
        var database: String
        var name: String
        var campaigns: Int
    }
}

/// Secrets that are handed over in files, so that they stay out of the process list and the shell's history.
enum SecretFile {
    static func read(_ path: String, holding what: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure("\(what) cannot be read from \(path)")
        }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty else { throw Failure("the file \(path) should hold \(what), but is empty") }
        return trimmed
    }
}
