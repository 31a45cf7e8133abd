import NIOCore
import NIOHTTP1

/// One call of the API.
struct ServiceRequest: Sendable {
    /// What is being done, in constant words; part of errors and log lines.
    var operation: String
    var method: HTTPMethod
    var url: String
    /// The JSON document to send; nil for reads.
    var body: ByteBuffer?
    /// Whether a 429 without a known key says that the queue of bulk activities is full (constant-contact.md §4).
    var queuesActivity = false

    /// Reads may be repeated however they went; everything else changes something.
    var isRead: Bool { method == .GET }
}

/// What the service answered: all of it, read to its end.
struct ServiceAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: ByteBuffer

    var isSuccess: Bool { (200..<300).contains(status) }

    /// Reads the body as JSON.
    ///
    /// - Throws: `JSONReader.Malformed` when it is anything else (HTML, nothing, half a document).
    func decode<Value>(_ read: (inout JSONReader) throws -> Value) throws -> Value {
        try body.withUnsafeReadableBytes { bytes in
            var reader = JSONReader(bytes)
            let value = try read(&reader)
            try reader.end()
            return value
        }
    }
}
