import NIOCore

/// Writes smaller than this are put together, so that a response's header and a short body make one record.
private let coalescedBytes = 8 * 1024

extension TLSHandler {
    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state.takesOutput || state.phase == .handshaking, let connection else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        guard case .byteBuffer(let buffer) = unwrapOutboundIn(data) else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        pending.keep(promise)
        if state.takesOutput, buffer.readableBytes >= coalescedBytes {
            encryptPending(context: context)
            encrypt(buffer, by: connection, context: context)
        } else {
            pending.add(buffer)
        }
    }

    package func flush(context: ChannelHandlerContext) {
        // Before the handshake is complete nothing can be encrypted; its end flushes.
        guard state.takesOutput else { return }
        encryptPending(context: context)
        send(context: context)
    }

    /// Encrypts what was written and has waited for more.
    func encryptPending(context: ChannelHandlerContext) {
        guard let connection, let buffer = pending.takeBytes() else { return }
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
    func send(context: ChannelHandlerContext) {
        let promise = pending.takePromise()
        guard let ciphertext = connection?.takeOutbound() else {
            promise?.succeed()
            return
        }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ciphertext)), promise: promise)
    }
}
