import Crypto
import Foundation

/// A webhook secret made ready to sign and to verify with.
///
/// The key's two blocks are hashed once, when the key is made; a signature costs the blocks of the message and two
/// more.
package struct SigningKey: Sendable {
    private let prepared: HMAC<SHA256>

    /// Makes a secret ready.
    package init(_ secret: WebhookSecret) {
        prepared = HMAC<SHA256>(key: SymmetricKey(data: secret.bytes))
    }

    /// The `webhook-signature` value of a message: `v1,` and the base64 of HMAC-SHA256 over
    /// `id.timestamp.body` (workbooks.md §10.2 item 3).
    ///
    /// - Parameters:
    ///   - id: The delivery's id, the same on every retry.
    ///   - timestamp: When it is sent, in seconds since the epoch.
    ///   - body: The body exactly as sent.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let head = SignedHead.bytes(id: id, timestamp: String(timestamp))
        let encoded = body.withUnsafeBytes { code(head: head, body: $0) }
        return "v1," + String(decoding: encoded, as: UTF8.self)
    }

    /// The base64 of the authentication code, 44 bytes long.
    func code(head: [UInt8], body: UnsafeRawBufferPointer) -> [UInt8] {
        var code = prepared
        head.withUnsafeBytes { code.update(data: $0) }
        code.update(data: body)
        return code.finalize().withUnsafeBytes { Base64.encoded($0) }
    }
}

/// What is signed before the body.
enum SignedHead {
    static func bytes(id: String, timestamp: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(id.utf8.count + timestamp.utf8.count + 2)
        bytes.append(contentsOf: id.utf8)
        bytes.append(UInt8(ascii: "."))
        bytes.append(contentsOf: timestamp.utf8)
        bytes.append(UInt8(ascii: "."))
        return bytes
    }
}

/// Base64 without the detour over `Data` and `String`, for the one place that runs for every delivery.
private enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encoded(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let length = (bytes.count + 2) / 3 * 4
        return [UInt8](unsafeUninitializedCapacity: length) { output, count in
            for group in 0..<(length / 4) {
                let start = group * 3
                let second = start + 1 < bytes.count ? bytes[start + 1] : 0
                let third = start + 2 < bytes.count ? bytes[start + 2] : 0
                let word = UInt32(bytes[start]) << 16 | UInt32(second) << 8 | UInt32(third)
                for place in 0..<4 {
                    let isPadding = start + place > bytes.count
                    output[group * 4 + place] =
                        isPadding ? UInt8(ascii: "=") : alphabet[Int(word >> UInt32(18 - 6 * place) & 0x3F)]
                }
            }
            count = length
        }
    }
}
