import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// A relay that tells Causeway of opt-outs over TLS, signed as `webhooks/README.md` says.
struct DemoRelay: Sendable {
    let url: String
    /// PEM file of the authority to trust.
    let authority: String

    /// Sends one delivery.
    ///
    /// - Parameters:
    ///   - secret: the account's `whsec_…` secret.
    ///   - type: such as `contact.unsubscribed`.
    ///   - data: the members of `data`.
    /// - Returns: the HTTP status.
    func send(secret: String, type: String, data: [String: String]) async throws -> UInt {
        let now = Date()
        let body = try JSONEncoder().encode(Delivery(type: type, timestamp: now.formatted(.iso8601), data: data))
        let id = "demo-\(UUID().uuidString)"
        let stamp = String(Int(now.timeIntervalSince1970))
        guard let key = Data(base64Encoded: String(secret.dropFirst("whsec_".count))) else {
            throw Failure("the webhook secret is not base64")
        }
        let signed = Data("\(id).\(stamp).".utf8) + body
        let signature = Data(HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key)))
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "webhook-id", value: id)
        request.headers.add(name: "webhook-timestamp", value: stamp)
        request.headers.add(name: "webhook-signature", value: "v1,\(signature.base64EncodedString())")
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await status(of: request)
    }

    private func status(of request: HTTPClientRequest) async throws -> UInt {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(authority)
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let status = try await client.execute(request, timeout: .seconds(10)).status.code
            try await client.shutdown()
            return status
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    /// Whether the listener answers, whatever it says.
    func isListening(at url: String) async -> Bool {
        do { return try await status(of: HTTPClientRequest(url: url)) > 0 } catch { return false }
    }

    private struct Delivery: Encodable {
        var type: String
        var timestamp: String
        var data: [String: String]
    }
}
