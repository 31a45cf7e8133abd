import Foundation
import Reconciliation
import Sandbox
import Store
import Synchronization
import Testing

/// A Causeway of a test's own: a data directory, certificates, both simulated services, and the programs that run on it.
///
/// Everything ends with the body of `run`, its programs first.
final class Installation: Sendable {
    /// How the accounts are connected.
    struct Pace: Sendable {
        var pollInterval = "500ms"
        var linkInterval = "1s"
    }

    static let account = "constant-contact"
    static let master = "All Workbooks Contacts"

    let folder: TemporaryFolder
    let certificates: Certificates
    let world: SandboxWorld
    let pace: Pace
    private let children = Mutex<[ChildProcess]>([])

    private init(folder: TemporaryFolder, certificates: Certificates, world: SandboxWorld, pace: Pace) {
        self.folder = folder
        self.certificates = certificates
        self.world = world
        self.pace = pace
    }

    /// Sets an installation up, runs a body with it and takes it down, whatever the body did.
    ///
    /// - Parameters:
    ///   - members: how many members each campaign has.
    ///   - campaigns: how many campaigns there are.
    ///   - pace: how often accounts and links are looked at.
    ///   - configure: changes the simulated services.
    static func run(
        members: Int,
        campaigns: Int = 1,
        pace: Pace = Pace(),
        configure: (inout SandboxOptions) -> Void = { _ in },
        _ body: (Installation) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let certificates = try await Certificates(in: folder)
        var options = SandboxOptions()
        options.members = members
        options.campaigns = campaigns
        options.exchangeLogPath = folder.file("exchanges.ndjson")
        options.constantContact.requestsPerSecond = nil
        options.constantContact.tokenRequestsPerSecond = nil
        options.constantContact.requestsPerDay = nil
        configure(&options)
        let world = try await SandboxWorld.start(options)
        let installation = Installation(folder: folder, certificates: certificates, world: world, pace: pace)
        do {
            try await body(installation)
        } catch {
            Issue.record(error, "\(installation.lastWords)")
        }
        try await installation.endChildren()
        await world.stop()
    }

    var crm: Peer { Peer(server: world.workbooks) }
    var provider: Peer { Peer(server: world.constantContact) }
    var dataDirectory: String { folder.file("data") }

    /// The settings that every program gets.
    var environment: [String: String?] {
        [
            "CAUSEWAY_DATA": dataDirectory,
            "CAUSEWAY_LISTEN": "127.0.0.1:0",
            // The simulated service shows at once what it has done.
            "CAUSEWAY_SYNC_CONFIRM_SECONDS": "3",
            "CAUSEWAY_TLS_CERTIFICATE": certificates.certificate,
            "CAUSEWAY_TLS_KEY": certificates.key,
        ]
    }

