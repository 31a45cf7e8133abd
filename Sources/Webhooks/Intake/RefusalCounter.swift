import Bridge
import Logging
import Reconciliation
import Synchronization

/// Counts refused deliveries in memory and adds the counts to the store every second.
///
/// A refused delivery costs no write of its own, so that nobody can make the store work by sending rubbish. Counts
/// are of known accounts only, by cause, so their number is bounded too.
package final class RefusalCounter: Sendable {
    /// What is counted apart.
    package struct Kind: Sendable, Hashable {
        package var account: AccountID
        package var cause: RefusedProof

        package init(account: AccountID, cause: RefusedProof) {
            self.account = account
            self.cause = cause
        }
    }

    private static let interval: Int64 = 1000

    private let counts = Mutex<[Kind: Int]>([:])
    private let clock: any WallClock
    private let logger: Logger
    private let add: @Sendable ([Kind: Int]) async throws -> Void

    /// Makes a counter.
    ///
    /// - Parameters:
    ///   - clock: What the second is waited with.
    ///   - logger: Told of counts that could not be added.
    ///   - add: Adds counts to the stored ones in one transaction.
    package init(
        clock: any WallClock,
        logger: Logger,
        add: @escaping @Sendable ([Kind: Int]) async throws -> Void
    ) {
        self.clock = clock
        self.logger = logger
        self.add = add
    }

    /// Counts one refused delivery.
    package func count(_ account: AccountID, _ cause: RefusedProof) {
        counts.withLock { $0[Kind(account: account, cause: cause), default: 0] += 1 }
    }

    /// Adds the counts every second until its task is cancelled, then once more.
    package func run() async {
        do {
            while true {
                try await clock.sleep(milliseconds: Self.interval)
                await flush()
            }
        } catch {
            // Cancelled: in a task of its own, which the cancellation does not reach, the last counts are saved.
            await Task { await flush() }.value
        }
    }

    /// Adds what has been counted since the last time; what cannot be added is kept for the next time.
    package func flush() async {
        let pending = counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        guard !pending.isEmpty else { return }
        do {
            try await add(pending)
        } catch {
            counts.withLock { $0.merge(pending, uniquingKeysWith: +) }
            logger.warning("Refused deliveries could not be counted", metadata: ["error": "\(error)"])
        }
    }
}
