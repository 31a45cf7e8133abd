import Foundation

/// One request as a sandbox service sees it: decoded where that loses nothing, raw where signatures need it.
package struct SandboxRequest: Sendable {
    /// The method of the request line, in upper case.
    package var method: String
    /// The request target as it came over the wire, path and query still percent-encoded.
    package var target: String
    /// The path, percent-decoded, without the query.
    package var path: String
    /// The query parameters in order, decoded (`+` is a blank).
    package var query: [(name: String, value: String)]
    /// The header fields in order, names as sent.
    package var headers: [(name: String, value: String)]
    /// The whole body.
    package var body: [UInt8]

    /// Makes a request from the parts of an HTTP message.
    package init(method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]) {
        self.method = method.uppercased()
        self.target = target
        self.headers = headers
        self.body = body
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = Self.percentDecoded(target[..<mark], plusIsBlank: false)
            query = Self.formDecoded(target[target.utf8.index(after: mark)...])
        } else {
            path = Self.percentDecoded(target[...], plusIsBlank: false)
            query = []
        }
    }

    /// The segments of the path, without empty ones.
    package var segments: [String] { path.split(separator: "/").map(String.init) }

    /// The first header field of that name, whatever its case; nil when there is none.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.count == name.count && $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The first query parameter of that name; nil when there is none.
    package func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// Every query parameter of that name, in order.
    package func queryValues(_ name: String) -> [String] {
        query.filter { $0.name == name }.map(\.value)
    }

    /// The media type of the body without parameters, in lower case; empty when none is given.
    package var mediaType: String {
        let type = header("Content-Type")?.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
        return type.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    package var bodyText: String { String(decoding: body, as: UTF8.self) }

    /// The body read as `application/x-www-form-urlencoded`, whatever its content type says.
    package var form: [(name: String, value: String)] { Self.formDecoded(bodyText[...]) }

    /// The first field of that name in the form body; nil when there is none.
    package func formValue(_ name: String) -> String? {
        form.first { $0.name == name }?.value
    }

    /// The body read as JSON; nil when it is none.
    package var json: SandboxJSON? { SandboxJSON(parsing: body) }

    /// Decodes `a=1&b=2` into pairs; a name without `=` has an empty value.
    package static func formDecoded(_ text: Substring) -> [(name: String, value: String)] {
        text.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            guard let mark = pair.firstIndex(of: UInt8(ascii: "=")) else {
                return (percentDecoded(Substring(pair), plusIsBlank: true), "")
            }
            return (
                percentDecoded(Substring(pair[..<mark]), plusIsBlank: true),
                percentDecoded(Substring(pair[pair.index(after: mark)...]), plusIsBlank: true)
            )
        }
    }

    /// Decodes percent escapes; a `%` that starts no escape stays as it is.
    package static func percentDecoded(_ text: Substring, plusIsBlank: Bool) -> String {
        let source = Array(text.utf8)
        let percent = UInt8(ascii: "%")
        let plus = UInt8(ascii: "+")
        guard source.contains(percent) || (plusIsBlank && source.contains(plus)) else { return String(text) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            let byte = source[index]
            if byte == percent, index + 2 < source.count, let high = hexDigit(source[index + 1]),
                let low = hexDigit(source[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(plusIsBlank && byte == plus ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
