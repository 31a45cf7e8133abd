import Logging
import NIOCore

extension TLSHandler {
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

    /// Closes as it was decided.
    func perform(
        _ closing: TLSHandlerState.Closing,
        context: ChannelHandlerContext,
        promise: EventLoopPromise<Void>?
    ) {
        switch closing {
        case .sayGoodbyeThenHalfClose:
            sayGoodbye(context: context)
            send(context: context)
            let closed = promise ?? context.eventLoop.makePromise(of: Void.self)
            // The channel closes its side when all has been written, which mostly is now.
            context.close(mode: .output, promise: closed)
            context.read()
            closed.futureResult.assumeIsolated().whenComplete { _ in
                self.linger(context: context)
            }
            if !hasTimer { closeWhenStalled(context: context) }
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
        pending.keep(sent)
        send(context: context)
        stopTimer()
        sent.futureResult.assumeIsolated().whenComplete { _ in
            context.close(promise: promise)
        }
        // Mostly the kernel has it already.
        if state.phase != .closed { closeWhenStalled(context: context) }
    }

    /// Ends a connection on which libssl cannot go on.
    func fail(_ error: LibraryError, context: ChannelHandlerContext) {
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
}
