import NIOCore
import NIOHTTP1

/// One call of the API.
package struct ServiceRequest: Sendable {
    /// What is being done, in constant words; part of errors and log lines.
    package var operation: String
    package var method: HTTPMethod
    package var url: String
    /// The JSON document to send; nil for reads.
    package var body: ByteBuffer?
    /// Whether the call puts bulk work into a queue of the service's, so that a 429 may say that the queue is full.
    package var queuesActivity: Bool

    package init(
        operation: String,
        method: HTTPMethod,
        url: String,
        body: ByteBuffer? = nil,
        queuesActivity: Bool = false
    ) {
        self.operation = operation
        self.method = method
        self.url = url
        self.body = body
        self.queuesActivity = queuesActivity
    }

    /// Reads may be repeated however they went; everything else changes something.
    package var isRead: Bool { method == .GET }
}

/// What the service answered: all of it, read to its end.
package struct ServiceAnswer: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: ByteBuffer

    package init(status: Int, headers: HTTPHeaders, body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var isSuccess: Bool { (200..<300).contains(status) }

    /// The pause that the service asks for, in seconds; none of them documents it, but one that appears is obeyed.
    package var retryAfterSeconds: Int? {
        headers.first(name: "Retry-After").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Reads the body as JSON.
    ///
    /// - Throws: `JSONReader.Malformed` when it is anything else (HTML, nothing, half a document).
    package func decode<Value>(_ read: (inout JSONReader) throws -> Value) throws -> Value {
        try body.withUnsafeReadableBytes { bytes in
            var reader = JSONReader(bytes)
            let value = try read(&reader)
            try reader.end()
            return value
        }
    }
}