    /// Runs a command of the command line to its end.
    func causeway(
        _ arguments: [String],
        environment more: [String: String?] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Program.Outcome {
        try await Program.run(
            [Program.causeway] + arguments,
            environment: environment.merging(more) { _, given in given },
            within: limit
        )
    }

    /// Runs a command that the test depends on.
    @discardableResult
    func succeed(_ arguments: String...) async throws -> Program.Outcome {
        let outcome = try await causeway(arguments)
        guard outcome.status == 0 else {
            throw CommandFailed(command: arguments.joined(separator: " "), outcome: outcome)
        }
        return outcome
    }

    /// Connects both services.
    func connect() async throws {
        let description = world.description
        let crm = description["workbooks"], provider = description["constantContact"]
        let key = try folder.write(crm?["apiKey"]?.stringValue ?? "", to: "api-key")
        try await succeed(
            "connect",
            "workbooks",
            "--url",
            crm?["url"]?.stringValue ?? "",
            "--api-key-file",
            key,
            "--poll-interval",
            pace.pollInterval,
            "--per-second",
            "1000"
        )
        let outcome = try await connectProvider(refreshToken: provider?["refreshToken"]?.stringValue ?? "")
        guard outcome.status == 0 else { throw CommandFailed(command: "connect constant-contact", outcome: outcome) }
    }

    /// Connects Constant Contact with a refresh token.
    func connectProvider(refreshToken: String) async throws -> Program.Outcome {
        let provider = world.description["constantContact"]
        let secret = try folder.write(provider?["clientSecret"]?.stringValue ?? "", to: "client-secret")
        let token = try folder.write(refreshToken, to: "refresh-token")
        return try await causeway([
            "connect", "constant-contact", "--client-id", provider?["clientId"]?.stringValue ?? "",
            "--client-secret-file", secret, "--refresh-token-file", token, "--api-url",
            provider?["apiUrl"]?.stringValue ?? "", "--auth-url", provider?["authUrl"]?.stringValue ?? "",
            "--poll-interval", pace.pollInterval, "--per-second", "1000", "--daily-limit", "1000000",
        ])
    }

    /// A seeded campaign.
    func campaign(_ index: Int = 0) -> WorkbooksSeedSummary.Campaign { world.seeded.campaigns[index] }

    /// Links a seeded campaign under its public name.
    func link(_ index: Int = 0) async throws {
        try await succeed(
            "link",
            campaign(index).reference,
            "--to",
            Self.account,
            "--interval",
            pace.linkInterval,
            "--yes"
        )
    }

    /// Connects both services and links every campaign.
    func connectAndLink() async throws {
        try await connect()
        for index in world.seeded.campaigns.indices { try await link(index) }
    }

    /// Starts `serve` and waits until it listens.
    func serve(environment more: [String: String?] = [:]) async throws -> Serving {
        let child = try startServing(environment: more)
        return try await Serving(child: child, certificates: certificates, folder: folder)
    }

    /// Starts `serve` and waits for nothing.
    func startServing(environment more: [String: String?] = [:]) throws -> ChildProcess {
        let number = children.withLock { $0.count }
        let child = try ChildProcess(
            [Program.causeway, "serve"],
            environment: environment.merging(more) { _, given in given },
            folder: folder.url,
            name: "serve-\(number)"
        )
        children.withLock { $0.append(child) }
        return child
    }

    /// Signs deliveries for an account.
    func relay(for account: String = Installation.account) async throws -> Relay {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let secret = try await withStore { store in
            let sealer = store.sealer
            return try await store.database.read {
                try WebhookSecrets.valid(account: AccountID(account), now: now, sealer: sealer, on: $0).first
            }
        }
        return Relay(secret: try #require(secret), account: account, folder: folder)
    }

    /// What `causeway status --json` says.
    func status() async throws -> SandboxJSON {
        let outcome = try await causeway(["status", "--json"])
        guard outcome.status == 0 else { throw CommandFailed(command: "status", outcome: outcome) }
        return try #require(SandboxJSON(parsing: Array(outcome.output.utf8)))
    }

    /// What an account's state is said to be.
    func accountState(_ name: String = Installation.account) async throws -> String? {
        try await status()["accounts"]?.arrayValue?.first { $0["name"]?.stringValue == name }?["state"]?.stringValue
    }

    /// Waits until nothing is left to decide or under way.
    func waitForQuiet(within limit: Duration = .seconds(60)) async throws {
        try await wait(for: "quiet", within: limit, every: .milliseconds(150)) {
            let status = try await status()
            return status["dirty"]?.intValue == 0 && status["underWay"]?.intValue == 0
                && status["inbox"]?["waiting"]?.intValue == 0
        }
    }

    /// Waits until a campaign's list holds exactly these addresses.
    func waitForList(_ index: Int = 0, of wanted: Set<String>, within limit: Duration = .seconds(60)) async throws {
        try await waitForList(campaign(index).publicName, of: wanted, within: limit)
    }

    /// Waits until a list holds exactly these addresses.
    func waitForList(_ name: String, of wanted: Set<String>, within limit: Duration = .seconds(60)) async throws {
        var held: Set<String>? = []
        do {
            try await wait(for: "agreement on the list", within: limit, every: .milliseconds(100)) {
                held = try await ProviderState.members(ofList: name, provider)
                return held == wanted
            }
        } catch {
            let missing = wanted.subtracting(held ?? []).sorted(), extra = (held ?? []).subtracting(wanted).sorted()
            throw TimedOut(
                description: "\(error); “\(name)” lacks \(missing.count), as \(missing.prefix(5)), "
                    + "and has \(extra.count) too many, as \(extra.prefix(5))"
            )
        }
    }

    /// Waits until a campaign's list is what the oracle says.
    ///
    /// - Returns: the addresses on it.
    @discardableResult
    func waitForFirstSync(_ index: Int = 0, within limit: Duration = .seconds(60)) async throws -> Set<String> {
        let wanted = try await CampaignOracle.read(crm).list(of: campaign(index).id)
        try await waitForList(index, of: wanted, within: limit)
        return wanted
    }

    /// Every exchange with the services so far.
    func exchanges() throws -> [Exchange] { try Exchange.read(folder.file("exchanges.ndjson")) }

    private func endChildren() async throws {
        for child in children.withLock({ $0 }) { try await child.killNow() }
    }

    /// The end of each program's log, for the message of a failure.
    private var lastWords: String {
        children.withLock { $0 }.suffix(2).map { child in
            "serve, ended \(child.ending.map { "\($0)" } ?? "not"):\n" + child.errorText.suffix(3_000)
        }.joined(separator: "\n")
    }
}
