import NIOCore

/// A plaintext buffer larger than this is given back after use.
private let keptCapacity = 16 * 1024
/// The smallest plaintext buffer that is made.
private let minimumPlaintext = 512

extension TLSHandler {
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
        stopTimer()
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
        plaintext.clear(minimumCapacity: max(connection.inboundBytes, minimumPlaintext))
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
        if plaintext.capacity > keptCapacity {
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
}
