import Logging
import NIOCore

/// The server's side of TLS in a channel's pipeline: ciphertext towards the network, plaintext towards the handlers.
///
/// What it decides is in `TLSHandlerState`, what libssl does in `TLSConnection`; the handler moves buffers between the
/// two and the channel. Its life and its timers are here; each direction and the closing have a file of their own. It is
/// made for requests and responses: once a handler closes the output, the conversation is over, and what the peer still
/// sends is thrown away undecrypted, for a limited time, so that the peer can read our last response before the
/// connection goes.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = IOData
    package typealias OutboundOut = IOData

    let configuration: TLSListenerConfiguration
    let statistics: TLSListenerStatistics
    let logger: Logger
    var state = TLSHandlerState()
    /// Made when the channel becomes active, so that a refused connection costs nothing.
    private(set) var connection: TLSConnection?
    /// Where records are decrypted into.
    ///
    /// Its storage is used again when nobody has kept what was passed on.
    var plaintext = ByteBuffer()
    /// Whether anything has been passed on since the last read completed.
    var hasDelivered = false
    /// Bytes thrown away since our side was closed.
    var discardedBytes = 0
    /// What waits to be encrypted or sent.
    var pending = PendingPlaintext()
    private let store: CertificateStore
    /// Ends the handshake, the last flush or the lingering; there is at most one at a time.
    private var timer: Scheduled<Void>?
    private var drainTimer: Scheduled<Void>?

    package init(
        store: CertificateStore,
        configuration: TLSListenerConfiguration,
        statistics: TLSListenerStatistics,
        logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.statistics = statistics
        self.logger = logger
    }

    // MARK: Life

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive {
            begin(context: context)
        }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    package func channelActive(context: ChannelHandlerContext) {
        begin(context: context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        if state.phase == .handshaking {
            statistics.count { $0.failedHandshakes += 1 }
        }
        end()
        context.fireChannelInactive()
    }

    private func begin(context: ChannelHandlerContext) {
        guard connection == nil else { return }
        do {
            connection = try TLSConnection(contexts: store.contexts, allocator: context.channel.allocator)
        } catch {
            logger.debug("Cannot make a TLS connection", metadata: ["tls.error": "\(error)"])
            context.close(promise: nil)
            return
        }
        schedule(in: configuration.handshakeTimeout, context: context) { handler, context in
            handler.statistics.count { $0.handshakeTimeouts += 1 }
            handler.state.failed()
            context.close(promise: nil)
        }
    }

    private func end() {
        stopTimer()
        drainTimer?.cancel()
        drainTimer = nil
        state.channelClosed()
        connection = nil
        plaintext = ByteBuffer()
        let promise = pending.takePromise()
        pending = PendingPlaintext()
        promise?.fail(ChannelError.ioOnClosedChannel)
    }

    // MARK: Events and time

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            // The handlers have heard of it already, from the close_notify, or do not need to: the channel closes.
            if state.endOfStreamReceived() == .close {
                context.close(promise: nil)
            }
        case is ChannelShouldQuiesceEvent:
            drain(context: context)
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// A graceful shutdown has begun.
    ///
    /// Idle connections are closed by the handlers that know what idle means; here is the limit for the others.
    private func drain(context: ChannelHandlerContext) {
        guard drainTimer == nil else { return }
        guard state.phase != .handshaking else {
            context.close(promise: nil)
            return
        }
        drainTimer = context.eventLoop.assumeIsolated().scheduleTask(in: configuration.drainTimeout) {
            self.statistics.count { $0.cutWhileDraining += 1 }
            context.close(promise: nil)
        }
    }

    /// Whether the handshake, the last flush or the lingering is waited for.
    var hasTimer: Bool { timer != nil }

    /// Ends the wait for the handshake, the last flush or the lingering.
    func stopTimer() {
        timer?.cancel()
        timer = nil
    }

    /// Does something later, unless the connection ends before or something else is scheduled.
    func schedule(
        in amount: TimeAmount,
        context: ChannelHandlerContext,
        _ action: @escaping (TLSHandler, ChannelHandlerContext) -> Void
    ) {
        stopTimer()
        // Sending may have found the channel closed, and closed it.
        guard state.phase != .closed else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: amount) {
            self.timer = nil
            action(self, context)
        }
    }
}
