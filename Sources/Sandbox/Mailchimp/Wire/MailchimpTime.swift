/// The forms in which Mailchimp writes times (mailchimp.md §3, §9).
enum MailchimpTime {
    /// `2026-01-05T09:15:00+00:00`.
    static func text(_ time: Double) -> String {
        String(SandboxTime.iso8601(time).dropLast()) + "+00:00"
    }

    /// The same, where nil is an empty text.
    static func text(_ time: Double?) -> String {
        time.map { text($0) } ?? ""
    }

    /// `2026-01-05 09:15:00`: when a webhook fired, and when a tag was added.
    static func blankForm(_ time: Double) -> String {
        String(SandboxTime.iso8601(time).dropLast()).replacing("T", with: " ")
    }

    /// `2026-01-05`.
    static func day(_ time: Double) -> String { String(SandboxTime.iso8601(time).prefix(10)) }

    /// What a time in a query says.
    enum Filter {
        /// Seconds since 1970.
        case time(Double)
        /// A blank stands where the sign of the offset belongs: an unencoded `+`, which matches nothing (§3).
        case nothing
    }

    /// Reads a time in a query; nil when it is none.
    ///
    /// - Parameter loosely: whether `Z` and fractions are accepted.
    static func filter(_ text: String, loosely: Bool) -> Filter? {
        let characters = Array(text)
        if characters.count == 25, characters[19] == " ", SandboxTime.parseISO8601(restoringPlus(characters)) != nil {
            return .nothing
        }
        guard let time = SandboxTime.parseISO8601(text) else { return nil }
        guard loosely || (characters.count == 25 && (characters[19] == "+" || characters[19] == "-")) else {
            return nil
        }
        return .time(time)
    }

    private static func restoringPlus(_ characters: [Character]) -> String {
        String(characters[..<19]) + "+" + String(characters[20...])
    }
}
