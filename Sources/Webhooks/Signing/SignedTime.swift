/// The time in a signature's header.
enum SignedTime {
    /// Whole seconds in decimal digits and nothing else; at most 12 digits, so that no arithmetic overflows.
    static func seconds(_ text: String) -> Int64? {
        guard (1...12).contains(text.utf8.count) else { return nil }
        var value: Int64 = 0
        for byte in text.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
