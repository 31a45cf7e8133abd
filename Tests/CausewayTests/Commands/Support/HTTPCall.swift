import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Sandbox

/// Calls of the sandbox's controls.
enum HTTPCall {
    /// GET, or POST where there is a body; answers the JSON, null where there is none.
    static func json(_ url: String, body: String?) async throws -> SandboxJSON {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Connection", value: "close")
        if let body {
            request.method = .POST
            request.body = .bytes(ByteBuffer(string: body))
        }
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let bytes = try await answer.body.collect(upTo: 16 << 20)
        return SandboxJSON(parsing: String(buffer: bytes)) ?? nil
    }
}
