import AsyncHTTPClient
import NIOCore
import NIOHTTPCompression

/// What can be set about a client of Workbooks.
package struct WorkbooksConfiguration: Sendable {
    /// How long one request may take (workbooks.md §1: the bindings wait as long).
    package var requestTimeout: Duration
    /// How long the service may keep a request on its delaying URLs altogether (workbooks.md §7: no less than 120 s).
    package var delayBudget: Duration
    /// How often a read is made before it counts as failed.
    package var readAttempts: Int
    /// The pause after a first failed read; it doubles with each further one, and any part of it may be waited.
    package var readPause: Duration
    /// How far a poll reaches back before the last one, for rows that were committed late (workbooks.md §5.3).
    package var overlapSeconds: Int64
    /// The campaign attribute that holds the public name; nil finds it through metadata, if there is one.
    package var publicNameField: String?
    /// A number from 0 up to 1, asked for at each pause.
    package var jitter: @Sendable () -> Double

    package init(
        requestTimeout: Duration = .seconds(120),
        delayBudget: Duration = .seconds(300),
        readAttempts: Int = 3,
        readPause: Duration = .seconds(1),
        overlapSeconds: Int64 = 120,
        publicNameField: String? = nil,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.requestTimeout = requestTimeout
        self.delayBudget = delayBudget
        self.readAttempts = readAttempts
        self.readPause = readPause
        self.overlapSeconds = overlapSeconds
        self.publicNameField = publicNameField
        self.jitter = jitter
    }

    /// How the HTTP client has to be set: redirects are followed by `WorkbooksTransport` alone, answers may be
    /// compressed, and a server that cannot be reached is given up soon.
    package static func httpClient(
        connectTimeout: Duration = .seconds(10),
        requestTimeout: Duration = .seconds(120)
    ) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(connectTimeout), read: TimeAmount(requestTimeout)),
            // Short, because a write on a connection that the service has just closed has an unknown outcome.
            connectionPool: .init(idleTimeout: .seconds(15)),
            decompression: .enabled(limit: .size(WorkbooksTransport.largestAnswer))
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
