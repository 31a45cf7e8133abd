import HTTPTypes
import Hummingbird
import NIOCore

/// The answers that senders get; bodies are empty but for health, since a sender acts on the status alone.
enum Answer {
    /// It is on disk.
    static let taken: Response = {
        var response = Response(status: .noContent)
        // RFC 9110 §8.6: none in a 204.
        response.headers[.contentLength] = nil
        return response
    }()
    /// To a service that looks whether an address is there.
    static let present = Response(status: .ok)
    static let notFound = Response(status: .notFound)
    static let unproved = Response(status: .unauthorized)

    static func methodNotAllowed(allow: String) -> Response {
        Response(status: .methodNotAllowed, headers: [.allow: allow])
    }

    /// Cannot be taken now; nothing was kept.
    static func tryLater(seconds: Int) -> Response {
        Response(status: .serviceUnavailable, headers: [.retryAfter: String(seconds)])
    }

    static func json(_ status: HTTPResponse.Status, _ body: [UInt8]) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
