import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// Calls the receivers of webhooks as a service's sender: without following redirects, each call on its own connection.
actor WebhookCourier {
    private var current: (authority: String?, client: HTTPClient)?
    private var isStopped = false

    /// Makes one call.
    ///
    /// - Parameters:
    ///   - request: the call.
    ///   - authority: a file of certificates that the receiver may have besides the system's authorities.
    ///   - seconds: how long an answer may take.
    /// - Returns: the status of the answer, or why there was none.
    func execute(
        _ request: HTTPClientRequest,
        authority: String?,
        within seconds: Double
    ) async -> (status: Int?, error: String?) {
        var request = request
        // Receivers of tests come and go on the same port.
        request.headers.add(name: "Connection", value: "close")
        do {
            let client = try await client(trusting: authority)
            let response = try await client.execute(request, timeout: .milliseconds(Int64(seconds * 1_000)))
            _ = try await response.body.collect(upTo: 1 << 20)
            return (Int(response.status.code), nil)
        } catch {
            return (nil, "\(error)")
        }
    }

    /// Ends the connections; nothing is called any more.
    func stop() async {
        isStopped = true
        guard let client = current?.client else { return }
        current = nil
        do {
            try await client.shutdown()
        } catch {
            // It was shut down before, which is all that is wanted.
            return
        }
    }

    /// The client, made anew when the authority to trust was changed.
    private func client(trusting authority: String?) async throws -> HTTPClient {
        if isStopped { throw CancellationError() }
        if let current, current.authority == authority { return current.client }
        let old = current?.client
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authority { tls.additionalTrustRoots = [.file(authority)] }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(3))
        )
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        current = (authority, client)
        try await old?.shutdown()
        return client
    }
}
