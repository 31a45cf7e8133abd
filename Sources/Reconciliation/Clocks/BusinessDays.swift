/// Business days: Monday to Friday in UTC; public holidays differ between countries and count as business days.
package enum BusinessDays {
    private static let dayMilliseconds: Int64 = 86_400_000

    /// The moment that lies so many business days after another, at the same time of day.
    ///
    /// From a moment on a weekend the count begins with the following Monday.
    package static func moment(_ days: Int, after start: Timestamp) -> Timestamp {
        var moment = start
        var left = days
        while left > 0 {
            moment = Timestamp(milliseconds: moment.milliseconds + dayMilliseconds)
            if isBusinessDay(moment) { left -= 1 }
        }
        return moment
    }

    /// Whether a moment lies on a business day.
    package static func isBusinessDay(_ moment: Timestamp) -> Bool {
        let (quotient, remainder) = moment.milliseconds.quotientAndRemainder(dividingBy: dayMilliseconds)
        let day = remainder < 0 ? quotient - 1 : quotient
        // Day 0, 1970-01-01, was a Thursday; Monday counts as 0.
        let weekday = ((day + 3) % 7 + 7) % 7
        return weekday < 5
    }
}
