import Bridge
import Logging
import Store

extension RefusalCounter {
    /// A counter that adds to a store's counts of rejected deliveries, by account and cause.
    package convenience init(store: Store, clock: any WallClock, logger: Logger) {
        self.init(clock: clock, logger: logger) { counts in
            let now = clock.now
            try await store.database.write { connection in
                for (kind, count) in counts {
                    try RejectedDeliveries.add(
                        count,
                        reason: kind.cause.rawValue,
                        account: kind.account,
                        at: now,
                        on: connection
                    )
                    if kind.cause.saysThatASecretIsStale {
                        try Coverage.refused(account: kind.account, at: now, in: connection)
                    }
                }
            }
        }
    }
}

extension RefusedProof {
    /// Whether the sender's secret is stale: what it tells is lost until the account has been read back.
    fileprivate var saysThatASecretIsStale: Bool {
        switch self {
        case .noMatchingSignature, .wrongPathSecret: true
        case .missingID, .malformedID, .missingTimestamp, .malformedTimestamp, .outsideTolerance, .missingSignature,
            .malformedSignature, .unknownAudience:
            false
        }
    }
}
