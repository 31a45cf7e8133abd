/// A forward-only reader of one JSON document, for answers whose shape is known but not to be trusted.
///
/// The caller walks the document in the order in which it was written and takes what it knows; a value of another
/// type than the one asked for reads as nil and is passed over, so that nulls, new properties and new types never
/// stop a reader (constant-contact.md §9, item 50; mailchimp.md §13, item 48). Only bytes that are not JSON throw.
///
/// The reader borrows the bytes: it is used inside the closure that lends them and never kept.
package struct JSONReader {
    /// The bytes are not JSON, or end too early.
    package struct Malformed: Error {
        /// The offset at which reading stopped.
        package let offset: Int

        package init(offset: Int) {
            self.offset = offset
        }
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    // MARK: Walking

    /// Reads an object, calling `each` once for every member; `each` must consume exactly the member's value.
    ///
    /// - Returns: false when the value is not an object; it is then passed over.
    @discardableResult
    package mutating func members(_ each: (inout JSONReader, JSONKey) throws -> Void) throws -> Bool {
        guard try next() == UInt8(ascii: "{") else {
            try skip()
            return false
        }
        position += 1
        if try next() == UInt8(ascii: "}") {
            position += 1
            return true
        }
        while true {
            guard try next() == UInt8(ascii: "\"") else { throw malformed }
            let key = JSONKey(bytes: UnsafeRawBufferPointer(rebasing: bytes[try rawString().range]))
            guard try next() == UInt8(ascii: ":") else { throw malformed }
            position += 1
            try each(&self, key)
            if try closes(with: UInt8(ascii: "}")) { return true }
        }
    }

    /// Reads an array, calling `each` once for every element; `each` must consume exactly that element.
    ///
    /// - Returns: false when the value is not an array; it is then passed over.
    @discardableResult
    package mutating func elements(_ each: (inout JSONReader) throws -> Void) throws -> Bool {
        guard try next() == UInt8(ascii: "[") else {
            try skip()
            return false
        }
        position += 1
        if try next() == UInt8(ascii: "]") {
            position += 1
            return true
        }
        while true {
            try each(&self)
            if try closes(with: UInt8(ascii: "]")) { return true }
        }
    }

    /// Makes sure that nothing but blanks follows the document.
    package mutating func end() throws {
        skipBlanks()
        guard position == bytes.count else { throw malformed }
    }

    // MARK: Values

    /// A string; nil for anything else.
    package mutating func string() throws -> String? {
        guard try next() == UInt8(ascii: "\"") else {
            try skip()
            return nil
        }
        let raw = try rawString()
        let content = bytes[raw.range]
        return raw.isEscaped ? try unescaped(content) : String(decoding: content, as: UTF8.self)
    }

    /// A string, or the text of a number or a boolean; nil for anything else.
    package mutating func scalar() throws -> String? {
        switch try next() {
        case UInt8(ascii: "\""):
            return try string()
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try skip()
            return nil
        default:
            let word = String(decoding: bytes[try literal()], as: UTF8.self)
            return word == "null" ? nil : word
        }
    }

    /// A whole number, also one that is written as a string; nil for anything else.
    package mutating func integer() throws -> Int? {
        guard let text = try scalar() else { return nil }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// A boolean; nil for anything else.
    package mutating func boolean() throws -> Bool? {
        try scalar().flatMap { Bool($0) }
    }

    /// An array of strings, without what is none; nil when the value is no array.
    package mutating func strings() throws -> [String]? {
        var found: [String] = []
        let isArray = try elements { reader in
            if let text = try reader.string() { found.append(text) }
        }
        return isArray ? found : nil
    }

    /// Passes over one value of any kind, however deep it is, without recursion; only its tokens are looked at.
    package mutating func skip() throws {
        var open = 0
        repeat {
            switch try next() {
            case UInt8(ascii: "\""):
                _ = try rawString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open > 0 else { throw malformed }
                open -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard open > 0 else { throw malformed }
                position += 1
            default:
                _ = try literal()
            }
        } while open > 0
    }

    /// Whether the next value is an object, without taking it.
    package mutating func isObject() throws -> Bool {
        try next() == UInt8(ascii: "{")
    }

    // MARK: Tokens

    private var malformed: Malformed { Malformed(offset: position) }

    /// Moves past the comma to the next element, or past the closing bracket.
    private mutating func closes(with bracket: UInt8) throws -> Bool {
        switch try next() {
        case UInt8(ascii: ","):
            position += 1
            return false
        case bracket:
            position += 1
            return true
        default:
            throw malformed
        }
    }

    /// The next byte that is no blank, without taking it.
    private mutating func next() throws -> UInt8 {
        skipBlanks()
        guard position < bytes.count else { throw malformed }
        return bytes[position]
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Takes a string token; the range is what stands between its quotes.
    private mutating func rawString() throws -> (range: Range<Int>, isEscaped: Bool) {
        let start = position + 1
        var index = start
        var isEscaped = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                position = index + 1
                return (start..<index, isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                index += 2
            default:
                index += 1
            }
        }
        position = bytes.count
        throw malformed
    }

    /// Takes a number, `true`, `false` or `null`.
    private mutating func literal() throws -> Range<Int> {
        let start = position
        scan: while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                position += 1
            default:
                break scan
            }
        }
        let word = bytes[start..<position]
        guard let first = word.first else { throw malformed }
        let isNumber = first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        guard isNumber || ["null", "true", "false"].contains(where: { $0.utf8.elementsEqual(word) }) else {
            throw Malformed(offset: start)
        }
        return start..<position
    }

    private func unescaped(_ raw: Slice<UnsafeRawBufferPointer>) throws -> String {
        var units: [UInt8] = []
        units.reserveCapacity(raw.count)
        var index = raw.startIndex
        while index < raw.endIndex {
            guard raw[index] == UInt8(ascii: "\\") else {
                units.append(raw[index])
                index += 1
                continue
            }
            guard index + 1 < raw.endIndex else { throw Malformed(offset: index) }
            index += 2
            switch raw[index - 1] {
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "u"): units.append(contentsOf: try codePoint(raw, &index))
            case let other: units.append(other)
            }
        }
        return String(decoding: units, as: UTF8.self)
    }

    /// The UTF-8 of `\uXXXX`, joined with the low surrogate that follows a high one; U+FFFD for a lone surrogate.
    private func codePoint(_ raw: Slice<UnsafeRawBufferPointer>, _ index: inout Int) throws -> [UInt8] {
        let high = try hexadecimal(raw, &index)
        var value = UInt32(high)
        if (0xD800..<0xDC00).contains(high), index + 1 < raw.endIndex,
            raw[index] == UInt8(ascii: "\\"), raw[index + 1] == UInt8(ascii: "u")
        {
            var afterwards = index + 2
            let low = try hexadecimal(raw, &afterwards)
            if (0xDC00..<0xE000).contains(low) {
                value = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
                index = afterwards
            }
        }
        return Array(String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
    }

    private func hexadecimal(_ raw: Slice<UnsafeRawBufferPointer>, _ index: inout Int) throws -> UInt16 {
        guard index + 4 <= raw.endIndex,
            let value = UInt16(String(decoding: raw[index..<index + 4], as: UTF8.self), radix: 16)
        else { throw Malformed(offset: index) }
        index += 4
        return value
    }
}

/// The name of an object's member, borrowed from the document.
///
/// It is compared with `switch` against literals. A name written with escapes equals none of them; no service
/// escapes the plain ASCII names that are looked for.
package struct JSONKey {
    fileprivate let bytes: UnsafeRawBufferPointer

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package static func ~= (name: StaticString, key: JSONKey) -> Bool {
        name.utf8CodeUnitCount == key.bytes.count
            && UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount).elementsEqual(key.bytes)
    }
}
