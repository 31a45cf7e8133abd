/// The short reference of a database in links and web processes: `=kDM2gDN` stands for 48592 (workbooks.md §10.1).
///
/// It is the Base64 text of the database's instance id plus 17, written backwards.
package enum DatabaseReference {
    /// The database's instance id.
    ///
    /// - Returns: nil when the text is no reference.
    package static func instanceID(from reference: some StringProtocol) -> Int64? {
        guard let bytes = decoded(reference.reversed()), let number = Int64(String(decoding: bytes, as: UTF8.self)),
            number > 17
        else { return nil }
        return number - 17
    }

    /// The instance id in a record's `object_url`, such as `https://example.workbooks.com/link/=kDM2gDN/PERS-7`.
    package static func instanceID(fromLink link: String) -> Int64? {
        let segments = link.split(separator: "/")
        guard let index = segments.firstIndex(of: "link"), index + 1 < segments.count else { return nil }
        let segment = segments[index + 1].replacing("%3D", with: "=")
        return instanceID(from: segment)
    }

    private static func decoded(_ text: [Character]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for character in text where character != "=" {
            guard let ascii = character.asciiValue, let value = value(of: ascii) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
                bits &= (1 << count) - 1
            }
        }
        return bytes
    }

    private static func value(of ascii: UInt8) -> Int? {
        switch ascii {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(ascii - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(ascii - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(ascii - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
