import NIOCore

/// Where the requests and responses of one connection stand: when it is to be closed, and by when what must happen.
///
/// Each method reports what happened, at a time that the caller gives. No I/O, no clock.
package struct HTTPExchangeState {
    /// What ends a connection when it does not happen in time.
    package enum Timeout: Equatable {
        /// A request's header that was begun, or the first one.
        case header
        /// A request's body.
        case body
        /// The next request, or the peer's taking of a response.
        case idle
    }

    /// A time and what must have happened by then.
    package struct Deadline: Equatable {
        package let time: NIODeadline
        package let timeout: Timeout

        package init(time: NIODeadline, timeout: Timeout) {
            self.time = time
            self.timeout = timeout
        }
    }

    /// The deadline that counts now; nil while a response is being prepared, which takes what it takes.
    package private(set) var deadline: Deadline?
    /// Whether the last response has been sent; the rest is the peer's to close.
    package private(set) var isFinished = false

    private let header: TimeAmount
    private let body: TimeAmount
    private let idle: TimeAmount
    /// Requests whose header was read and whose response has not ended.
    private var unanswered = 0
    /// Whether a request's header was read and its end was not.
    private var isReadingRequest = false
    /// Whether the request that was read last is the last one: it, or a shutdown, said so.
    private var isLastRequestRead = false
    /// Whether the response that is being written closes the connection.
    private var isLastResponseBegun = false
    private var isDraining = false

    package init(header: TimeAmount, body: TimeAmount, idle: TimeAmount) {
        self.header = header
        self.body = body
        self.idle = idle
    }

    /// The handshake is complete: the first request may come.
    package mutating func connected(at now: NIODeadline) {
        deadline = Deadline(time: now + header, timeout: .header)
    }

    /// A read brought bytes, but no part of a request: the beginning of a header, or the middle of it.
    package mutating func incompleteHeaderRead(at now: NIODeadline) {
        guard unanswered == 0, !isReadingRequest, deadline?.timeout != .header else { return }
        deadline = Deadline(time: now + header, timeout: .header)
    }

    /// A request's header was read.
    ///
    /// - Parameters:
    ///   - keepsAlive: Whether the peer expects the connection to stay open after the response.
    ///   - now: The time.
    /// - Returns: Whether to pass it on; what follows a last request is not ours to answer.
    package mutating func requestHeadRead(keepsAlive: Bool, at now: NIODeadline) -> Bool {
        guard !isFinished, !isLastRequestRead else { return false }
        unanswered += 1
        isReadingRequest = true
        isLastRequestRead = !keepsAlive
        updateDeadline(at: now)
        return true
    }

    /// A request's body was read in part.
    ///
    /// - Returns: Whether to pass it on.
    package func requestBodyRead() -> Bool {
        !isFinished && isReadingRequest
    }

    /// A request was read to its end.
    ///
    /// - Returns: Whether to pass it on.
    package mutating func requestEndRead(at now: NIODeadline) -> Bool {
        guard !isFinished, isReadingRequest else { return false }
        isReadingRequest = false
        updateDeadline(at: now)
        return true
    }

    /// A response's header, not an interim one, is to be written.
    ///
    /// - Parameter keepsAlive: Whether the response leaves the connection open by itself.
    /// - Returns: Whether the response is the last one, and must say so.
    package mutating func responseHeadWritten(keepsAlive: Bool) -> Bool {
        let isLastAsked = (isLastRequestRead || isDraining) && unanswered <= 1
        isLastResponseBegun = !keepsAlive || isLastAsked
        return isLastResponseBegun
    }

    /// A response was written to its end.
    ///
    /// - Returns: Whether to close the connection now.
    package mutating func responseEndWritten(at now: NIODeadline) -> Bool {
        unanswered = max(0, unanswered - 1)
        if isLastResponseBegun || (isDraining && unanswered == 0) {
            isFinished = true
            deadline = nil
            return true
        }
        updateDeadline(at: now)
        return false
    }

    /// The peer began, or stopped, taking what is sent.
    package mutating func writabilityChanged(isWritable: Bool, at now: NIODeadline) {
        guard !isFinished else { return }
        if isWritable {
            updateDeadline(at: now)
        } else if deadline == nil {
            deadline = Deadline(time: now + idle, timeout: .idle)
        }
    }

    /// A graceful shutdown has begun.
    ///
    /// - Returns: Whether to close now, as nothing is being answered.
    package mutating func drainRequested() -> Bool {
        isDraining = true
        guard unanswered == 0, !isFinished else { return false }
        isFinished = true
        deadline = nil
        return true
    }

    /// Tells what has not happened in time.
    package func expired(at now: NIODeadline) -> Timeout? {
        guard let deadline, deadline.time <= now else { return nil }
        return deadline.timeout
    }

    private mutating func updateDeadline(at now: NIODeadline) {
        switch (unanswered, isReadingRequest) {
        case (0, false):
            deadline = Deadline(time: now + idle, timeout: .idle)
        case (0...1, true):
            // One deadline for the whole body, however it comes in. It was answered early, or is being read.
            if deadline?.timeout != .body {
                deadline = Deadline(time: now + body, timeout: .body)
            }
        default:
            // We owe a response. A further request whose body is coming in waits for us, not we for it.
            deadline = nil
        }
    }
}
