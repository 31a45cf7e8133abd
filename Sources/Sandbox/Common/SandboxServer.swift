import NIOCore
import NIOHTTP1
import NIOPosix

/// Carries one sandbox service on a TCP port of the loopback interface, with its clock, faults, counts and log.
///
/// ```swift
/// let server = try await SandboxServer.start(service, clock: clock)
/// … calls to server.baseURL …
/// await server.stop()
/// ```
///
/// Besides the service's own paths the port answers `GET`/`POST /_sandbox/clock`, `GET`/`POST`/`DELETE
/// /_sandbox/faults`, `GET`/`DELETE /_sandbox/calls`, and whatever else under `/_sandbox/` the service controls.
package final class SandboxServer: Sendable {
    /// The service that answers.
    package let service: any SandboxService
    /// The time that the service lives by.
    package let clock: SandboxClock
    /// The faults that wait for calls.
    package let faults: FaultBook
    /// The calls counted so far.
    package let calls: CallCounter
    /// The port that the server listens on.
    package let port: Int
    private let channel: any Channel
    private let connections: ConnectionSet

    /// The address to reach the service at, without a slash at its end.
    package var baseURL: String { "http://127.0.0.1:\(port)" }

    private init(
        service: any SandboxService,
        clock: SandboxClock,
        faults: FaultBook,
        calls: CallCounter,
        port: Int,
        channel: any Channel,
        connections: ConnectionSet
    ) {
        self.service = service
        self.clock = clock
        self.faults = faults
        self.calls = calls
        self.port = port
        self.channel = channel
        self.connections = connections
    }

    /// Listens on 127.0.0.1 at `port`, or at any free port for 0.
    ///
    /// - Throws: when the port cannot be listened on.
    package static func start(
        _ service: any SandboxService,
        clock: SandboxClock,
        port: Int = 0,
        log: ExchangeLog? = nil
    ) async throws -> SandboxServer {
        let faults = FaultBook()
        let calls = CallCounter()
        let connections = ConnectionSet()
        let responder = SandboxResponder(service: service, clock: clock, faults: faults, calls: calls, log: log)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.add(channel)
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(SandboxHTTPHandler(responder: responder))
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        return SandboxServer(
            service: service,
            clock: clock,
            faults: faults,
            calls: calls,
            port: channel.localAddress?.port ?? port,
            channel: channel,
            connections: connections
        )
    }

    /// Stops listening, closes every connection and ends what the service does by itself.
    package func stop() async {
        await channel.closeIfOpen()
        await connections.closeAll()
        await service.stopped()
    }

    /// Waits until the server has stopped.
    ///
    /// - Throws: when the listening socket failed.
    package func waitUntilStopped() async throws {
        try await channel.closeFuture.get()
    }
}
