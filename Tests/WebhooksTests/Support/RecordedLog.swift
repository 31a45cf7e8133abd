import Logging
import Synchronization

/// A log that is kept for a test to look at.
final class RecordedLog: Sendable {
    private let recorded = Mutex<[Logger.Level]>([])

    /// The levels of what was logged, in order.
    var levels: [Logger.Level] { recorded.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.recorded.withLock { $0.append(event.level) }
        }
    }
}
