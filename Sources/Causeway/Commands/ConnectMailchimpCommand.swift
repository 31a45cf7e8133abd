import ArgumentParser
import Bridge
import Foundation
import HTTPCalls
import Mailchimp
import Reconciliation
import Store

/// Connects one audience of a Mailchimp account, by API key or by an OAuth 2 authorisation.
///
/// `--json`: one document `{"account","accountID","organisation"}`.
struct ConnectMailchimpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailchimp",
        abstract: "Connect one audience of a Mailchimp account.",
        discussion: """
            With --api-key-file, or with --client-id, --client-secret-file and --redirect-url: the address to open in a
            browser is printed, and the address to which the browser is sent back (or its code) is read from standard
            input. A campaign becomes a tag in the audience.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(name: .customLong("api-key-file"), help: "A file that holds the API key.")
    var apiKeyFile: String?

    @Option(name: .customLong("client-id"), help: "The client id of the registered application.")
    var clientID: String?

    @Option(name: .customLong("client-secret-file"), help: "A file that holds the application's client secret.")
    var clientSecretFile: String?

    @Option(name: .customLong("redirect-url"), help: "The redirect address that the application is registered with.")
    var redirectURL: String?

    @Option(help: "The audience's id (Audience, Settings, Audience name and defaults).")
    var audience: String

    @Option(name: .customLong("api-url"), help: "The base of the API, with /3.0; the key's data centre otherwise.")
    var apiURL: String?

    @Option(name: .customLong("auth-url"), help: "The base of /authorize, /token and /metadata.")
    var authURL: String?

    @Option(help: "The account's name.")
    var name = "mailchimp"

    @Option(name: .customLong("poll-interval"), help: "How often changes are read: 500ms, 30s, 15m.")
    var pollInterval = DurationText(milliseconds: 60_000)

    @Option(name: .customLong("per-second"), help: "Requests per second.")
    var perSecond: Double?

    @Option(help: "Requests at the same time; Mailchimp allows ten to one user, whatever programs share them.")
    var concurrency: Int?

    func validate() throws {
        try AccountCheck.name(name)
        try AccountCheck.positive(perSecond, "--per-second")
        if let concurrency, !(1...10).contains(concurrency) { throw ValidationError("--concurrency takes 1 to 10") }
        if audience.isEmpty { throw ValidationError("--audience takes the audience's id") }
        let isAuthorised = clientID != nil || clientSecretFile != nil || redirectURL != nil
        if isAuthorised == (apiKeyFile != nil) {
            throw ValidationError("give --api-key-file, or --client-id, --client-secret-file and --redirect-url")
        }
        if isAuthorised, clientID == nil || clientSecretFile == nil || redirectURL == nil {
            throw ValidationError("--client-id, --client-secret-file and --redirect-url go together")
        }
    }

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let http = try wiring.makeHTTPClients()
        do { try await connect(wiring, http: http) } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func connect(_ wiring: Wiring, http: Wiring.HTTPClients) async throws {
        let account = AccountID(name)
        let known = try await wiring.store.database.read { connection in
            try AccountCheck.conflict(
                account,
                kind: MailchimpAccountSettings.kind,
                role: .provider,
                in: connection
            )
            return try Accounts.find(account, on: connection)
        }
        let (credential, endpoint) = try await credential(http)
        let settings = MailchimpAccountSettings(
            apiURL: apiURL ?? endpoint,
            audience: audience,
            perSecond: perSecond,
            concurrency: concurrency
        )
        let client = try await wiring.makeMailchimp(account, settings, credential: credential, http: http)
        let identity = try await client.identify()
        if let pinned = known?.pinnedID, pinned != identity.accountID {
            throw Failure(
                "\(name) is the audience “\(known?.pinnedName ?? pinned)”, but these credentials and --audience lead to "
                    + "“\(identity.organisation)”; give the other audience another --name"
            )
        }
        try await client.prepare()
        try await store(account, settings, credential, identity, wiring)
        try await wiring.configurationChanged()
        if options.json {
            try JSONOutput.print(
                Answer(account: name, accountID: identity.accountID, organisation: identity.organisation)
            )
        } else {
            Console.line("\(name): connected to “\(identity.organisation)” (\(identity.accountID))")
            Console.line(
                "Opt-outs are read every \(pollInterval). To have them told at once: causeway webhooks register \(name)"
            )
        }
    }

    /// The credential, and the API's address where the sign-in told it.
    private func credential(_ http: Wiring.HTTPClients) async throws -> (MailchimpCredential, String?) {
        if let apiKeyFile { return (.apiKey(try SecretFile.read(apiKeyFile, holding: "the API key")), nil) }
        guard let clientID, let clientSecretFile, let redirectURL else {
            throw ValidationError("give --api-key-file, or the application's id, secret and redirect address")
        }
        let authorisation = try MailchimpAuthorisation(
            login: try authURL.map { try ServiceAddress($0) },
            clientID: clientID,
            clientSecret: try SecretFile.read(clientSecretFile, holding: "the client secret"),
            redirect: redirectURL,
            http: http.providers
        )
        let state = UUID().uuidString
        Console.error(
            "Open this address in a browser and allow the access:\n\n  \(authorisation.address(state: state))\n"
        )
        Console.error("Then give the address to which the browser was sent, or its code:")
        guard let line = readLine()?.trimmingCharacters(in: .whitespaces), !line.isEmpty else {
            throw Failure("no code was given; nothing was connected")
        }
        let grant = try await authorisation.exchange(code: try Self.code(in: line, state: state))
        return (.accessToken(grant.token), "\(grant.api)")
    }

    /// The code in what was pasted: the address with `code` and `state`, or the code alone.
    private static func code(in line: String, state: String) throws -> String {
        guard let items = URLComponents(string: line)?.queryItems, !items.isEmpty else { return line }
        if let problem = items.first(where: { $0.name == "error" })?.value {
            throw Failure("Mailchimp did not allow the access: \(problem)")
        }
        guard items.first(where: { $0.name == "state" })?.value == state else {
            throw Failure("the address belongs to another attempt; open the one that was just printed")
        }
        guard let code = items.first(where: { $0.name == "code" })?.value else {
            throw Failure("the address carries no code; give it whole")
        }
        return code
    }

    private func store(
        _ account: AccountID,
        _ settings: MailchimpAccountSettings,
        _ credential: MailchimpCredential,
        _ identity: ProviderIdentity,
        _ wiring: Wiring
    ) async throws {
        let (sealer, now) = (wiring.store.sealer, wiring.clock.now)
        let stored = Account(
            name: account,
            role: .provider,
            kind: MailchimpAccountSettings.kind,
            settings: try AccountSettingsText.encode(settings),
            pinnedID: identity.accountID,
            pinnedName: identity.organisation,
            pollIntervalMilliseconds: pollInterval.milliseconds,
            createdAt: now
        )
        let (secret, name, other) =
            switch credential {
            case .apiKey(let key): (key, MailchimpAccountSettings.apiKey, MailchimpAccountSettings.accessToken)
            case .accessToken(let token): (token, MailchimpAccountSettings.accessToken, MailchimpAccountSettings.apiKey)
            }
        try await wiring.store.database.write { connection in
            _ = try Accounts.connect(stored, on: connection)
            try AccountSecrets.set(secret, named: name, account: account, sealer: sealer, on: connection)
            try AccountSecrets.remove(named: other, account: account, on: connection)
            try Accounts.answered(account, at: now, on: connection)
        }
    }

    private struct Answer: Encodable {
        var account: String
        var accountID: String
        var organisation: String
    }
}
