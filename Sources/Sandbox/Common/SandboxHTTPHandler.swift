import NIOCore
import NIOHTTP1

/// Collects requests of one connection, has them answered, and carries the answers the way they ask for.
final class SandboxHTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let responder: SandboxResponder
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(responder: SandboxResponder) {
        self.responder = responder
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let received):
            body = []
            if responder.service.answersBeforeBody(method: received.method.rawValue, target: received.uri) {
                head = nil
                answer(received, on: context)
            } else {
                head = received
            }
        case .body(var part):
            guard head != nil else { return }
            body += part.readBytes(length: part.readableBytes) ?? []
        case .end:
            guard let complete = head else { return }
            head = nil
            answer(complete, on: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A connection that broke has no answer to wait for.
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, on context: ChannelHandlerContext) {
        let request = SandboxRequest(
            method: head.method.rawValue,
            target: head.uri,
            headers: head.headers.map { (name: $0.name, value: $0.value) },
            body: body
        )
        body = []
        let channel = context.channel
        let responder = self.responder
        let keepsAlive = head.isKeepAlive
        let isHead = head.method == .HEAD
        // The work outlives the connection on purpose: a client that hangs up has not undone its call.
        Task {
            let response = await responder.respond(to: request)
            await SandboxAnswer(
                response: response,
                now: responder.clock.now,
                keepsAlive: keepsAlive,
                leavesOutBody: isHead
            ).send(on: channel)
        }
    }
}
