/// What `/health/ready` tells: whether deliveries can be taken and are worked off.
///
/// ```json
/// {"status":"ok","store":"ok","engine":"ok"}
/// ```
package struct Readiness: Sendable, Hashable, Encodable {
    /// Whether the store takes writes.
    package var isStoreWritable: Bool
    package var isEngineRunning: Bool

    package init(isStoreWritable: Bool, isEngineRunning: Bool) {
        self.isStoreWritable = isStoreWritable
        self.isEngineRunning = isEngineRunning
    }

    /// Whether both hold; `/health/ready` is 503 otherwise.
    package var isReady: Bool { isStoreWritable && isEngineRunning }

    private enum CodingKeys: CodingKey {
        case status, store, engine
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.status(isReady), forKey: .status)
        try container.encode(Self.status(isStoreWritable), forKey: .store)
        try container.encode(Self.status(isEngineRunning), forKey: .engine)
    }

    private static func status(_ isFine: Bool) -> HealthReport.Status { isFine ? .ok : .failing }
}
