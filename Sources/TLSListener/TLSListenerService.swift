import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// A Hummingbird server on the TLS listener, with one function that answers every request.
///
/// ```swift
/// let listener = TLSListenerService(address: .hostname("0.0.0.0", port: 8443), certificates: certificates,
///     serverName: "causeway", logger: logger) { request, channel in
///     Response(status: .noContent)
/// }
/// try await listener.run()
/// ```
///
/// Hummingbird's `Application` would make an id, a logger and task-local values for every request, which together cost
/// more than a short answer; whoever needs none of them is served by this one. An answer that throws is a 500.
package struct TLSListenerService: Service {
    /// Answers a request that came over a connection.
    package typealias Responder = @Sendable (Request, any Channel) async throws -> Response

    /// Connections that the kernel keeps until they are accepted.
    private static let backlog = 4096

    private let address: BindAddress
    private let builder: HTTPServerBuilder
    private let handlesOnEventLoop: Bool
    private let serverName: String
    private let logger: Logger
    private let onServerRunning: @Sendable (any Channel) async -> Void
    private let respond: Responder

    /// Makes a service that listens when it is run.
    ///
    /// - Parameters:
    ///   - address: Where to listen.
    ///   - configuration: Time-outs and caps.
    ///   - certificates: What to serve; every connection asks it anew.
    ///   - statistics: Counts what happens to connections.
    ///   - serverName: The `Server` of responses.
    ///   - logger: Hears of connections that failed, at `debug`.
    ///   - onServerRunning: Called once it listens.
    ///   - respond: Answers; on the thread that reads, where the configuration says so.
    package init(
        address: BindAddress,
        configuration: TLSListenerConfiguration = TLSListenerConfiguration(),
        certificates: CertificateStore,
        statistics: TLSListenerStatistics = TLSListenerStatistics(),
        serverName: String,
        logger: Logger,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in },
        respond: @escaping Responder
    ) {
        self.address = address
        self.builder = .tlsListener(
            configuration: configuration,
            certificates: certificates,
            statistics: statistics
        )
        self.handlesOnEventLoop = configuration.handlesOnEventLoop
        self.serverName = serverName
        self.logger = logger
        self.onServerRunning = onServerRunning
        self.respond = respond
    }

    /// Listens until the service shuts down gracefully and every connection has ended.
    package func run() async throws {
        let date = HTTPDate()
        let server = try builder.buildServer(
            configuration: ServerConfiguration(address: address, serverName: serverName, backlog: Self.backlog),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger,
            responder: { [respond, serverName, logger] request, writer, channel in
                var response = try await Self.response(to: request, on: channel, by: respond, logger: logger)
                response.headers[.date] = date.text
                response.headers[.server] = serverName
                do {
                    try await writer.write(response: response.head, body: response.body)
                } catch let error as HTTPParserError {
                    // The server answers one that it hears of, and this answer has begun.
                    throw AnswerCutShort(cause: error)
                }
            },
            onServerRunning: onServerRunning
        )
        guard handlesOnEventLoop else { return try await server.run() }
        // New connections, too, are taken over by a thread that reads: those of the global pool would have to be woken
        // for each.
        try await withTaskExecutorPreference(EventLoopTaskExecutor(MultiThreadedEventLoopGroup.singleton.next())) {
            try await server.run()
        }
    }

    private static func response(
        to request: Request,
        on channel: any Channel,
        by respond: Responder,
        logger: Logger
    ) async throws -> Response {
        do {
            return try await respond(request, channel)
        } catch let error as HTTPParserError {
            // The request's body is no HTTP; the server answers that.
            throw error
        } catch {
            logger.debug("A request could not be answered", metadata: ["error": "\(error)"])
            return Response(status: .internalServerError)
        }
    }
}

/// The request turned out to be no HTTP while its answer was being written.
private struct AnswerCutShort: Error {
    let cause: HTTPParserError
}
