import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPCompression

/// Compresses with zlib, as the storage of batch results does.
enum Gzip {
    /// The gzip stream (RFC 1952) of some bytes.
    ///
    /// - Throws: when the channel that carries the bytes through the compressor fails.
    static func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        // NIO's compressor is a handler of requests; an embedded channel runs it without a connection.
        let channel = EmbeddedChannel(handler: NIOHTTPRequestCompressor(encoding: .gzip))
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
        channel.write(HTTPClientRequestPart.end(nil), promise: nil)
        channel.flush()
        var compressed: [UInt8] = []
        while let part = try channel.readOutbound(as: HTTPClientRequestPart.self) {
            if case .body(.byteBuffer(let buffer)) = part { compressed += Array(buffer.readableBytesView) }
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
        return compressed
    }
}
