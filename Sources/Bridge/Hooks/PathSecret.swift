/// The secret in which a hook's address ends.
package enum PathSecret {
    /// 32 random bytes in hexadecimal.
    ///
    /// It stands in the path and not in the query: a service can take two addresses that differ in their query for one
    /// (mailchimp.md §9).
    package static func random(using generator: inout some RandomNumberGenerator) -> String {
        (0..<32).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// The same, from the system's generator.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }
}
