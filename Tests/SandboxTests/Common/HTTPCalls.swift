import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sandbox

/// An answer as a test looks at it.
struct Answer {
    var status: Int
    var headers: [(String, String)]
    var text: String
    var json: SandboxJSON? { SandboxJSON(parsing: text) }

    func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }
}

/// A client that follows no redirect, as a client of Workbooks must not.
private let client = HTTPClient(
    eventLoopGroupProvider: .singleton,
    configuration: .init(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5), read: .seconds(30)))
)

/// Makes one call.
@discardableResult
func call(
    _ method: String,
    _ url: String,
    headers: [(String, String)] = [],
    body: String? = nil
) async throws -> Answer {
    var request = HTTPClientRequest(url: url)
    request.method = .init(rawValue: method)
    // Ports are used again: a connection kept from an earlier server could be taken for one to this server.
    request.headers = .init(headers + [("Connection", "close")])
    if let body { request.body = .bytes(ByteBuffer(string: body)) }
    let response = try await client.execute(request, timeout: .seconds(30))
    let bytes = try await response.body.collect(upTo: 64 << 20)
    return Answer(
        status: Int(response.status.code),
        headers: response.headers.map { ($0.name, $0.value) },
        text: String(buffer: bytes)
    )
}
