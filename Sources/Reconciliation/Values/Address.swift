/// An email address in the form in which addresses are compared: trimmed and lower-cased (design §3).
///
/// What is sent is the address as it was typed; that stays a plain `String` beside it.
package struct Address: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The compared form.
    package let text: String

    /// Makes the compared form of an address as typed; `nil` when nothing but blanks was typed.
    package init?(typed: String) {
        let trimmed = Address.trim(typed)
        guard !trimmed.isEmpty else { return nil }
        self.text = trimmed.lowercased()
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

    private static func trim(_ typed: String) -> String {
        var scalars = Substring(typed).unicodeScalars
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }
}
