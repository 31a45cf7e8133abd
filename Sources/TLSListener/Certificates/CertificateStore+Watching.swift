import ServiceLifecycle

extension CertificateStore: Service {
    /// How long ticket keys are used.
    private static var ticketKeyLifetime: Duration { .seconds(24 * 60 * 60) }
    /// How often the files are looked at: a change is seen, found settled and served within two seconds.
    private static var defaultInterval: Duration { .milliseconds(500) }

    /// Watches the files and reloads when they change, until it is cancelled or the service shuts down gracefully.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.watch()
        }
    }

    /// Watches the files and reloads when they change, until the task is cancelled.
    ///
    /// - Parameter interval: How long to wait between two looks. A change is acted on when the files look the same at
    ///   two looks in a row, so that a certificate is not read without the key that is being written beside it. Pairs
    ///   that are written further apart are refused, reported and taken when they are whole.
    package func watch(every interval: Duration? = nil) async {
        let clock = ContinuousClock()
        var watch = FileWatch()
        var keysMade = clock.now
        while !Task.isCancelled {
            do {
                try await clock.sleep(for: interval ?? Self.defaultInterval)
            } catch {
                return
            }
            if watch.looked(at: currentStamps(), loaded: loadedStamps) {
                // The error has been reported, and stays until the files change again.
                do { try reload() } catch {}
            }
            if clock.now - keysMade > Self.ticketKeyLifetime {
                keysMade = clock.now
                do {
                    try rotateTicketKeys()
                } catch {
                    onReload(.ticketKeysKept(because: error))
                }
            }
        }
    }
}
