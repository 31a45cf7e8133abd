import ArgumentParser
import Bridge
import ConstantContact
import Foundation
import Reconciliation
import Store

/// Connects a Constant Contact account by a refresh token.
struct ConnectConstantContactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "constant-contact",
        abstract: "Connect a Constant Contact account by client id, client secret and refresh token."
    )

    @OptionGroup var options: GlobalOptions

    @Option(name: .customLong("client-id"), help: "The client id (API key) of the application.")
    var clientID: String

    @Option(name: .customLong("client-secret-file"), help: "A file that holds the client secret.")
    var clientSecretFile: String

    @Option(name: .customLong("refresh-token-file"), help: "A file that holds the refresh token.")
    var refreshTokenFile: String

    @Option(name: .customLong("api-url"), help: "The base of the API, with /v3.")
    var apiURL = ConstantContactAccountSettings.apiURL

    @Option(name: .customLong("auth-url"), help: "The base of /token and /authorize.")
    var authURL = ConstantContactAccountSettings.authURL

    @Option(help: "The account's name.")
    var name = "constant-contact"

    @Option(name: .customLong("poll-interval"), help: "How often opt-outs are read: 500ms, 30s, 15m.")
    var pollInterval = DurationText(milliseconds: 60_000)

    @Option(name: .customLong("daily-limit"), help: "Requests a day that the API key may make.")
    var dailyLimit: Int?

    @Option(name: .customLong("per-second"), help: "Requests per second.")
    var perSecond: Double?

    func validate() throws {
        try AccountCheck.name(name)
        try AccountCheck.positive(perSecond, "--per-second")
        try AccountCheck.positive(dailyLimit.map(Double.init), "--daily-limit")
        if clientID.isEmpty { throw ValidationError("--client-id takes the application's API key") }
    }

    func run() async throws {
        let secret = try SecretFile.read(clientSecretFile, holding: "the client secret")
        let refreshToken = try SecretFile.read(refreshTokenFile, holding: "the refresh token")
        let wiring = try await Wiring.open(options, makesMissing: true)
        let http = try wiring.makeHTTPClients()
        do { try await connect(wiring, secret: secret, refreshToken: refreshToken, http: http) } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func connect(
        _ wiring: Wiring,
        secret: String,
        refreshToken: String,
        http: Wiring.HTTPClients
    ) async throws {
        let account = AccountID(name)
        let settings = ConstantContactAccountSettings(
            apiURL: apiURL,
            authURL: authURL,
            clientID: clientID,
            dailyLimit: dailyLimit,
            perSecond: perSecond
        )
        let (sealer, now) = (wiring.store.sealer, wiring.clock.now)
        let known = try await wiring.store.database.read { connection in
            try AccountCheck.conflict(
                account,
                kind: ConstantContactAccountSettings.kind,
                role: .provider,
                in: connection
            )
            return try Accounts.find(account, on: connection)
        }
        // A rotating token is spent by the trial call: what the trial gets is kept by the vault before it is used.
        let vault = ConnectVault(refreshToken: refreshToken)
        let client = try await wiring.makeConstantContact(
            account,
            settings,
            clientSecret: secret,
            vault: vault,
            http: http
        )
        let identity = try await client.identify()
        if let pinned = known?.pinnedID, pinned != identity.accountID {
            throw Failure(
                "\(name) is the account “\(known?.pinnedName ?? pinned)”, but these credentials lead to "
                    + "“\(identity.organisation)”; give the other account another --name"
            )
        }
        let stored = Account(
            name: account,
            role: .provider,
            kind: ConstantContactAccountSettings.kind,
            settings: try AccountSettingsText.encode(settings),
            pinnedID: identity.accountID,
            pinnedName: identity.organisation,
            pollIntervalMilliseconds: pollInterval.milliseconds,
            createdAt: now
        )
        let tokens = try await vault.tokens()
        try await wiring.store.database.write { connection in
            _ = try Accounts.connect(stored, on: connection)
            try AccountSecrets.set(
                secret,
                named: ConstantContactAccountSettings.clientSecret,
                account: account,
                sealer: sealer,
                on: connection
            )
            try Tokens.authorise(
                TokenSet(
                    refreshToken: tokens.refreshToken,
                    accessToken: tokens.accessToken,
                    expiresAt: tokens.expiresAt,
                    refreshStartedAt: nil,
                    generation: 0
                ),
                account: account,
                sealer: sealer,
                on: connection
            )
            try Accounts.answered(account, at: now, on: connection)
            _ = try WebhookSecrets.currentOrCreate(account: account, now: now, sealer: sealer, on: connection)
        }
        try await wiring.configurationChanged()
        if options.json {
            try JSONOutput.print(
                Answer(account: name, accountID: identity.accountID, organisation: identity.organisation)
            )
        } else {
            Console.line("\(name): connected to “\(identity.organisation)” (\(identity.accountID))")
        }
    }

    private struct Answer: Encodable {
        var account: String
        var accountID: String
        var organisation: String
    }
}

/// Holds the tokens of a trial call until the account is stored.
actor ConnectVault: TokenVault {
    private var set: TokenSet

    init(refreshToken: String) {
        set = TokenSet(refreshToken: refreshToken)
    }

    func tokens() async throws -> TokenSet { set }

    func withRefreshLease(
        _ body: @Sendable (TokenSet) async throws -> TokenSet?
    ) async throws -> TokenSet {
        if var new = try await body(set) {
            new.generation = set.generation + 1
            set = new
        }
        return set
    }

    func refreshStarted(at moment: Timestamp) async throws {
        set.refreshStartedAt = moment
    }
}
