import ArgumentParser
import Bridge
import Hummingbird
import Logging
import NIOCore
import Reconciliation
import ServiceLifecycle
import Store
import TLSListener
import UnixSignals
import Webhooks

/// Runs everything: the TLS listener, the pollers, the pusher and the scheduler.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the listener and the engine until SIGTERM.",
        discussion: "SIGHUP reads the certificates again; they are read again by themselves when their files change."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let wiring = try await Wiring.open(options, makesMissing: true)
        let store = wiring.store
        guard let role = try store.tryLock(RoleName.serve) else {
            throw Failure(
                "another causeway serve works on \(wiring.settings.dataDirectory); stop it, or give another --data"
            )
        }
        defer { withExtendedLifetime(role) {} }
        let certificates = try loadCertificates(wiring)
        let (host, port) = try ListenAddress.parse(wiring.settings[.listen] ?? "", setting: "listen")
        let http = try wiring.makeHTTPClients()
        do {
            try await serve(wiring, certificates: certificates, host: host, port: port, http: http)
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
        store.close()
    }

    private func loadCertificates(_ wiring: Wiring) throws -> CertificateStore {
        guard let certificate = wiring.settings[.certificate], let key = wiring.settings[.key] else {
            throw Failure(
                "serve needs a certificate and its key: set CAUSEWAY_TLS_CERTIFICATE and CAUSEWAY_TLS_KEY "
                    + "(certs/make-dev-certs makes some for development)"
            )
        }
        let logger = wiring.logger
        return try CertificateStore(
            pairs: try CertificatePair.pairs(certificates: certificate, keys: key),
            clientAuthority: wiring.settings[.clientAuthority],
            onReload: { reload in
                switch reload {
                case .loaded:
                    logger.notice("certificates read again")
                case .kept(let error):
                    logger.warning("certificates kept: the new ones cannot be used", metadata: ["error": "\(error)"])
                case .ticketKeysKept(let error):
                    logger.warning(
                        "session ticket keys kept for another day: no new ones can be made",
                        metadata: ["error": "\(error)"]
                    )
                }
            }
        )
    }

    private func serve(
        _ wiring: Wiring,
        certificates: CertificateStore,
        host: String,
        port: Int,
        http: Wiring.HTTPClients
    ) async throws {
        let store = wiring.store
        let clock = wiring.clock
        let logger = wiring.logger
        let supervisor = EngineSupervisor(wiring: wiring, http: http)
        let listening = ListeningService(
            Listening(store: store, clock: clock, logger: logger),
            clock: clock,
            logger: logger
        )
        let refusals = RefusalCounter(store: store, clock: clock, logger: logger)
        let responder = webhookRouter(
            accounts: WebhookAccounts(store: store, clock: clock, logger: logger),
            intake: DeliveryIntake(store: store, logger: logger) { supervisor.wakeInbox() },
            refusals: refusals,
            health: HealthSource {
                let now = clock.now
                return try await store.database.read { try StatusReading.health(in: $0, at: now) }
            } readiness: {
                let now = clock.now
                let isWritable: Bool
                do {
                    try await store.database.write {
                        try Settings.set("last-ready-check", to: String(now.milliseconds), on: $0)
                    }
                    isWritable = true
                } catch {
                    logger.warning("the store cannot be written", metadata: ["error": "\(error)"])
                    isWritable = false
                }
                return Readiness(isStoreWritable: isWritable, isEngineRunning: supervisor.isRunning)
            },
            clock: clock
        )
        let listener = TLSListenerService(
            address: .hostname(host, port: port),
            certificates: certificates,
            serverName: "causeway",
            logger: quiet(logger),
            onServerRunning: { channel in
                await listening.listenerStarted()
                logger.notice(
                    "listening",
                    metadata: ["address": "\(channel.localAddress?.description ?? "\(host):\(port)")"]
                )
            },
            respond: { request, channel in
                try await responder.respond(to: request, context: WebhookContext(channel: channel))
            }
        )
        let interval = Int64(wiring.settings.int(.webhookCheckSeconds) ?? 3_600)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: RefusalService(counter: refusals)),
                .init(service: supervisor),
                .init(service: certificates),
                .init(service: HangUpService(certificates: certificates, logger: logger)),
                .init(service: HookWatch(wiring: wiring, http: http, interval: interval)),
                .init(service: listening),
                .init(service: listener),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet(logger)
        )
        configuration.maximumGracefulShutdownDuration = .seconds(15)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError where error.errnoCode == 98 {
            throw Failure("\(host):\(port) is taken by another program; stop it, or set CAUSEWAY_LISTEN")
        } catch let error as IOError where error.errnoCode == 13 || error.errnoCode == 99 {
            throw Failure(
                "\(host):\(port) cannot be listened on: \(error); set CAUSEWAY_LISTEN to an address of this host"
            )
        }
    }

    /// The libraries speak of their own life at `info`; here that is `debug`.
    private func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}

/// Stores the counts of refused deliveries while the server runs.
private struct RefusalService: Service {
    let counter: RefusalCounter

    func run() async throws {
        await cancelWhenGracefulShutdown { await counter.run() }
        await counter.flush()
    }
}

/// Reads the certificates again on `SIGHUP`.
private struct HangUpService: Service {
    let certificates: CertificateStore
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                do { try certificates.reload() } catch {
                    // The store's own report has said what is wrong and that the old ones were kept.
                    logger.debug("reload on SIGHUP failed", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}

/// An address to listen on.
enum ListenAddress {
    /// Reads `host:port`, also `[::1]:8443`.
    static func parse(_ text: String, setting: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { throw Failure("\(setting) is “\(text)”; it takes HOST:PORT, such as 0.0.0.0:8443") }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return (host, port)
    }
}
