import AsyncHTTPClient
import Bridge
import ConstantContact
import Foundation
import HTTPCalls
import Logging
import NIOCore
import NIOSSL
import Reconciliation
import Store
import Synchronization
import Workbooks

/// The one place where parts are wired together: settings and store in, clients and engine out.
struct Wiring: Sendable {
    let settings: CausewaySettings
    let store: Store
    let logger: Logger
    let clock = SystemClock()

    /// Opens the store of the settings' data directory.
    ///
    /// - Parameter makesMissing: whether to make a store where there is none, as `connect` and `serve` do.
    static func open(_ options: GlobalOptions, makesMissing: Bool = false) async throws -> Wiring {
        try await open(try await options.settings(), makesMissing: makesMissing)
    }

    /// Opens the store of the data directory that the settings name.
    ///
    /// - Throws: `StoreError.noStore` where there is none and it is not to be made: most likely its name is mistyped.
    static func open(_ settings: CausewaySettings, makesMissing: Bool = false) async throws -> Wiring {
        let logger = makeLogger(settings)
        let store = try await Store.open(
            dataDirectory: settings.dataDirectory,
            keyFile: settings[.keyFile],
            makesMissing: makesMissing
        )
        return Wiring(settings: settings, store: store, logger: logger)
    }

    static func makeLogger(_ settings: CausewaySettings) -> Logger {
        var logger = Logger(label: "causeway") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: settings[.logLevel] ?? "info") ?? .info
        return logger
    }

    /// The HTTP clients of a process; one for each kind of service, since they are set differently.
    struct HTTPClients: Sendable {
        let workbooks: HTTPClient
        let providers: HTTPClient
        /// The meters of the accounts called, by the key of their quota.
        let meters = Meters()

        /// Closes the clients and returns the calls that were counted ahead and not made.
        func shutdown() async throws {
            for meter in meters.all { try await meter.giveBack() }
            try await workbooks.shutdown()
            try await providers.shutdown()
        }
    }

    func makeHTTPClients() throws -> HTTPClients {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authority = settings[.outboundAuthority] {
            do { tls.additionalTrustRoots = [.file(authority)] }
            guard FileManager.default.isReadableFile(atPath: authority) else {
                throw Failure("outbound.ca: the file \(authority) cannot be read")
            }
        }
        var workbooks = WorkbooksConfiguration.httpClient()
        workbooks.tlsConfiguration = tls
        var providers = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(60))
        )
        providers.tlsConfiguration = tls
        providers.httpVersion = .http1Only
        providers.connectionPool.retryConnectionEstablishment = false
        return HTTPClients(
            workbooks: HTTPClient(eventLoopGroupProvider: .singleton, configuration: workbooks),
            providers: HTTPClient(eventLoopGroupProvider: .singleton, configuration: providers)
        )
    }

    /// The engine of the accounts that are connected now; nil while no CRM is.
    func makeEngine(http: HTTPClients) async throws -> Engine? {
        let (accounts, mappings, version) = try await store.database.read { connection in
            (
                try Accounts.all(on: connection), try Mappings.of(nil, in: connection),
                try ConfigurationVersion.current(in: connection)
            )
        }
        guard let crm = accounts.first(where: { $0.role == .crm }) else { return nil }
        let crmSettings = try AccountSettingsText.decode(WorkbooksAccountSettings.self, from: crm.settings)
        let client = try await makeWorkbooks(
            crm.name,
            crmSettings,
            mapped: mappedAttributes(mappings),
            http: http
        )
        var providers: [AccountID: any EmailProvider] = [:]
        for account in accounts where account.role == .provider {
            providers[account.name] = try await makeProvider(account, http: http)
        }
        var engineSettings = settings.engineSettings(ownUser: crmSettings.userID)
        engineSettings.configurationVersion = version
        for account in accounts { engineSettings.deliveryWindows[account.name] = account.deliveryWindow }
        return Engine(
            store: store,
            crm: client,
            crmAccount: crm.name,
            providers: providers,
            clock: clock,
            settings: engineSettings,
            logger: logger
        )
    }

    func requireEngine(http: HTTPClients) async throws -> Engine {
        guard let engine = try await makeEngine(http: http) else {
            throw Failure("no CRM is connected yet; run causeway connect workbooks")
        }
        return engine
    }

    /// The client of a stored provider account.
    ///
    /// - Throws: `Failure` when this version knows no provider of its kind.
    func makeProvider(_ account: Account, http: HTTPClients) async throws -> any EmailProvider {
        switch account.kind {
        case ConstantContactAccountSettings.kind:
            let settings = try AccountSettingsText.decode(ConstantContactAccountSettings.self, from: account.settings)
            return try await makeConstantContact(account.name, settings, http: http)
        case MailchimpAccountSettings.kind:
            let settings = try AccountSettingsText.decode(MailchimpAccountSettings.self, from: account.settings)
            return try await makeMailchimp(account.name, settings, http: http)
        default:
            throw Failure("\(account.name) is an account of “\(account.kind)”, which this version does not know")
        }
    }

    private func mappedAttributes(_ rows: [Mappings.Row]) -> [RecordKind: [String]] {
        var mapped: [RecordKind: Set<String>] = [:]
        for row in rows {
            for kind in RecordKind.allCases where row.mapping.only == nil || row.mapping.only == kind {
                mapped[kind, default: []].insert(row.mapping.attribute)
            }
        }
        return mapped.mapValues { $0.sorted() }
    }

    func makeWorkbooks(
        _ name: AccountID,
        _ account: WorkbooksAccountSettings,
        apiKey given: String? = nil,
        mapped: [RecordKind: [String]] = [:],
        http: HTTPClients
    ) async throws -> WorkbooksClient {
        let apiKey: String
        if let given {
            apiKey = given
        } else {
            let sealer = store.sealer
            let stored = try await store.database.read {
                try AccountSecrets.secret(
                    named: WorkbooksAccountSettings.apiKey,
                    account: name,
                    sealer: sealer,
                    on: $0
                )
            }
            guard let stored else {
                throw Failure("\(name) has no API key stored; run causeway connect workbooks again")
            }
            apiKey = stored
        }
        let rate = account.perSecond ?? 20
        let gate = AccountGate(
            limits: .init(
                requestsPerSecond: rate,
                startingRate: account.perSecond ?? 2,
                concurrency: 5
            ),
            clock: clock
        )
        return try WorkbooksClient(
            url: account.url,
            apiKey: apiKey,
            http: http.workbooks,
            gate: gate,
            clock: clock,
            logger: logger,
            mappedAttributes: mapped,
            configuration: WorkbooksConfiguration(publicNameField: settings[.publicNameField])
        )
    }

    func makeConstantContact(
        _ name: AccountID,
        _ account: ConstantContactAccountSettings,
        clientSecret given: String? = nil,
        vault: (any TokenVault)? = nil,
        http: HTTPClients
    ) async throws -> ConstantContactClient {
        let secret: String
        if let given {
            secret = given
        } else {
            let sealer = store.sealer
            let stored = try await store.database.read {
                try AccountSecrets.secret(
                    named: ConstantContactAccountSettings.clientSecret,
                    account: name,
                    sealer: sealer,
                    on: $0
                )
            }
            guard let stored else {
                throw Failure("\(name) has no client secret stored; run causeway connect constant-contact again")
            }
            secret = stored
        }
        let clientSettings = ConstantContactSettings(
            api: try ServiceAddress(account.apiURL),
            authorisation: try ServiceAddress(account.authURL),
            clientID: account.clientID,
            clientSecret: secret,
            dailyLimit: account.dailyLimit ?? 10_000,
            requestsPerSecond: account.perSecond ?? 3
        )
        let limit = Int64(account.dailyLimit ?? 10_000)
        // The quota belongs to the API key, whichever accounts share it (constant-contact.md §4).
        let key = "constant-contact:\(account.clientID)"
        let meter = http.meters.meter(key) {
            BudgetMeter(database: store.database, key: key, plan: BudgetPlan(sharing: limit))
        }
        let gate = AccountGate(
            limits: .init(requestsPerSecond: account.perSecond ?? 3, concurrency: 4),
            clock: clock,
            meter: meter
        )
        return ConstantContactClient(
            clientSettings,
            vault: vault ?? StoreTokenVault(store: store, account: name),
            http: http.providers,
            gate: gate,
            clock: clock,
            logger: logger
        )
    }

    /// Tells a running engine that accounts or mappings changed.
    func configurationChanged() async throws {
        let now = clock.now
        try await store.database.write { _ = try ConfigurationVersion.advance(at: now, in: $0) }
    }
}

/// The meters of one process, one for each quota: several accounts can share one.
final class Meters: Sendable {
    private let meters = Mutex<[String: BudgetMeter]>([:])

    var all: [BudgetMeter] { meters.withLock { Array($0.values) } }

    func meter(_ key: String, make: () -> BudgetMeter) -> BudgetMeter {
        meters.withLock { meters in
            if let meter = meters[key] { return meter }
            let meter = make()
            meters[key] = meter
            return meter
        }
    }
}
