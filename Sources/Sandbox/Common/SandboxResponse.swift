import Foundation

/// One answer of a sandbox service, and how it is to be carried: whole, late, cut short or not at all.
package struct SandboxResponse: Sendable {
    /// What happens on the connection instead of, or while, sending the answer.
    package enum Delivery: Sendable, Equatable {
        /// The whole answer.
        case whole
        /// The connection is reset and nothing is sent.
        case reset
        /// The head announces the whole body, half of it follows, then the connection closes.
        case truncated
        /// The body is sent in pieces with pauses between them, `over` seconds in all.
        case slow(over: Double)
    }

    /// The status code.
    package var status: Int
    /// The header fields in order; `Content-Length` and `Date` are added when they are sent.
    package var headers: [(name: String, value: String)]
    /// The whole body.
    package var body: [UInt8]
    /// How the answer is carried.
    package var delivery: Delivery
    /// Real seconds to wait before the answer is sent.
    package var delay: Double
    /// Whether the connection is closed after the answer.
    package var closesConnection: Bool
    /// Whether a fault made this answer; the exchange log says so.
    package var injected: Bool

    /// Makes an answer that is delivered whole and at once.
    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        delivery = .whole
        delay = 0
        closesConnection = false
        injected = false
    }

    /// A JSON answer from text that is JSON already.
    package static func json(
        _ text: String,
        status: Int = 200,
        headers: [(name: String, value: String)] = [],
        contentType: String = "application/json; charset=utf-8"
    ) -> SandboxResponse {
        SandboxResponse(
            status: status,
            headers: [("Content-Type", contentType)] + headers,
            body: Array(text.utf8)
        )
    }

    /// A JSON answer from a value.
    package static func json(
        _ value: SandboxJSON,
        status: Int = 200,
        headers: [(name: String, value: String)] = [],
        contentType: String = "application/json; charset=utf-8"
    ) -> SandboxResponse {
        json(value.text, status: status, headers: headers, contentType: contentType)
    }

    /// An answer without a body.
    package static func empty(status: Int, headers: [(name: String, value: String)] = []) -> SandboxResponse {
        SandboxResponse(status: status, headers: headers)
    }

    /// A page of HTML, as gateways and log-in forms send it.
    package static func html(_ text: String, status: Int = 200) -> SandboxResponse {
        SandboxResponse(status: status, headers: [("Content-Type", "text/html; charset=utf-8")], body: Array(text.utf8))
    }

    /// The text after the status code on the wire.
    package var reasonPhrase: String { Self.reasonPhrase(of: status) }

    /// The body as text.
    package var bodyText: String { String(decoding: body, as: UTF8.self) }

    /// The usual reason phrase of a status code; `Status <n>` for one without.
    package static func reasonPhrase(of status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 307: "Temporary Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Payload Too Large"
        case 415: "Unsupported Media Type"
        case 414: "URI Too Long"
        case 422: "Unprocessable Entity"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Status \(status)"
        }
    }
}
