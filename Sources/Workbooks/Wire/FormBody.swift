import NIOCore

/// Parameters encoded as `application/x-www-form-urlencoded`, in the order in which they were added.
///
/// Reading asks and writing changes go the same way: a POST whose body carries `_method` and the key, as the
/// published PHP binding does it (workbooks.md §1), so that no key is ever part of a URL.
package struct FormBody: Sendable {
    /// The encoded text so far.
    package private(set) var buffer = ByteBuffer()

    package init() {}

    /// The encoded text as a string.
    package var text: String { String(buffer: buffer) }

    /// Adds one parameter; names and values are encoded as UTF-8.
    package mutating func add(_ name: String, _ value: String) {
        if buffer.readableBytes > 0 { buffer.writeInteger(UInt8(ascii: "&")) }
        encode(name)
        buffer.writeInteger(UInt8(ascii: "="))
        encode(value)
    }

    /// Adds everything that another body holds.
    package mutating func add(_ other: FormBody) {
        guard other.buffer.readableBytes > 0 else { return }
        if buffer.readableBytes > 0 { buffer.writeInteger(UInt8(ascii: "&")) }
        buffer.writeImmutableBuffer(other.buffer)
    }

    /// Writes what may stand as it is in runs: bodies that look for a hundred addresses have thousands of bytes.
    private mutating func encode(_ text: String) {
        var rest = text.utf8[...]
        while !rest.isEmpty {
            let run = rest.prefix(while: Self.standsForItself)
            if !run.isEmpty { buffer.writeSubstring(Substring(run)) }
            rest = rest[run.endIndex...]
            guard let byte = rest.popFirst() else { return }
            if byte == UInt8(ascii: " ") {
                buffer.writeInteger(UInt8(ascii: "+"))
            } else {
                buffer.writeBytes([UInt8(ascii: "%"), Self.digit(byte >> 4), Self.digit(byte & 0x0f)])
            }
        }
    }

    private static func standsForItself(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default:
            false
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }
}
