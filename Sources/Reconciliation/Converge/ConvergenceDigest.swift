/// The digest of a set of rows: the sum of their SHA-256 hashes modulo 2^256, and their number.
///
/// A sum does not depend on order, can be joined part by part, and a row that comes twice counts twice, where an
/// exclusive-or would lose both. Two different sets with the same digest cannot be found by chance; the hash function is
/// handed in, for this module imports none.
package struct ConvergenceDigest: Sendable, Hashable {
    /// A hash function of 32 bytes.
    package typealias Hash = (_ bytes: [UInt8]) -> [UInt8]

    /// How many rows there are.
    package private(set) var count: Int
    /// The sum, its lowest part first.
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0

    /// The digest of no rows.
    package init() {
        count = 0
    }

    /// The digest of rows.
    package init(_ rows: some Sequence<ConvergenceRow>, hash: Hash) {
        self.init()
        for row in rows { add(row, hash: hash) }
    }

    /// Reads the stored spelling; nil when it is none.
    package init?(text: String, count: Int) {
        let digits = Array(text.utf8)
        guard digits.count == 64, count >= 0 else { return nil }
        func part(_ index: Int) -> UInt64? {
            UInt64(String(decoding: digits[index * 16..<(index + 1) * 16], as: UTF8.self), radix: 16)
        }
        guard let fourth = part(0), let third = part(1), let second = part(2), let first = part(3) else { return nil }
        self.count = count
        (self.first, self.second, self.third, self.fourth) = (first, second, third, fourth)
    }

    /// Takes a row in.
    package mutating func add(_ row: ConvergenceRow, hash: Hash) {
        let bytes = hash(row.canonicalBytes)
        precondition(bytes.count == 32, "a digest takes hashes of 32 bytes")
        add(Self.word(bytes, 0), Self.word(bytes, 8), Self.word(bytes, 16), Self.word(bytes, 24))
        count += 1
    }

    /// Takes all rows of another digest in.
    package mutating func join(_ other: ConvergenceDigest) {
        add(other.first, other.second, other.third, other.fourth)
        count += other.count
    }

    /// The sum in hexadecimal, its highest digit first.
    package var text: String {
        [fourth, third, second, first].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private mutating func add(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
        var carry = false
        first = Self.sum(first, a, &carry)
        second = Self.sum(second, b, &carry)
        third = Self.sum(third, c, &carry)
        fourth = Self.sum(fourth, d, &carry)
    }

    private static func sum(_ left: UInt64, _ right: UInt64, _ carry: inout Bool) -> UInt64 {
        let (partial, overflows) = left.addingReportingOverflow(right)
        let (whole, overflowsAgain) = partial.addingReportingOverflow(carry ? 1 : 0)
        carry = overflows || overflowsAgain
        return whole
    }

    private static func word(_ bytes: [UInt8], _ start: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in (start..<start + 8).reversed() { word = word << 8 | UInt64(bytes[index]) }
        return word
    }
}
