import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An answer on its way to a connection.
struct SandboxAnswer: Sendable {
    let response: SandboxResponse
    let now: Double
    let keepsAlive: Bool
    let leavesOutBody: Bool

    /// Sends the answer the way it asks for; a connection that has gone meanwhile is no error of the sandbox's.
    func send(on channel: any Channel) async {
        do {
            if response.delay > 0 { try await Task.sleep(for: .seconds(response.delay)) }
            if response.delivery == .reset {
                try await reset(channel)
            } else {
                try await write(to: channel)
            }
        } catch {
            channel.close(promise: nil)
        }
    }

    private func write(to channel: any Channel) async throws {
        let closes = response.closesConnection || !keepsAlive || response.delivery == .truncated
        // What needs no pause goes out in one flush; a failed write shows in the promise of the last one.
        channel.write(HTTPServerResponsePart.head(head(closes: closes)), promise: nil)
        if !leavesOutBody { try await writeBody(to: channel) }
        if response.delivery != .truncated {
            try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        }
        if closes { try await channel.close() }
    }

    private func head(closes: Bool) -> HTTPResponseHead {
        var fields = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        fields.add(name: "Date", value: SandboxTime.httpDate(now))
        if response.status != 204 { fields.add(name: "Content-Length", value: String(response.body.count)) }
        fields.add(name: "Connection", value: closes ? "close" : "keep-alive")
        // A known status, not one of our own: of `204` NIO has to know that no body follows, or it sends an empty chunk that
        // ends the connection for whoever reads by the rules (RFC 9112 §6.1).
        let status = HTTPResponseStatus(statusCode: response.status, reasonPhrase: response.reasonPhrase)
        return HTTPResponseHead(version: .http1_1, status: status, headers: fields)
    }

    private func writeBody(to channel: any Channel) async throws {
        switch response.delivery {
        case .truncated: try await write(response.body.prefix(response.body.count / 2), to: channel)
        case .slow(let seconds):
            let pieces = 10
            for piece in 0..<pieces {
                try await Task.sleep(for: .seconds(seconds / Double(pieces)))
                let start = response.body.count * piece / pieces
                let end = response.body.count * (piece + 1) / pieces
                try await write(response.body[start..<end], to: channel)
            }
        case .whole, .reset:
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: response.body))), promise: nil)
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, to channel: any Channel) async throws {
        guard !bytes.isEmpty else { return }
        try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    }

    /// Closes with a reset instead of an orderly end, as a crashed gateway does.
    private func reset(_ channel: any Channel) async throws {
        if let options = channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.close()
    }
}
