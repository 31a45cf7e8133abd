import AsyncHTTPClient
import Bridge
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends single HTTP requests through the engine's gate and tells what became of them; it repeats nothing.
package struct Transport: Sendable {
    /// How a request ended.
    package enum Outcome: Sendable {
        case answered(ServiceAnswer)
        /// No connection could be made, although the HTTP client tried until its time-out.
        case unreachable(reason: String)
        /// The connection broke before any of the request's body was sent: it has certainly had no effect.
        case notSent(reason: String)
        /// The connection broke, or nothing came in time, after something was sent.
        case lost(reason: String)
    }

    /// More than any page of a thousand contacts needs; an answer beyond it counts as lost.
    private static let longestAnswer = 32 << 20

    private let client: HTTPClient
    private let gate: any CallGate
    private let timeout: TimeAmount
    private let judge: @Sendable (ServiceAnswer) -> CallResult

    /// - Parameters:
    ///   - timeout: how long one exchange may take, from the connection to the end of the answer.
    ///   - judge: what an answer means for pace and budget.
    package init(
        client: HTTPClient,
        gate: any CallGate,
        timeout: TimeAmount,
        judge: @escaping @Sendable (ServiceAnswer) -> CallResult
    ) {
        self.client = client
        self.gate = gate
        self.timeout = timeout
        self.judge = judge
    }

    /// Waits for the gate, sends the request, and reports to the gate how it went.
    ///
    /// - Parameter beforehand: runs when the gate has let the call through, right before it is sent.
    /// - Throws: what the gate or `beforehand` throws; `CancellationError`.
    package func send(
        _ request: HTTPClientRequest,
        body: ByteBuffer?,
        beforehand: @Sendable () async throws -> Void = {}
    ) async throws -> Outcome {
        try await admitted {
            try await beforehand()
            return try await exchange(request, body: body)
        }
    }

    /// Waits for the gate and reads what an address holds piece by piece, so that it never lies in memory whole.
    ///
    /// - Parameter each: takes the pieces of a success, in order; the answer itself has no body then. What it throws ends
    ///   the reading and is thrown on.
    /// - Throws: what the gate or `each` throws; `CancellationError`.
    package func receive(
        _ request: HTTPClientRequest,
        beforehand: @Sendable () async throws -> Void = {},
        each: (ByteBuffer) throws -> Void
    ) async throws -> Outcome {
        try await admitted {
            try await beforehand()
            do {
                let response = try await client.execute(request, timeout: timeout)
                let status = Int(response.status.code)
                var body = ByteBuffer()
                if (200..<300).contains(status) {
                    for try await piece in response.body {
                        do { try each(piece) } catch { throw Refusal(cause: error) }
                    }
                } else {
                    body = try await response.body.collect(upTo: Self.longestAnswer)
                }
                return .answered(ServiceAnswer(status: status, headers: response.headers, body: body))
            } catch let refusal as Refusal {
                throw refusal.cause
            } catch let error {
                try Task.checkCancellation()
                let reason = Self.reason(of: error)
                return Self.neverConnected(error) ? .unreachable(reason: reason) : .lost(reason: reason)
            }
        }
    }

    /// What the reader of an answer would not take.
    private struct Refusal: Error {
        var cause: any Error
    }

    private func admitted(_ exchange: () async throws -> Outcome) async throws -> Outcome {
        try await gate.admit()
        do {
            let outcome = try await exchange()
            if case .answered(let answer) = outcome {
                await gate.finished(judge(answer))
            } else {
                await gate.finished(.failed)
            }
            return outcome
        } catch {
            await gate.finished(.failed)
            throw error
        }
    }

    private func exchange(_ request: HTTPClientRequest, body: ByteBuffer?) async throws -> Outcome {
        var request = request
        let upload = body.map { WatchedUpload($0) }
        if let upload { request.body = .stream(upload, length: .known(Int64(upload.buffer.readableBytes))) }
        do {
            let response = try await client.execute(request, timeout: timeout)
            let body = try await response.body.collect(upTo: Self.longestAnswer)
            return .answered(ServiceAnswer(status: Int(response.status.code), headers: response.headers, body: body))
        } catch let error {
            try Task.checkCancellation()
            let reason = Self.reason(of: error)
            if Self.neverConnected(error) { return .unreachable(reason: reason) }
            // A request that has a body has no effect before the service has all of it, and a connection that the
            // service closed while it idled often fails before the first byte.
            if let upload, !upload.wasStarted { return .notSent(reason: reason) }
            return .lost(reason: reason)
        }
    }

    private static func neverConnected(_ error: any Error) -> Bool {
        if error is NIOConnectionError { return true }
        if case .connectTimeout? = error as? ChannelError { return true }
        guard let error = error as? HTTPClientError else { return false }
        return switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .alreadyShutdown,
            .socksHandshakeTimeout, .httpProxyHandshakeTimeout, .proxyAuthenticationRequired:
            true
        default:
            false
        }
    }

    /// A short text from a bounded set, without addresses or secrets.
    private static func reason(of error: any Error) -> String {
        (error as? HTTPClientError)?.shortDescription ?? String(describing: type(of: error))
    }
}

/// A request body that remembers whether any of it was handed to a connection.
private struct WatchedUpload: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let buffer: ByteBuffer
    private let started = NIOLockedValueBox(false)

    init(_ buffer: ByteBuffer) {
        self.buffer = buffer
    }

    var wasStarted: Bool { started.withLockedValue { $0 } }

    func makeAsyncIterator() -> Iterator {
        Iterator(rest: buffer, started: started)
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var rest: ByteBuffer?
        fileprivate let started: NIOLockedValueBox<Bool>

        mutating func next() async -> ByteBuffer? {
            started.withLockedValue { $0 = true }
            defer { rest = nil }
            return rest
        }
    }
}
