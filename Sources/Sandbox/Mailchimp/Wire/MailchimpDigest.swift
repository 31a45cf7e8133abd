import Crypto
import Foundation

/// The digests that Mailchimp uses.
enum MailchimpDigest {
    /// The id of a member: the MD5 of the lower-cased address in lower-case hexadecimal (mailchimp.md §5).
    static func subscriberHash(_ address: String) -> String {
        hex(Insecure.MD5.hash(data: Data(address.lowercased().utf8)))
    }

    /// The id that an address has in all of Mailchimp: ten hexadecimal digits.
    static func uniqueEmailID(_ address: String) -> String {
        String(hex(Insecure.MD5.hash(data: Data("unique:\(address.lowercased())".utf8))).prefix(10))
    }

    /// The value of `X-Mailchimp-Signature` for a body (§9).
    static func signature(of body: [UInt8], secret: String, at time: Int) -> String {
        "t=\(time),v1=\(authenticationCode(Array("\(time).".utf8) + body, key: secret))"
    }

    /// The HMAC-SHA256 of a message in hexadecimal.
    static func authenticationCode(_ message: [UInt8], key: String) -> String {
        hex(HMAC<SHA256>.authenticationCode(for: Data(message), using: SymmetricKey(data: Data(key.utf8))))
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
