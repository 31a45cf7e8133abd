import NIOCore
import NIOHTTP1

/// Keeps the order of requests and responses within its time, and closes the connection after the last response.
///
/// It stands between NIO's HTTP codec and the handlers that answer. It closes when the request or the response says
/// `Connection: close`, in any case and in HTTP/1.0 too; when the header, the body or the next request do not come in
/// time; and, on a graceful shutdown, as soon as nothing is being answered. Nothing that comes after the last request
/// is passed on.
final class HTTPExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let statistics: TLSListenerStatistics
    private var state: HTTPExchangeState
    private var hasReadPart = false
    /// The one timer, which is only moved when it fires or would fire too late: most deadlines are met, and moving a
    /// timer for each would cost more than looking at the clock now and then.
    private var timer: Scheduled<Void>?
    private var timerTime = NIODeadline.distantFuture

    init(configuration: TLSListenerConfiguration, statistics: TLSListenerStatistics) {
        self.statistics = statistics
        self.state = HTTPExchangeState(
            header: configuration.headerTimeout,
            body: configuration.bodyTimeout,
            idle: configuration.idleTimeout
        )
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is TLSHandshakeCompletion:
            state.connected(at: .now())
            armTimer(context: context)
        case is ChannelShouldQuiesceEvent:
            if state.drainRequested() {
                context.close(promise: nil)
            }
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasReadPart = true
        let isPassedOn =
            switch unwrapInboundIn(data) {
            case .head(let head): state.requestHeadRead(keepsAlive: head.isKeepAlive, at: .now())
            case .body: state.requestBodyRead()
            case .end: state.requestEndRead(at: .now())
            }
        if isPassedOn {
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasReadPart {
            state.incompleteHeaderRead(at: .now())
        }
        hasReadPart = false
        armTimer(context: context)
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(isWritable: context.channel.isWritable, at: .now())
        armTimer(context: context)
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !state.isFinished else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            let keepsAlive = head.isKeepAlive
            if state.responseHeadWritten(keepsAlive: keepsAlive), keepsAlive {
                head.headers.replaceOrAdd(name: "connection", value: "close")
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            } else {
                context.write(data, promise: promise)
            }
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            if state.responseEndWritten(at: .now()) {
                finish(context: context, data: data, promise: promise)
            } else {
                context.write(data, promise: promise)
                armTimer(context: context)
            }
        }
    }

    /// Sends the end of the last response, closes our side, and tells the handlers that no request will come.
    ///
    /// Closing flushes, so that the response and the close_notify leave in one packet.
    private func finish(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        context.close(mode: .output, promise: nil)
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func armTimer(context: ChannelHandlerContext) {
        guard let deadline = state.deadline, deadline.time < timerTime else { return }
        timer?.cancel()
        timerTime = deadline.time
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline.time) {
            self.timerFired(context: context)
        }
    }

    private func timerFired(context: ChannelHandlerContext) {
        timer = nil
        timerTime = .distantFuture
        guard let timeout = state.expired(at: .now()) else {
            armTimer(context: context)
            return
        }
        statistics.count {
            switch timeout {
            case .header: $0.headerTimeouts += 1
            case .body: $0.bodyTimeouts += 1
            case .idle: $0.idleTimeouts += 1
            }
        }
        context.close(promise: nil)
    }
}
