/// Writes one JSON text, member by member, in the order of the calls.
struct JSONWriter {
    /// What was written so far.
    private(set) var text = ""
    /// Whether a member without a value is written as null instead of left out.
    let writesNulls: Bool
    private var needsComma = false

    init(writesNulls: Bool = false) {
        self.writesNulls = writesNulls
    }

    /// An object as an element, or as the whole text.
    mutating func object(_ write: (inout JSONWriter) throws -> Void) rethrows {
        open("{")
        try write(&self)
        close("}")
    }

    /// An object as a member.
    mutating func object(_ name: String, _ write: (inout JSONWriter) throws -> Void) rethrows {
        key(name)
        try object(write)
    }

    /// An array as a member.
    mutating func array<Elements: Sequence>(
        _ name: String,
        _ elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) throws -> Void
    ) rethrows {
        key(name)
        try array(elements, write)
    }

    /// An array as the whole text.
    mutating func array<Elements: Sequence>(
        _ elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) throws -> Void
    ) rethrows {
        open("[")
        for element in elements { try write(&self, element) }
        close("]")
    }

    /// An array of strings as a member.
    mutating func strings(_ name: String, _ values: [String]) {
        array(name, values) { writer, value in writer.string(value) }
    }

    /// A string as a member.
    mutating func field(_ name: String, _ value: String?) {
        guard let value else { return absent(name) }
        key(name)
        string(value)
    }

    mutating func field(_ name: String, _ value: Int?) {
        guard let value else { return absent(name) }
        key(name)
        raw(String(value))
    }

    mutating func field(_ name: String, _ value: Bool) {
        key(name)
        raw(value ? "true" : "false")
    }

    /// Null as a member.
    mutating func null(_ name: String) {
        key(name)
        raw("null")
    }

    /// A string as an element of an array.
    mutating func string(_ value: String) {
        separate()
        SandboxJSON.quote(value, into: &text)
        needsComma = true
    }

    private mutating func absent(_ name: String) {
        if writesNulls { null(name) }
    }

    private mutating func key(_ name: String) {
        separate()
        text += "\""
        text += name
        text += "\":"
        needsComma = false
    }

    private mutating func raw(_ value: String) {
        separate()
        text += value
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { text += "," }
    }

    private mutating func open(_ bracket: String) {
        separate()
        text += bracket
        needsComma = false
    }

    private mutating func close(_ bracket: String) {
        text += bracket
        needsComma = true
    }
}
