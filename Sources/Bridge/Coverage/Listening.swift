import Logging
import Reconciliation
import Store

/// Says durably when the listener takes deliveries, so that a time in which it did not is known afterwards, however it
/// came about.
package struct Listening: Sendable {
    /// How often the listener gives a sign of life, in milliseconds.
    package static let interval: Int64 = 10_000

    private let store: Store
    private let clock: any WallClock
    private let logger: Logger

    package init(store: Store, clock: any WallClock, logger: Logger) {
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// The listener takes deliveries from now on; what came since its last sign of life was not taken.
    package func starts() async throws {
        let now = clock.now
        try await store.database.write { connection in
            for account in try Accounts.all(on: connection) {
                if let source = try Coverage.source(.webhook, of: account.name, in: connection) {
                    try open(source.isRunning ? .killed : .stopped, since: source, until: now, in: connection)
                }
                try Coverage.end(.webhook, of: account.name, at: now, in: connection)
                try Coverage.tick(.webhook, of: account.name, at: now, isRunning: true, in: connection)
                try Coverage.setRunning(true, .webhook, of: account.name, in: connection)
            }
        }
    }

    /// A sign of life; when one could not be put on disk for a while, no delivery could either.
    package func tick() async throws {
        let now = clock.now
        try await store.database.write { connection in
            for account in try Accounts.all(on: connection) {
                if let source = try Coverage.source(.webhook, of: account.name, in: connection),
                    now.milliseconds - source.tickAt.milliseconds > 3 * Self.interval
                {
                    try open(.missed, since: source, until: now, in: connection)
                }
                try Coverage.tick(.webhook, of: account.name, at: now, isRunning: true, in: connection)
            }
        }
    }

    /// The listener takes no more deliveries, in good order.
    package func stops() async throws {
        let now = clock.now
        try await store.database.write { connection in
            for account in try Accounts.all(on: connection)
            where try Coverage.source(.webhook, of: account.name, in: connection) != nil {
                try Coverage.tick(.webhook, of: account.name, at: now, isRunning: true, in: connection)
                try Coverage.setRunning(false, .webhook, of: account.name, in: connection)
            }
        }
    }

    private func open(
        _ cause: CoverageGap.Cause,
        since source: CoverageSource,
        until now: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let gap = CoverageGap(
            account: source.account,
            kind: .webhook,
            cause: cause,
            beganAt: source.tickAt,
            endedAt: now
        )
        guard try Coverage.open(gap, in: connection) else { return }
        logger.notice(
            "deliveries were not taken for a while",
            metadata: ["account": "\(source.account)", "cause": "\(cause.rawValue)"]
        )
    }
}
