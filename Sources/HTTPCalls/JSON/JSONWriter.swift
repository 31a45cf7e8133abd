import NIOCore

/// Writes a JSON document straight into bytes.
///
/// Imports are many megabytes of small rows, and their size must be known to the byte before they are sent
/// (constant-contact.md §6.4); writing them by hand is both. Commas are placed by the writer; balance is the caller's.
package struct JSONWriter {
    package private(set) var buffer: ByteBuffer
    /// Whether the next member or element must be parted from one before it.
    private var needsComma = false

    package init(capacity: Int = 256) {
        buffer = ByteBuffer()
        buffer.reserveCapacity(capacity)
    }

    /// The bytes written so far.
    package var count: Int { buffer.readableBytes }

    /// Forgets what was written but keeps the memory.
    package mutating func clear() {
        buffer.clear()
        needsComma = false
    }

    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        bracketed("{", "}", members)
    }

    package mutating func array(_ elements: (inout JSONWriter) -> Void) {
        bracketed("[", "]", elements)
    }

    /// Names the member that is written next.
    package mutating func key(_ name: StaticString) {
        separate()
        quote()
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
        needsComma = false
    }

    /// Names the member that is written next, by two parts that are joined.
    package mutating func key(_ prefix: StaticString, _ name: String) {
        separate()
        quote()
        buffer.writeStaticString(prefix)
        escape(name)
        buffer.writeStaticString("\":")
        needsComma = false
    }

    /// Names the member that is written next, by a name that is data.
    package mutating func key(named name: String) {
        key("", name)
    }

    package mutating func string(_ text: String) {
        separate()
        quote()
        escape(text)
        quote()
        needsComma = true
    }

    package mutating func integer(_ value: Int) {
        separate()
        buffer.writeString(String(value))
        needsComma = true
    }

    package mutating func boolean(_ value: Bool) {
        separate()
        buffer.writeStaticString(value ? "true" : "false")
        needsComma = true
    }

    /// Writes a member, or nothing where there is no value.
    package mutating func member(_ name: StaticString, _ text: String?) {
        guard let text, !text.isEmpty else { return }
        key(name)
        string(text)
    }

    private mutating func bracketed(
        _ opening: StaticString,
        _ closing: StaticString,
        _ content: (inout JSONWriter) -> Void
    ) {
        separate()
        buffer.writeStaticString(opening)
        needsComma = false
        content(&self)
        buffer.writeStaticString(closing)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
    }

    private mutating func quote() {
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func escape(_ text: String) {
        guard text.utf8.contains(where: Self.mustBeEscaped) else {
            buffer.writeString(text)
            return
        }
        for unit in text.utf8 {
            switch unit {
            case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
            case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
            case 0x0A: buffer.writeStaticString("\\n")
            case 0x0D: buffer.writeStaticString("\\r")
            case 0x09: buffer.writeStaticString("\\t")
            case 0..<0x20:
                buffer.writeStaticString(unit < 0x10 ? "\\u000" : "\\u00")
                buffer.writeString(String(unit, radix: 16))
            default: buffer.writeInteger(unit)
            }
        }
    }

    private static func mustBeEscaped(_ unit: UInt8) -> Bool {
        unit < 0x20 || unit == UInt8(ascii: "\"") || unit == UInt8(ascii: "\\")
    }
}
