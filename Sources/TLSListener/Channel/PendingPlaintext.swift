import NIOCore

/// What a handler has written and the peer has not been sent: small writes that wait for a flush, everything from before
/// the end of the handshake, and the promise of the next bytes that are sent.
///
/// It completes no promise itself, since whoever waits for one may write again at once.
struct PendingPlaintext {
    private var bytes = ByteBuffer()
    private var promise: EventLoopPromise<Void>?

    /// Adds bytes at the end.
    mutating func add(_ buffer: ByteBuffer) {
        if bytes.readableBytes == 0 {
            bytes = buffer
        } else {
            bytes.writeImmutableBuffer(buffer)
        }
    }

    /// Keeps a promise until the next bytes are sent.
    mutating func keep(_ other: EventLoopPromise<Void>?) {
        guard let other else { return }
        if let promise {
            promise.futureResult.cascade(to: other)
        } else {
            promise = other
        }
    }

    /// Gives the bytes away; nil when there are none.
    mutating func takeBytes() -> ByteBuffer? {
        guard bytes.readableBytes > 0 else { return nil }
        defer { bytes = ByteBuffer() }
        return bytes
    }

    /// Gives the promise away, to be completed with the bytes that are sent now.
    mutating func takePromise() -> EventLoopPromise<Void>? {
        defer { promise = nil }
        return promise
    }
}
