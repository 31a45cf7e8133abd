/// Where a TLS connection stands, and what follows from what happens to it.
///
/// No I/O, no clock.
package struct TLSHandlerState {
    /// The phases, in their order; a phase may be skipped, never repeated.
    package enum Phase: Equatable {
        /// No application data yet. Left by `handshakeCompleted()`, or to `closed`.
        case handshaking
        /// Both sides may send. Left when we close our side (`lingering`), when all is to be closed (`closing`), and
        /// by failures (`closing`).
        case open
        /// We have sent close_notify and closed our side of the transport. What arrives is thrown away. Left when the
        /// peer closes its side, or loses patience with us.
        case lingering
        /// Our last bytes are on their way; then the transport is closed. What arrives is thrown away.
        case closing
        /// The transport is closed.
        case closed
    }

    /// How to close, as asked by a handler or by the peer.
    package enum Closing: Equatable {
        /// Send what is pending and close_notify, then close our side of the transport.
        case sayGoodbyeThenHalfClose
        /// Send what is pending and close_notify, then close the transport.
        case sayGoodbyeThenClose
        /// Close the transport: nothing can be said any more.
        case close
        /// It is under way, or done.
        case nothing
    }

    /// What follows from the peer's close of its side.
    package enum PeerClosing: Equatable {
        /// Tell the handlers, which may still answer.
        case reportInputClosed
        case close(Closing)
    }

    package private(set) var phase = Phase.handshaking
    /// Whether nothing more will be read.
    package private(set) var isInputClosed = false

    package init() {}

    /// Whether ciphertext that arrives is to be decrypted.
    package var takesInput: Bool {
        switch phase {
        case .handshaking, .open: !isInputClosed
        case .lingering, .closing, .closed: false
        }
    }

    /// Whether application data can be encrypted.
    package var takesOutput: Bool {
        phase == .open
    }

    /// Whether only the peer's close is awaited.
    package var isWaitingForPeer: Bool {
        phase == .lingering
    }

    package mutating func handshakeCompleted() {
        guard phase == .handshaking else { return }
        phase = .open
    }

    /// libssl cannot go on.
    ///
    /// Its alert, if any, is all that may still be sent: no close_notify.
    package mutating func failed() {
        guard phase != .closed else { return }
        phase = .closing
    }

    /// The peer sent close_notify: it will send no more, and may still be reading.
    ///
    /// - Parameter allowsHalfClosure: Whether the channel lets handlers answer after the peer has closed its side.
    package mutating func closeNotifyReceived(allowsHalfClosure: Bool) -> PeerClosing {
        guard !isInputClosed else { return .close(.nothing) }
        isInputClosed = true
        guard phase == .open else { return .close(.close) }
        guard allowsHalfClosure else {
            phase = .closing
            return .close(.sayGoodbyeThenClose)
        }
        return .reportInputClosed
    }

    /// The transport's input ended.
    ///
    /// After a close_notify that is in order; before it the stream was cut, by an attacker for all we know, and nothing
    /// that the peer has begun is believed (RFC 8446 §6.1).
    package mutating func endOfStreamReceived() -> Closing {
        switch phase {
        case .open where isInputClosed: .nothing
        case .handshaking, .open, .lingering: .close
        // Our last bytes may still be on their way to a peer that is reading.
        case .closing, .closed: .nothing
        }
    }

    /// A handler closes its input: nothing more is decrypted.
    package mutating func closeInputRequested() {
        isInputClosed = true
    }

    /// A handler closes its output: it has answered, and nothing that the peer may send matters any more.
    package mutating func closeOutputRequested() -> Closing {
        switch phase {
        case .handshaking:
            phase = .closing
            return .close
        case .open where isInputClosed:
            phase = .closing
            return .sayGoodbyeThenClose
        case .open:
            phase = .lingering
            return .sayGoodbyeThenHalfClose
        case .lingering, .closing, .closed:
            return .nothing
        }
    }

    /// A handler, or a time-out, closes the connection.
    package mutating func closeRequested() -> Closing {
        switch phase {
        case .handshaking, .lingering:
            phase = .closing
            return .close
        case .open:
            phase = .closing
            return .sayGoodbyeThenClose
        case .closing:
            return .nothing
        case .closed:
            // The transport knows best how to answer that.
            return .close
        }
    }

    package mutating func channelClosed() {
        phase = .closed
    }
}
