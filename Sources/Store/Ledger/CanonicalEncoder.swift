/// Writes values so that no two different lists of values give the same bytes.
///
/// Each value is its length, as four bytes with the most significant first, and then its bytes. A text is its UTF-8, a
/// whole number eight bytes with the most significant first (two's complement). A value that is absent is the length
/// `FF FF FF FF` and nothing after it, which tells it from an empty one.
struct CanonicalEncoder {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    mutating func append(_ value: [UInt8]?) {
        guard let value else { return appendLength(.max) }
        appendLength(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func append(_ text: String?) {
        guard let text else { return appendLength(.max) }
        appendLength(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ number: Int64?) {
        guard let number else { return appendLength(.max) }
        appendLength(8)
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
        }
    }

    private mutating func appendLength(_ length: UInt32) {
        for shift in stride(from: UInt32(24), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: length >> shift))
        }
    }
}
