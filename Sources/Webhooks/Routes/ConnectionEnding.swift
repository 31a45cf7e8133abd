import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// How long a sender has to read the answer before its connection is cut.
    private static let patience = TimeAmount.seconds(2)

    /// The same answer, after which the connection ends, whatever the sender still sends.
    ///
    /// Hummingbird reads on after an answer until the request's body ends, and takes no notice of a
    /// `Connection: close` of ours; a sender of gigabytes would be listened to. So reading stops here, our side is
    /// closed after the answer, and the rest soon after: cut at once, the answer could be lost to the reset that
    /// unread bytes cause.
    func endingConnection(_ channel: any Channel) -> Response {
        var headers = headers
        headers[.connection] = "close"
        let body = body
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(contentLength: body.contentLength) { writer in
                channel.pipeline.addHandler(ReadingEnd(), position: .first).whenFailure { _ in
                    channel.close(promise: nil)
                }
                try await body.write(writer)
                channel.close(mode: .output, promise: nil)
                channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
            }
        )
    }
}

/// Lets no request for more bytes through to the socket.
///
/// Switching `autoRead` off would not do: Hummingbird's loop goes on asking.
private final class ReadingEnd: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = NIOAny

    func read(context: ChannelHandlerContext) {}
}
