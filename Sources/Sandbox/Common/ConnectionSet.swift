import NIOCore
import Synchronization

/// The open connections of a server, so that stopping can close them.
final class ConnectionSet: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        channels.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { [self] _ in
            channels.withLock { _ = $0.removeValue(forKey: key) }
        }
    }

    func closeAll() async {
        for channel in channels.withLock({ Array($0.values) }) {
            await channel.closeIfOpen()
        }
    }
}

extension Channel {
    /// Closes the channel; one that is closed already has reached what closing is for.
    func closeIfOpen() async {
        close(mode: .all, promise: nil)
        _ = await closeFuture.outcome()
    }
}

extension EventLoopFuture where Value == Void {
    /// Waits for the end, whether it is a success or not.
    fileprivate func outcome() async {
        do { try await get() } catch { return }
    }
}
