/// Reads the parameters of a query as Mailchimp does (mailchimp.md §3).
struct MailchimpQuery {
    let request: SandboxRequest
    let options: MailchimpOptions

    /// A parameter that is not empty.
    func text(_ name: String) -> String? {
        request.queryValue(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `true` and `1` in any case; anything else counts as false.
    func flag(_ name: String) -> Bool {
        ["true", "1"].contains(text(name)?.lowercased())
    }

    /// One of some words.
    ///
    /// - Throws: `MailchimpProblem` for any other.
    func choice(_ name: String, of choices: [String]) throws -> String? {
        guard let text = text(name) else { return nil }
        guard choices.contains(text) else {
            throw MailchimpProblem.invalid(name, "Value must be one of: \(choices.joined(separator: ", ")).")
        }
        return text
    }

    /// A whole number from 0.
    ///
    /// - Throws: `MailchimpProblem` for anything else.
    func number(_ name: String, most: Int = .max) throws -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), number >= 0, number <= most else {
            throw MailchimpProblem.invalid(name, "Value must be a whole number from 0 to \(most).")
        }
        return number
    }

    /// Whether a time lies within the bounds `since…` and `before…`, which are exclusive (§8).
    ///
    /// - Throws: `MailchimpProblem` for a bound that is no time.
    func range(since: String, before: String) throws -> @Sendable (Double?) -> Bool {
        let lower = try time(since), upper = try time(before)
        return { time in
            switch (lower, upper) {
            case (nil, nil): return true
            case (.nothing, _), (_, .nothing): return false
            default: break
            }
            guard let time else { return false }
            if case .time(let bound) = lower, time <= bound { return false }
            if case .time(let bound) = upper, time >= bound { return false }
            return true
        }
    }

    /// A time.
    ///
    /// - Throws: `MailchimpProblem` for a text that is none.
    func time(_ name: String) throws -> MailchimpTime.Filter? {
        guard let text = text(name) else { return nil }
        guard let filter = MailchimpTime.filter(text, loosely: options.acceptsLooseTimes) else {
            throw MailchimpProblem.invalid(name, "Value must be a date and time such as 2026-01-05T09:15:00+00:00.")
        }
        return filter
    }

    /// The rows of the page that is asked for: ten unless `count` says otherwise, a thousand at most.
    ///
    /// - Throws: `MailchimpProblem` for bounds that are none.
    func page<Row>(_ rows: [Row]) throws -> ArraySlice<Row> {
        let count = try number("count", most: 1_000) ?? 10
        let offset = try number("offset") ?? 0
        guard offset < rows.count else { return [] }
        return rows[offset..<min(rows.count, offset + count)]
    }
}
