import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A request as the canned server got it.
struct CannedRequest: Sendable {
    var method: String
    var uri: String
    var headers: HTTPHeaders
    var body: String

    /// The parameters of a form body, decoded, in their order.
    var form: [(name: String, value: String)] {
        body.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    /// Every value of one parameter.
    func values(_ name: String) -> [String] { form.filter { $0.name == name }.map(\.value) }

    private static func decoded(_ text: Substring) -> String {
        text.replacing("+", with: " ").removingPercentEncoding ?? "undecodable"
    }
}

/// What the canned server does with a request.
enum CannedReply: Sendable {
    case answer(status: Int, headers: [String: String] = [:], body: String)
    /// Closes the connection without an answer.
    case close
    /// Announces the whole body, sends half of it, and closes the connection.
    case truncated(String)
    /// Announces the whole body, sends half of it, and then nothing more.
    case stalled(String)
    /// An answer whose body is no text.
    case bytes([String: String], [UInt8])
    /// Never answers.
    case silence

    static func json(_ body: String) -> CannedReply {
        .answer(status: 200, headers: ["Content-Type": "application/json; charset=utf-8"], body: body)
    }

    /// An answer to a list call with these rows.
    static func rows(_ rows: [String]) -> CannedReply {
        json(#"{"success":true,"data":[\#(rows.joined(separator: ","))],"total":\#(rows.count)}"#)
    }

    static func redirect(to location: String) -> CannedReply {
        .answer(status: 302, headers: ["Location": location], body: "")
    }
}

/// A server on a loopback port whose answers are written in the test, for what the sandbox would never say.
final class CannedServer: Sendable {
    typealias Script = @Sendable (CannedRequest) -> CannedReply

    private let channel: any Channel
    private let received = Mutex<[CannedRequest]>([])

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [CannedRequest] { received.withLock { $0 } }

    private init(channel: any Channel) { self.channel = channel }

    /// Serves while `body` runs.
    static func with<Value>(_ script: @escaping Script, _ body: (CannedServer) async throws -> Value) async throws
        -> Value
    {
        let handed = Mutex<CannedServer?>(nil)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        CannedHandler { request in
                            handed.withLock { $0 }?.received.withLock { $0.append(request) }
                            return script(request)
                        }
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let server = CannedServer(channel: channel)
        handed.withLock { $0 = server }
        do {
            let value = try await body(server)
            try await channel.close()
            return value
        } catch {
            try await channel.close()
            throw error
        }
    }
}

/// Answers by the script.
private final class CannedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let reply: (CannedRequest) -> CannedReply
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(reply: @escaping (CannedRequest) -> CannedReply) { self.reply = reply }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part): body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            let text = String(buffer: body)
            let request = CannedRequest(method: head.method.rawValue, uri: head.uri, headers: head.headers, body: text)
            send(reply(request), context)
        }
    }

    private func send(_ reply: CannedReply, _ context: ChannelHandlerContext) {
        switch reply {
        case .answer(let status, let headers, let body):
            write(status, headers, body, announcing: body.utf8.count, context)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .close: context.close(promise: nil)
        case .truncated(let body):
            write(
                200,
                ["Content-Type": "application/json"],
                String(body.prefix(body.count / 2)),
                announcing: body.utf8.count,
                context
            )
            context.flush()
            context.close(promise: nil)
        case .stalled(let body):
            write(200, [:], String(body.prefix(body.count / 2)), announcing: body.utf8.count, context)
            context.flush()
        case .bytes(let headers, let bytes):
            write(200, headers, ByteBuffer(bytes: bytes), announcing: bytes.count, context)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .silence: break
        }
    }

    private func write(
        _ status: Int,
        _ headers: [String: String],
        _ body: String,
        announcing length: Int,
        _ context: ChannelHandlerContext
    ) {
        write(status, headers, ByteBuffer(string: body), announcing: length, context)
    }

    private func write(
        _ status: Int,
        _ headers: [String: String],
        _ body: ByteBuffer,
        announcing length: Int,
        _ context: ChannelHandlerContext
    ) {
        var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
        fields.replaceOrAdd(name: "Content-Length", value: String(length))
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
}
