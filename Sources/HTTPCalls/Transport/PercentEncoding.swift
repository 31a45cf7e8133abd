/// Percent-encoding as the services' queries need it.
package enum PercentEncoding {
    /// Encodes all but the unreserved characters of RFC 3986, so that `+` never reads as a blank
    /// (constant-contact.md §2, *Dates*; mailchimp.md §3).
    package static func encode(_ text: String) -> String {
        var encoded = ""
        encoded.reserveCapacity(text.utf8.count)
        for unit in text.utf8 {
            switch unit {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(unit))
            default:
                encoded += unit < 0x10 ? "%0" : "%"
                encoded += String(unit, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    /// Encodes names and values as one query or form.
    package static func encode(_ items: [(String, String)]) -> String {
        items.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }
}
