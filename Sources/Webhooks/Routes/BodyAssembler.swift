import Hummingbird
import NIOCore
import Synchronization

/// Puts a request's body together, within a limit for each and a limit for all.
///
/// A body that arrives in one piece, as nearly all do, is used as it is. Those in several pieces share an allowance,
/// so that many slow senders whose origin is not proved yet cannot fill the memory.
final class BodyAssembler: Sendable {
    enum Result {
        case complete(ByteBuffer)
        /// The body is longer than it may be; the rest was not read.
        case tooLarge
        /// The allowance for all is used up; the rest was not read.
        case noAllowance
    }

    private let limits: IntakeLimits
    private let assembling = Mutex(0)

    init(limits: IntakeLimits) {
        self.limits = limits
    }

    /// Reads a body.
    ///
    /// - Throws: When the connection breaks before the body ends.
    func collect(_ body: RequestBody) async throws -> Result {
        var iterator = body.makeAsyncIterator()
        guard var whole = try await iterator.next() else { return .complete(ByteBuffer()) }
        guard whole.readableBytes <= limits.bodyBytes else { return .tooLarge }
        var reserved = 0
        defer { release(reserved) }
        while var piece = try await iterator.next() {
            let length = whole.readableBytes + piece.readableBytes
            guard length <= limits.bodyBytes else { return .tooLarge }
            guard reserve(length - reserved) else { return .noAllowance }
            reserved = length
            whole.writeBuffer(&piece)
        }
        return .complete(whole)
    }

    private func reserve(_ bytes: Int) -> Bool {
        assembling.withLock { assembling in
            guard assembling + bytes <= limits.assemblingBytes else { return false }
            assembling += bytes
            return true
        }
    }

    private func release(_ bytes: Int) {
        guard bytes > 0 else { return }
        assembling.withLock { $0 -= bytes }
    }
}
