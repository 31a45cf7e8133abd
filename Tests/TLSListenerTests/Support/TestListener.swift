import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import TLSListener

/// A listener with a few routes, on a port of its own, for the length of a test.
struct TestListener: Sendable {
    let port: Int
    let certificates: CertificateStore
    let statistics: TLSListenerStatistics
    private let group: ServiceGroup

    /// Begins a graceful shutdown.
    func shutDown() async {
        await group.triggerGracefulShutdown()
    }

    /// Runs a listener while a test talks to it, and shuts it down.
    ///
    /// - Returns: How long the shutdown took.
    @discardableResult
    static func run(
        _ certificates: CertificateStore,
        configure: (inout TLSListenerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (TestListener) async throws -> Void
    ) async throws -> Duration {
        var configuration = TLSListenerConfiguration()
        configuration.drainTimeout = .seconds(2)
        configure(&configuration)
        let statistics = TLSListenerStatistics()
        let (ports, portContinuation) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let responder = routes().buildResponder()
        let service = TLSListenerService(
            address: .hostname("127.0.0.1", port: 0),
            configuration: configuration,
            certificates: certificates,
            statistics: statistics,
            serverName: "test",
            logger: logger,
            onServerRunning: { channel in
                portContinuation.yield(channel.localAddress?.port ?? 0)
            },
            respond: { [logger] request, channel in
                try await responder.respond(
                    to: request,
                    context: BasicRequestContext(source: .init(channel: channel, logger: logger))
                )
            }
        )
        let group = ServiceGroup(configuration: .init(services: [service], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { portContinuation.finish() }
                try await group.run()
            }
            var port: Int?
            for await running in ports {
                port = running
                break
            }
            guard let port else {
                try await tasks.waitForAll()
                throw CancellationError()
            }
            let listener = TestListener(
                port: port,
                certificates: certificates,
                statistics: statistics,
                group: group
            )
            let result = await Result { try await body(listener) }
            let begun = ContinuousClock.now
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
            return ContinuousClock.now - begun
        }
    }

    private static func routes() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("hello") { _, _ in "hello" }
        router.get("failing") { _, _ -> String in throw CancellationError() }
        router.get("bytes/:count") { _, context in
            let count = try context.parameters.require("count", as: Int.self)
            return ByteBuffer(repeating: UInt8(ascii: "x"), count: count)
        }
        router.post("echo") { request, _ in
            try await request.body.collect(upTo: 4 * 1024 * 1024)
        }
        router.post("limited") { request, _ -> Response in
            do {
                _ = try await request.body.collect(upTo: 1024)
                return Response(status: .noContent)
            } catch {
                return Response(status: .contentTooLarge, headers: [.connection: "close"])
            }
        }
        router.get("closing") { _, _ in
            Response(status: .ok, headers: [.connection: "Close"], body: .init(byteBuffer: ByteBuffer(string: "bye")))
        }
        router.get("slow/:milliseconds") { _, context in
            let milliseconds = try context.parameters.require("milliseconds", as: Int.self)
            try await Task.sleep(for: .milliseconds(milliseconds))
            return "slow"
        }
        return router
    }
}

extension Result where Failure == any Error, Success: Sendable {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

/// Waits until something holds.
///
/// - Returns: Whether it held within the given time.
func eventually(within limit: Duration = .seconds(10), _ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        await Task.yield()
        try? await Task.sleep(for: .milliseconds(20))
    }
    return try await condition()
}
