import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Sandbox
import Synchronization
import Testing

/// A receiver of webhooks on a socket of its own, with TLS or without: notes what it gets and answers by plan.
final class HookReceiver: Sendable {
    private struct State {
        var requests: [SandboxRequest] = []
        var answers: [Int] = []
        var standing = 200
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)
    private let folder: URL?
    /// The address to register, without a path.
    let baseURL: String
    /// The file of the certificate that a caller has to trust; nil without TLS.
    let authority: String?

    private init(baseURL: String, authority: String?, folder: URL?) {
        self.baseURL = baseURL
        self.authority = authority
        self.folder = folder
    }

    /// Listens, and stops after the body.
    static func run<Value: Sendable>(
        tls: Bool = false,
        _ body: @Sendable (HookReceiver) async throws -> Value
    ) async throws -> Value {
        let folder = tls ? try makeCertificate() : nil
        let context = try folder.map(context)
        let box = Mutex<HookReceiver?>(nil)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(
                        Handler { request in
                            box.withLock { $0 }?.answer(request) ?? 500
                        }
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let scheme = tls ? "https://localhost" : "http://127.0.0.1"
        let receiver = HookReceiver(
            baseURL: "\(scheme):\(channel.localAddress?.port ?? 0)",
            authority: folder?.appendingPathComponent("cert.pem").path,
            folder: folder
        )
        box.withLock { $0 = receiver }
        do {
            let value = try await body(receiver)
            try await receiver.stop(channel)
            return value
        } catch {
            try await receiver.stop(channel)
            throw error
        }
    }

    /// What came by POST so far.
    var posts: [SandboxRequest] { state.withLock { $0.requests.filter { $0.method == "POST" } } }

    /// The methods of everything that came.
    var methods: [String] { state.withLock { $0.requests.map(\.method) } }

    /// Answers the next requests with these statuses; 0 leaves one without an answer.
    func plan(_ answers: Int...) { state.withLock { $0.answers += answers } }

    /// Answers every request without a plan with this status.
    func answerAlways(_ status: Int) { state.withLock { $0.standing = status } }

    /// The types of the events that came, in order.
    var types: [String] { posts.compactMap { $0.formValue("type") } }

    private func answer(_ request: SandboxRequest) -> Int {
        state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? state.standing : state.answers.removeFirst()
        }
    }

    private func stop(_ channel: any Channel) async throws {
        // A listener that has ended by itself has reached what stopping is for.
        channel.close(mode: .all, promise: nil)
        try await channel.closeFuture.get()
        if let folder { try FileManager.default.removeItem(at: folder) }
    }

    private static func makeCertificate() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem",
            "-out", "cert.pem",
        ]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return folder
    }

    private static func context(_ folder: URL) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(folder.appendingPathComponent("cert.pem").path)
        let key = try NIOSSLPrivateKey(file: folder.appendingPathComponent("key.pem").path, format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
        )
    }

    /// Gathers a request and answers it.
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable (SandboxRequest) -> Int
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ answer: @escaping @Sendable (SandboxRequest) -> Int) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let received): head = received
            case .body(var part): body += part.readBytes(length: part.readableBytes) ?? []
            case .end:
                guard let head else { return }
                let request = SandboxRequest(
                    method: head.method.rawValue,
                    target: head.uri,
                    headers: head.headers.map { (name: $0.name, value: $0.value) },
                    body: body
                )
                let status = answer(request)
                guard status > 0 else { return }
                let fields = HTTPHeaders([("Content-Length", "0"), ("Connection", "close")])
                let answerHead = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
                context.write(wrapOutboundOut(.head(answerHead)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
