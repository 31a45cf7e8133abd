import Crypto
import Foundation

/// A secret that a service made for a hook, ready to verify with: its text, as it was given, is the key.
///
/// Mailchimp's `signing_secret` (mailchimp.md §9) and Workbooks' `secret_key` (workbooks.md §10.1) are used so.
package struct HookKey: Sendable {
    private let prepared: HMAC<SHA256>

    /// Makes a secret ready.
    package init(_ secret: String) {
        prepared = HMAC<SHA256>(key: SymmetricKey(data: Data(secret.utf8)))
    }

    /// The HMAC-SHA256 over a head and a body, as 64 lower-case hexadecimal digits.
    package func code(head: [UInt8] = [], body: UnsafeRawBufferPointer) -> [UInt8] {
        var code = prepared
        head.withUnsafeBytes { code.update(data: $0) }
        code.update(data: body)
        return Self.hexadecimal(code.finalize())
    }

    private static let digits = Array("0123456789abcdef".utf8)

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}
