import Reconciliation

/// Times as webhooks write them: RFC 3339 §5.6, read leniently and written in one form.
enum RFC3339 {
    /// Reads a date-time with an offset and any fraction; nil for anything else.
    ///
    /// Lower-case `t` and `z`, a blank for the `T`, a comma before the fraction and offsets without a colon are read
    /// too, since senders write them. A time without an offset names no moment and is nil.
    static func timestamp(_ text: String) -> Timestamp? {
        var reader = Reader(bytes: Array(text.utf8))
        return reader.dateTime()
    }

    /// Writes a moment in UTC with milliseconds, such as `2026-03-01T09:30:00.250Z`.
    static func text(_ moment: Timestamp) -> String {
        let seconds = moment.seconds
        let milliseconds = moment.milliseconds - seconds * 1000
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let secondOfDay = seconds - days * 86_400
        let date = CalendarDate(daysSinceEpoch: days)
        let year = padded(date.year, to: 4)
        let day = "\(year)-\(padded(date.month, to: 2))-\(padded(date.day, to: 2))"
        let hour = padded(secondOfDay / 3600, to: 2)
        let time = "\(hour):\(padded(secondOfDay / 60 % 60, to: 2)):\(padded(secondOfDay % 60, to: 2))"
        return "\(day)T\(time).\(padded(milliseconds, to: 3))Z"
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A day of the proleptic Gregorian calendar.
private struct CalendarDate {
    var year: Int64
    var month: Int64
    var day: Int64

    /// Nil when the month has no such day.
    init?(year: Int64, month: Int64, day: Int64) {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let lengths: [Int64] = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day >= 1, day <= lengths[Int(month) - 1] else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    init(daysSinceEpoch days: Int64) {
        // Counted in years that begin in March, so that the leap day is the last one of its year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSinceEpoch: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Walks over the bytes of one date-time.
private struct Reader {
    var bytes: [UInt8]
    var position = 0

    mutating func dateTime() -> Timestamp? {
        guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
            let day = number(digits: 2), let date = CalendarDate(year: year, month: month, day: day),
            take("T") || take("t") || take(" "),
            let hour = number(digits: 2), hour < 24, take(":"), let minute = number(digits: 2), minute < 60, take(":"),
            let second = number(digits: 2), second <= 60,
            let milliseconds = fraction(), let offset = offsetSeconds(), position == bytes.count
        else { return nil }
        let seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Timestamp(milliseconds: seconds * 1000 + milliseconds)
    }

    /// Milliseconds of the fraction, further digits cut off; 0 without a fraction, nil for one without digits.
    private mutating func fraction() -> Int64? {
        guard take(".") || take(",") else { return 0 }
        var milliseconds: Int64 = 0
        var scale: Int64 = 100
        let start = position
        while let digit = digit() {
            milliseconds += digit * scale
            scale /= 10
        }
        return position > start ? milliseconds : nil
    }

    private mutating func offsetSeconds() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), hours < 24 else { return nil }
        guard position < bytes.count else { return sign * hours * 3600 }
        _ = take(":")
        guard let minutes = number(digits: 2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func number(digits count: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private mutating func digit() -> Int64? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        defer { position += 1 }
        return Int64(bytes[position] - UInt8(ascii: "0"))
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}
