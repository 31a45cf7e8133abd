import Bridge
import Logging
import ServiceLifecycle
import Synchronization

/// Gives the listener's signs of life while it listens.
final class ListeningService: Service {
    private let listening: Listening
    private let clock: any WallClock
    private let logger: Logger
    private let isListening = Mutex(false)

    init(_ listening: Listening, clock: any WallClock, logger: Logger) {
        self.listening = listening
        self.clock = clock
        self.logger = logger
    }

    /// Called once the listener has its port.
    func listenerStarted() async {
        do {
            try await listening.starts()
        } catch {
            // The next sign of life opens the gap instead: the last one is as old as it is.
            logger.warning("that the listener has started could not be stored", metadata: ["error": "\(error)"])
        }
        isListening.withLock { $0 = true }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await self.clock.sleep(milliseconds: Listening.interval) } catch { return }
                await self.tick()
            }
        }
        guard isListening.withLock({ $0 }) else { return }
        do {
            try await listening.stops()
        } catch {
            // Without it the stop counts as a sudden end, which is bounded by the last sign of life.
            logger.warning("that the listener has stopped could not be stored", metadata: ["error": "\(error)"])
        }
    }

    private func tick() async {
        guard isListening.withLock({ $0 }) else { return }
        do {
            try await listening.tick()
        } catch {
            logger.warning("a sign of life could not be stored", metadata: ["error": "\(error)"])
        }
    }
}
