/// What Constant Contact takes for an email address.
enum EmailSyntax {
    /// The longest address of a contact (constant-contact.md §5).
    static let longest = 80
    /// The longest address in an import and in the sign-up form (§5).
    static let longestImported = 50

    /// Whether a text has the form of an address: one `@`, and a domain with a dot.
    static func isValid(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var at: Int?
            var lastDot: Int?
            for index in 0..<bytes.count {
                switch bytes[index] {
                case 0...0x20, 0x7f, UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "<"), UInt8(ascii: ">"),
                    UInt8(ascii: "("), UInt8(ascii: ")"):
                    return false
                case UInt8(ascii: "@"):
                    if at != nil { return false }
                    at = index
                case UInt8(ascii: "."):
                    // No empty label, and no dot at either end of a part.
                    if index == 0 || bytes[index - 1] == UInt8(ascii: ".") || bytes[index - 1] == UInt8(ascii: "@") {
                        return false
                    }
                    lastDot = index
                default: break
                }
            }
            guard let at, let lastDot else { return false }
            return at > 0 && lastDot > at + 1 && lastDot < bytes.count - 1 && bytes[at - 1] != UInt8(ascii: ".")
        }
    }
}

/// Dates of birth and anniversaries.
enum DayRules {
    /// What is wrong with a birthday; nil when nothing is.
    ///
    /// Month and day come together (constant-contact.md §6.2).
    static func problem(month: Int?, day: Int?) -> String? {
        guard month != nil || day != nil else { return nil }
        guard let month, let day, (1...12).contains(month), (1...31).contains(day) else { return "Invalid birthday" }
        return nil
    }

    /// Whether an anniversary has one of the accepted forms: month, day and year, or year, month and day.
    static func isAnniversary(_ text: String) -> Bool {
        let separator: Character = text.contains("/") ? "/" : "-"
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.allSatisfy(\.isASCII) && Int($0) != nil }) else { return false }
        let numbers = parts.compactMap { Int($0) }
        let (month, day) = parts[0].count == 4 ? (numbers[1], numbers[2]) : (numbers[0], numbers[1])
        let year = parts[0].count == 4 ? parts[0] : parts[2]
        return year.count == 4 && (1...12).contains(month) && (1...31).contains(day)
    }
}
