import AsyncHTTPClient
import Foundation
import NIOCore

/// Calls of the sandbox's controls.
enum HTTPCall {
    /// GET, or POST where there is a body; answers the JSON.
    static func json(_ url: URL, body: String?) async throws -> Any {
        var request = HTTPClientRequest(url: url.absoluteString)
        if let body {
            request.method = .POST
            request.body = .bytes(Data(body.utf8))
            request.headers.add(name: "Content-Type", value: "application/json")
        }
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let bytes = try await answer.body.collect(upTo: 16 << 20)
        guard bytes.readableBytes > 0 else { return [String: Any]() }
        return try JSONSerialization.jsonObject(with: Data(bytes.readableBytesView))
    }
}
