import NIOCore
import NIOPosix

/// A bare TCP connection, for what an HTTP client would not send or not show.
enum RawConnection {
    /// Sends bytes, goes on sending filler for as long as the far side lets it, and gives all that was answered.
    ///
    /// - Returns: What was answered until the connection ended, and how many bytes of filler were taken.
    static func exchange(
        port: Int,
        _ text: String,
        filler: Int = 0,
        stopAt end: String? = nil
    ) async throws -> (answer: String, sent: Int) {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            async let sent = fill(channel.channel, filler)
            var answer = ""
            do {
                for try await piece in inbound {
                    answer += String(buffer: piece)
                    if let end, answer.contains(end) { break }
                }
            } catch is IOError {
                // Cut by the far side, which is an end like another.
            }
            return (answer, await sent)
        }
    }

    /// Counts what the operating system took, so that nothing that waits in this process is counted.
    private static func fill(_ channel: any Channel, _ total: Int) async -> Int {
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 * 1024)
        var sent = 0
        while sent < total {
            do {
                try await channel.writeAndFlush(piece).get()
            } catch {
                // The far side takes no more.
                break
            }
            sent += piece.readableBytes
        }
        return sent
    }
}
