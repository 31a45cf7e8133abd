/// Comparisons whose duration tells nothing but lengths.
enum ConstantTime {
    /// Whether two texts have the same bytes.
    static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for (one, other) in zip(left, right) { difference |= one ^ other }
        return difference == 0
    }

    /// Whether hexadecimal digits in either case are those of a code in lower case.
    static func areEqual(digits: some Collection<UInt8>, _ code: [UInt8]) -> Bool {
        // Only letters change by this bit, and no digit becomes a letter or another digit.
        areEqual(digits.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "F") ? $0 | 0x20 : $0 }, code)
    }
}
