import Reconciliation

/// The providers' ways to write a moment.
///
/// Reading accepts `Z` and offsets, with and without fractions, and bare dates (constant-contact.md §2, *Dates*;
/// mailchimp.md §3).
package enum ServiceTime {
    /// Reads an ISO 8601 moment or date; nil when the text is neither.
    package static func parse(_ text: String) -> Timestamp? {
        var scanner = DigitScanner(text)
        guard let year = scanner.number(4), scanner.take("-"),
            let month = scanner.number(2), (1...12).contains(month), scanner.take("-"),
            let day = scanner.number(2), (1...31).contains(day)
        else { return nil }
        let midnight = daysSinceEpoch(year: year, month: month, day: day) * 86_400_000
        if scanner.isAtEnd { return Timestamp(milliseconds: midnight) }

        guard scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let hour = scanner.number(2), hour < 24, scanner.take(":"),
            let minute = scanner.number(2), minute < 60
        else { return nil }
        var milliseconds = midnight + (hour * 60 + minute) * 60_000
        if scanner.take(":") {
            guard let second = scanner.number(2), second <= 60 else { return nil }
            milliseconds += second * 1000
            if scanner.take(".") || scanner.take(",") {
                guard let fraction = scanner.fractionInMilliseconds() else { return nil }
                milliseconds += fraction
            }
        }
        guard let offset = scanner.offsetInMinutes(), scanner.isAtEnd else { return nil }
        return Timestamp(milliseconds: milliseconds - offset * 60_000)
    }

    /// Writes a moment as the provider takes it in a query: UTC, whole seconds, rounded towards the past.
    package static func format(_ moment: Timestamp) -> String {
        let seconds = moment.seconds
        let day = seconds.dividedTowardsPast(by: 86_400)
        let time = seconds - day * 86_400
        let date = civilDate(day: day)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
            + "T\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))Z"
    }

    /// Writes a moment with its offset in digits, as Mailchimp's filters need it (mailchimp.md §3).
    package static func formatWithOffset(_ moment: Timestamp) -> String {
        String(format(moment).dropLast()) + "+00:00"
    }

    /// Reads the `Date` header of an answer (RFC 9110 §5.6.7, the preferred form); nil when it is anything else.
    package static func parseHTTPDate(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT",
            let day = Int64(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: words[2]),
            let year = Int64(words[3])
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3, time[0] < 24, time[1] < 60, time[2] <= 60 else { return nil }
        let days = daysSinceEpoch(year: year, month: Int64(month) + 1, day: day)
        return Timestamp(seconds: days * 86_400 + time[0] * 3600 + time[1] * 60 + time[2])
    }

    /// The next midnight UTC, when the day's quota is counted anew (constant-contact.md §4).
    package static func nextMidnight(after moment: Timestamp) -> Timestamp {
        Timestamp(seconds: (moment.seconds.dividedTowardsPast(by: 86_400) + 1) * 86_400)
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar, counting years from March so that the leap day is last.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let era = marchYear.dividedTowardsPast(by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civilDate(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = shifted.dividedTowardsPast(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

/// Takes the parts of a moment from the front of a text.
private struct DigitScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// The digits after the point, as milliseconds without finer ones; nil where there is none.
    mutating func fractionInMilliseconds() -> Int64? {
        guard let first = digit() else { return nil }
        var value = first * 100
        var weight: Int64 = 10
        while let next = digit() {
            value += next * weight
            weight /= 10
        }
        return value
    }

    /// What `Z`, `±hh:mm`, `±hhmm`, `±hh` or nothing says in minutes east of Greenwich.
    mutating func offsetInMinutes() -> Int64? {
        if isAtEnd || take("Z") || take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(2) else { return nil }
        _ = take(":")
        let minutes = isAtEnd ? 0 : number(2)
        guard let minutes else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }

    private mutating func digit() -> Int64? {
        guard let unit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(unit) else { return nil }
        rest.removeFirst()
        return Int64(unit - UInt8(ascii: "0"))
    }
}

extension Int64 {
    /// Division that rounds towards the past, for moments before 1970.
    fileprivate func dividedTowardsPast(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
