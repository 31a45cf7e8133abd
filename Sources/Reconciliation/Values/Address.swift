/// An email address in the form in which addresses are compared: trimmed and lower-cased (design §3).
///
/// Trimmed are blanks, and characters that are there and not seen (general category Cf, such as U+200B), which come
/// along when an address is copied from a page. Within an address both are kept: it is another one then.
///
/// What is sent is the address as it was typed; that stays a plain `String` beside it.
package struct Address: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The compared form.
    package let text: String

    /// Makes the compared form of an address as typed; `nil` when nothing that is seen was typed.
    package init?(typed: String) {
        let trimmed = Address.trim(typed)
        guard !trimmed.isEmpty else { return nil }
        self.text = trimmed.lowercased()
    }

    /// The compared form with invisible characters at its ends left on, where there are any: an address that was stored
    /// before they were trimmed compares so.
    static func untrimmedOfInvisible(_ typed: String) -> Address? {
        // Nearly every address is ASCII, which has none of them.
        guard typed.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
        let text = trim(typed, where: \.properties.isWhitespace).lowercased()
        return text.isEmpty || text == Address(typed: typed)?.text ? nil : Address(compared: text)
    }

    /// Takes a text that is in the compared form already, such as one read back from the store.
    package init(compared text: String) {
        self.text = text
    }

    package var description: String { text }

    /// The address with all but its first character and its domain hidden, for logs above `debug`.
    package var masked: String {
        guard let at = text.lastIndex(of: "@"), at > text.startIndex else { return "***" }
        return "\(text[text.startIndex])***\(text[at...])"
    }

    package static func < (left: Address, right: Address) -> Bool { left.text < right.text }

    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    private static func trim(
        _ typed: String,
        where isTrimmed: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace || Address.isInvisible($0) }
    ) -> String {
        var scalars = Substring(typed).unicodeScalars
        while let first = scalars.first, isTrimmed(first) { scalars.removeFirst() }
        while let last = scalars.last, isTrimmed(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// Whether a character is there without being seen (general category Cf, Unicode 16 §23.2).
    package static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x80 && scalar.properties.generalCategory == .format
    }
}
