/// Texts in deliveries, as far as they are taken over.
enum ReportedText {
    /// More than this of a reason is cut off, in characters.
    private static let longestReason = 500
    /// The longest address that is looked at, in bytes; RFC 5321 §4.5.3.1 allows 64 + 1 + 255.
    private static let longestAddress = 320

    /// Whether a text could be a mailbox; generous, since an address that is turned away is an opt-out that waits.
    static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= longestAddress, let at = text.lastIndex(of: "@") else { return false }
        let hasBothParts = at > text.startIndex && text.index(after: at) < text.endIndex
        let isPrintable = text.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.value >= 0x20 && $0.value != 0x7F
        }
        return hasBothParts && isPrintable
    }

    /// A reason fit to be kept and listed; nil for an empty one.
    static func reason(_ text: String) -> String? {
        guard !text.isEmpty else { return nil }
        // Control characters have no place in a list on a terminal, and PostgreSQL stores no NUL.
        let printable = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String(String.UnicodeScalarView(printable)).prefix(longestReason))
    }
}
