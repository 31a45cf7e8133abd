import Bridge
import Logging
import Reconciliation
import ServiceLifecycle
import Store
import Synchronization
import Webhooks

/// Runs the engine of the accounts that are connected, and makes it anew when accounts or mappings change.
///
/// It holds the role `engine` while it runs: another process that wants to sync asks it instead (design §5).
final class EngineSupervisor: Service {
    private let wiring: Wiring
    private let http: Wiring.HTTPClients
    private let current = Mutex<Engine?>(nil)

    init(wiring: Wiring, http: Wiring.HTTPClients) {
        self.wiring = wiring
        self.http = http
    }

    /// Whether an engine runs, or none can for want of a CRM account.
    var isRunning: Bool { current.withLock { $0 != nil } }

    /// Rings the inbox's worker.
    func wakeInbox() {
        current.withLock { $0 }?.bells.ring(WorkerName.inbox)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.runOne()
                } catch is CancellationError {
                    return
                } catch {
                    self.wiring.logger.error("the engine cannot start", metadata: ["error": "\(error)"])
                    do { try await self.wiring.clock.sleep(milliseconds: 2_000) } catch { return }
                }
            }
        }
    }

    /// Runs one engine until accounts or mappings change.
    private func runOne() async throws {
        let version = try await configurationVersion()
        guard let engine = try await wiring.makeEngine(http: http) else {
            try await waitForChange(of: version)
            return
        }
        let lock = try await wiring.store.lock(RoleName.engine)
        defer { withExtendedLifetime(lock) {} }
        current.withLock { $0 = engine }
        defer { current.withLock { $0 = nil } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Scheduler(engine: engine, decoder: WebhookDecoder()).run() }
            group.addTask { try await self.waitForChange(of: version) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func waitForChange(of version: String?) async throws {
        while try await configurationVersion() == version {
            try await wiring.clock.sleep(milliseconds: 500)
        }
    }

    private func configurationVersion() async throws -> String? {
        try await wiring.store.database.read { try Settings.text(SettingName.configurationVersion, on: $0) }
    }
}

/// The roles that one process at a time holds, by a lock in the data directory.
enum RoleName {
    static let serve = "serve"
    static let engine = "engine"
    /// Whoever makes or looks at the hooks of services.
    static let hooks = "hooks"
}
