import Bridge
import Logging
import Reconciliation
import ServiceLifecycle
import Store

/// Looks from time to time whether the hooks that were registered are still there and right.
///
/// It only looks: what is wrong is stored, and `status`, `doctor` and the log say it. `webhooks register` puts it right,
/// since that makes secrets and takes things away at the service.
struct HookWatch: Service {
    let wiring: Wiring
    let http: Wiring.HTTPClients
    /// Seconds between two looks.
    let interval: Int64

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                do { try await self.wiring.clock.sleep(milliseconds: self.interval * 1000) } catch { return }
            }
        }
    }

    /// One pass over every account that has hooks: one call for each.
    func look() async {
        do {
            // Who registers hooks at this moment knows better than a look at what is half done.
            guard let lock = try wiring.store.tryLock(RoleName.hooks) else { return }
            defer { withExtendedLifetime(lock) {} }
            let watched = try await wiring.store.database.read { connection in
                try Accounts.all(on: connection).filter {
                    try !Hooks.findings(account: $0.name, on: connection).isEmpty
                }
            }
            for account in watched { try await look(at: account) }
        } catch is CancellationError {
            return
        } catch {
            wiring.logger.warning("the webhooks could not be looked at", metadata: ["error": "\(error)"])
        }
    }

    private func look(at account: Account) async throws {
        guard let keeper = try await wiring.makeHookKeeper(for: account, http: http) else { return }
        do {
            let registration = wiring.hookRegistration(
                of: account,
                keeper: keeper,
                base: wiring.settings.webhookURL(of: account)
            )
            for (topic, problem) in try await registration.look().sorted(by: { $0.key < $1.key }) {
                wiring.logger.warning(
                    "a webhook is not as it should be; run causeway webhooks register",
                    metadata: [
                        "account": "\(account.name)", "webhook.topic": "\(topic)", "webhook.problem": "\(problem)",
                    ]
                )
            }
        } catch let error as PortError {
            // That the account does not answer is said where it is read; the last finding stands.
            wiring.logger.info(
                "the webhooks of an account could not be looked at",
                metadata: ["account": "\(account.name)", "error": "\(error)"]
            )
        }
    }
}
