import NIOCore
import NIOHTTP1

/// The last answer to a call, after all redirects.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: ByteBuffer
    /// How many delaying URLs it came by.
    var delays = 0

    /// Whether it is a page for people rather than data.
    var looksLikePage: Bool {
        if headers.first(name: "content-type")?.lowercased().hasPrefix("text/html") == true { return true }
        return body.readableBytesView.first { !Self.blanks.contains($0) } == UInt8(ascii: "<")
    }

    /// What it holds, in a few words for an error.
    var shape: String {
        if body.readableBytes == 0 { return "an empty body" }
        if looksLikePage { return "a web page instead of data" }
        if body.readableBytesView.starts(with: [0x1f, 0x8b]) { return "a compressed body that was not unpacked" }
        return "\(body.readableBytes) bytes that are no complete answer"
    }

    private static let blanks: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]
}
