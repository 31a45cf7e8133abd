import Crypto

/// The name of a member in paths: the MD5 of its lower-cased address in hexadecimal digits (mailchimp.md §5).
enum SubscriberHash {
    /// The hash of an address, which is trimmed first.
    static func of(_ address: String) -> String {
        let spelling = address.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        let digest = Insecure.MD5.hash(data: Array(String(spelling).lowercased().utf8))
        return digest.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
