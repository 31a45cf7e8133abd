import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Webhooks

/// A listener that keeps what it gets and answers as it is told.
final class RequestRecorder: Sendable {
    struct Received: Sendable, Hashable {
        var path: String
        var fields: HTTPFields
        var body: String
    }

    private struct State {
        var received: [Received] = []
        var statuses: [HTTPResponse.Status]
    }

    private let state: Mutex<State>

    /// - Parameter statuses: The answers in order; the last one stands for all that follow.
    init(answering statuses: HTTPResponse.Status...) {
        state = Mutex(State(statuses: statuses))
    }

    var received: [Received] { state.withLock { $0.received } }

    /// Serves on a free loopback port for the time of a test, which is given the port.
    func serve(_ test: @Sendable (Int) async throws -> Void) async throws {
        let application = Application(
            responder: CallbackResponder<WebhookContext> { request, _ in
                let body = try await request.body.collect(upTo: 1 << 20)
                let received = Received(
                    path: request.head.path ?? "",
                    fields: request.headers,
                    body: String(buffer: body)
                )
                return Response(status: self.next(after: received))
            },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await application.test(.live) { client in try await test(client.port ?? 0) }
    }

    private func next(after received: Received) -> HTTPResponse.Status {
        state.withLock { state in
            state.received.append(received)
            return state.statuses.count > 1 ? state.statuses.removeFirst() : state.statuses.first ?? .noContent
        }
    }
}
