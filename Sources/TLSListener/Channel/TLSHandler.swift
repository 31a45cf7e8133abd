import Logging
import NIOCore

/// The server's side of TLS in a channel's pipeline: ciphertext towards the network, plaintext towards the handlers.
///
/// What it decides is in `TLSHandlerState`, what libssl does in `TLSConnection`; the handler moves buffers between the
/// two and the channel. It is made for requests and responses: once a handler closes the output, the conversation is
/// over, and what the peer still sends is thrown away undecrypted, for a limited time, so that the peer can read our
/// last response before the connection goes.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = IOData
    package typealias OutboundOut = IOData

    /// Writes smaller than this are put together, so that a response's header and a short body make one record.
    private static let coalescedBytes = 8 * 1024
    /// A plaintext buffer larger than this is given back after use.
    private static let keptCapacity = 16 * 1024
    /// The smallest plaintext buffer that is made.
    private static let minimumPlaintext = 512

    private let store: CertificateStore
    private let configuration: TLSListenerConfiguration
    private let statistics: TLSListenerStatistics
    private let logger: Logger
    private var state = TLSHandlerState()
    /// Made when the channel becomes active, so that a refused connection costs nothing.
    private var connection: TLSConnection?
    /// Where records are decrypted into.
    ///
    /// Its storage is used again when nobody has kept what was passed on.
    private var plaintext = ByteBuffer()
    /// Whether anything has been passed on since the last read completed.
    private var hasDelivered = false
    /// Small writes that wait for a flush, and everything that was written before the handshake was complete.
    private var pending = ByteBuffer()
    /// Completed with the next bytes that are sent.
    private var pendingPromise: EventLoopPromise<Void>?
    /// Bytes thrown away since our side was closed.
    private var discardedBytes = 0
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
        timer?.cancel()
        timer = nil
        drainTimer?.cancel()
        drainTimer = nil
        state.channelClosed()
        connection = nil
        plaintext = ByteBuffer()
        pending = ByteBuffer()
        pendingPromise?.fail(ChannelError.ioOnClosedChannel)
        pendingPromise = nil
    }

    // MARK: Reading

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let ciphertext = unwrapInboundIn(data)
        guard state.takesInput, let connection else {
            discard(ciphertext.readableBytes, context: context)
            return
        }
        connection.receive(ciphertext)
        if state.phase == .handshaking {
            advanceHandshake(connection, context: context)
        }
        if state.phase == .open {
            deliver(from: connection, context: context)
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if state.isWaitingForPeer {
            // The handlers above have stopped asking for reads, without which the peer's close is never seen.
            context.read()
        }
        // Reads that only moved TLS on were no reads to the handlers above, which count on that.
        guard hasDelivered else { return }
        hasDelivered = false
        context.fireChannelReadComplete()
    }

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

    private func advanceHandshake(_ connection: TLSConnection, context: ChannelHandlerContext) {
        do {
            guard try connection.advanceHandshake() == .complete else {
                send(context: context)
                return
            }
        } catch {
            statistics.count { $0.failedHandshakes += 1 }
            fail(error, context: context)
            return
        }
        timer?.cancel()
        timer = nil
        state.handshakeCompleted()
        let isResumed = connection.isResumed
        statistics.count {
            $0.handshakes += 1
            $0.resumed += isResumed ? 1 : 0
        }
        encryptPending(context: context)
        send(context: context)
        context.fireUserInboundEventTriggered(
            TLSHandshakeCompletion(
                protocolVersion: connection.protocolVersion,
                cipherSuite: connection.cipherSuite,
                isResumed: isResumed
            )
        )
    }

    /// Decrypts all there is and passes it on, in as few buffers as it fits.
    private func deliver(from connection: TLSConnection, context: ChannelHandlerContext) {
        // Passing on may close the channel or this side of it, so the state is asked again every time.
        while state.takesInput {
            let outcome: TLSConnection.ReadOutcome
            do {
                outcome = try fillPlaintext(from: connection)
            } catch {
                passOn(context: context)
                fail(error, context: context)
                return
            }
            passOn(context: context)
            switch outcome {
            case .data:
                continue
            case .incomplete:
                // What libssl had to say meanwhile, such as the answer to a key update.
                send(context: context)
                return
            case .closed:
                peerClosed(context: context)
                return
            }
        }
    }

    private func fillPlaintext(from connection: TLSConnection) throws(LibraryError) -> TLSConnection.ReadOutcome {
        plaintext.clear(minimumCapacity: max(connection.inboundBytes, Self.minimumPlaintext))
        while plaintext.writableBytes > 0 {
            let outcome = try connection.read(into: &plaintext)
            guard outcome == .data else { return outcome }
        }
        return .data
    }

    private func passOn(context: ChannelHandlerContext) {
        guard plaintext.readableBytes > 0 else { return }
        hasDelivered = true
        let passed = plaintext
        if plaintext.capacity > Self.keptCapacity {
            plaintext = ByteBuffer()
        }
        context.fireChannelRead(wrapInboundOut(passed))
    }

    private func peerClosed(context: ChannelHandlerContext) {
        switch state.closeNotifyReceived(allowsHalfClosure: allowsHalfClosure(context)) {
        case .reportInputClosed:
            if hasDelivered {
                hasDelivered = false
                context.fireChannelReadComplete()
            }
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .close(let closing):
            perform(closing, context: context, promise: nil)
        }
    }

    private func allowsHalfClosure(_ context: ChannelHandlerContext) -> Bool {
        do {
            return try context.channel.syncOptions?.getOption(.allowRemoteHalfClosure) ?? false
        } catch {
            // A channel without the option does not close by halves.
            return false
        }
    }

    private func discard(_ count: Int, context: ChannelHandlerContext) {
        discardedBytes += count
        if discardedBytes > configuration.lingerBytes {
            context.close(promise: nil)
        }
    }

    // MARK: Writing

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state.takesOutput || state.phase == .handshaking, let connection else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        guard case .byteBuffer(let buffer) = unwrapOutboundIn(data) else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        keep(promise)
        if state.takesOutput, buffer.readableBytes >= Self.coalescedBytes {
            encryptPending(context: context)
            encrypt(buffer, by: connection, context: context)
        } else if pending.readableBytes == 0 {
            pending = buffer
        } else {
            pending.writeImmutableBuffer(buffer)
        }
    }

    package func flush(context: ChannelHandlerContext) {
        // Before the handshake is complete nothing can be encrypted; its end flushes.
        guard state.takesOutput else { return }
        encryptPending(context: context)
        send(context: context)
    }

    private func keep(_ promise: EventLoopPromise<Void>?) {
        guard let promise else { return }
        if let pendingPromise {
            pendingPromise.futureResult.cascade(to: promise)
        } else {
            pendingPromise = promise
        }
    }

    private func encryptPending(context: ChannelHandlerContext) {
        guard pending.readableBytes > 0, let connection else { return }
        let buffer = pending
        pending = ByteBuffer()
        encrypt(buffer, by: connection, context: context)
    }

    private func encrypt(_ buffer: ByteBuffer, by connection: TLSConnection, context: ChannelHandlerContext) {
        do {
            try connection.write(buffer)
        } catch {
            fail(error, context: context)
        }
    }

    /// Sends the ciphertext that has gathered.
    private func send(context: ChannelHandlerContext) {
        let promise = pendingPromise
        pendingPromise = nil
        guard let ciphertext = connection?.takeOutbound() else {
            promise?.succeed()
            return
        }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ciphertext)), promise: promise)
    }

    // MARK: Closing

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input:
            let wasClosed = state.isInputClosed
            state.closeInputRequested()
            context.close(mode: .input, promise: promise)
            // The channel's own event says the same, and is kept from the handlers, as it also follows a close_notify.
            if !wasClosed {
                context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
        case .output:
            let closing = state.closeOutputRequested()
            guard closing != .nothing else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            perform(closing, context: context, promise: promise)
        case .all:
            let closing = state.closeRequested()
            guard closing != .nothing else {
                context.channel.closeFuture.cascade(to: promise)
                return
            }
            perform(closing, context: context, promise: promise)
        }
    }

    private func perform(
        _ closing: TLSHandlerState.Closing,
        context: ChannelHandlerContext,
        promise: EventLoopPromise<Void>?
    ) {
        switch closing {
        case .sayGoodbyeThenHalfClose:
            sayGoodbye(context: context)
            send(context: context)
            let closed = promise ?? context.eventLoop.makePromise(of: Void.self)
            closeWhenStalled(context: context)
            // The channel closes its side when all has been written.
            context.close(mode: .output, promise: closed)
            context.read()
            closed.futureResult.assumeIsolated().whenComplete { _ in
                self.linger(context: context)
            }
        case .sayGoodbyeThenClose:
            sayGoodbye(context: context)
            closeAfterLastBytes(context: context, promise: promise)
        case .close:
            context.close(promise: promise)
        case .nothing:
            promise?.succeed()
        }
    }

    private func sayGoodbye(context: ChannelHandlerContext) {
        encryptPending(context: context)
        connection?.sendCloseNotify()
    }

    /// Sends what has gathered, waits until the kernel has it, and closes the channel.
    private func closeAfterLastBytes(context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        keep(sent)
        send(context: context)
        closeWhenStalled(context: context)
        sent.futureResult.assumeIsolated().whenComplete { _ in
            context.close(promise: promise)
        }
    }

    private func fail(_ error: LibraryError, context: ChannelHandlerContext) {
        guard state.phase != .closing, state.phase != .closed else { return }
        logger.debug(
            "Closing a TLS connection that failed",
            metadata: [
                "tls.error": "\(error)",
                "tls.peer": "\(context.channel.remoteAddress.map { "\($0)" } ?? "unknown")",
            ]
        )
        state.failed()
        closeAfterLastBytes(context: context, promise: nil)
    }

    private func closeWhenStalled(context: ChannelHandlerContext) {
        schedule(in: configuration.idleTimeout, context: context) { _, context in
            context.close(promise: nil)
        }
    }

    /// Gives the peer time to read our last bytes and to close.
    private func linger(context: ChannelHandlerContext) {
        guard state.phase == .lingering else { return }
        schedule(in: configuration.lingerTimeout, context: context) { _, context in
            context.close(promise: nil)
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

    private func schedule(
        in amount: TimeAmount,
        context: ChannelHandlerContext,
        _ action: @escaping (TLSHandler, ChannelHandlerContext) -> Void
    ) {
        timer?.cancel()
        // Sending may have found the channel closed, and closed it.
        guard state.phase != .closed else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: amount) {
            self.timer = nil
            action(self, context)
        }
    }
}
