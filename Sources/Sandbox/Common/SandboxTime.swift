/// Calendar arithmetic in UTC, without time zones and locales: what services print and read.
package struct SandboxTime: Sendable, Equatable {
    /// The parts of a moment.
    package var year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int
    /// 0 is Sunday.
    package var weekday: Int
    /// 1 is the first of January.
    package var dayOfYear: Int

    /// The English abbreviations of weekdays, Sunday first.
    package static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    /// The English abbreviations of months.
    package static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The parts of an epoch second.
    package init(epoch: Int) {
        let days = Self.floorDivide(epoch, 86_400)
        let rest = epoch - days * 86_400
        (year, month, day) = Self.civil(fromDays: days)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
        weekday = ((days + 4) % 7 + 7) % 7
        dayOfYear = days - Self.days(year: year, month: 1, day: 1) + 1
    }

    /// The epoch second of a moment in UTC.
    package static func epoch(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0
    ) -> Int {
        days(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// The days since 1970-01-01 of a date of the Gregorian calendar.
    package static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// `Mon, 12 Jul 2010 16:03:09 GMT` (RFC 9110 §5.6.7).
    package static func httpDate(_ epoch: Double) -> String {
        let time = SandboxTime(epoch: Int(epoch.rounded(.down)))
        return "\(weekdays[time.weekday]), \(two(time.day)) \(months[time.month - 1]) \(time.year) "
            + "\(two(time.hour)):\(two(time.minute)):\(two(time.second)) GMT"
    }

    /// `2010-07-12T16:03:09Z`.
    package static func iso8601(_ epoch: Double) -> String {
        let time = SandboxTime(epoch: Int(epoch.rounded(.down)))
        return "\(date(time))T\(two(time.hour)):\(two(time.minute)):\(two(time.second))Z"
    }

    /// The epoch seconds of `2010-07-12T16:03:09[.123](Z|±hh:mm)` or of a bare date; nil for any other text.
    package static func parseISO8601(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int? {
            guard start + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[start..<start + count] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int(byte) - 48
            }
            return value
        }
        func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
        guard byte(4) == UInt8(ascii: "-"), byte(7) == UInt8(ascii: "-"), let year = number(0, 4),
            let month = number(5, 2), let day = number(8, 2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        if bytes.count == 10 { return Double(epoch(year: year, month: month, day: day)) }
        guard byte(10) == UInt8(ascii: "T") || byte(10) == UInt8(ascii: " "), byte(13) == UInt8(ascii: ":"),
            byte(16) == UInt8(ascii: ":"), let hour = number(11, 2), let minute = number(14, 2),
            let second = number(17, 2), hour < 24, minute < 60, second < 61
        else { return nil }
        var result = Double(
            epoch(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        )
        var index = 19
        if byte(index) == UInt8(ascii: ".") {
            index += 1
            var scale = 0.1
            while let digit = number(index, 1) {
                result += Double(digit) * scale
                scale /= 10
                index += 1
            }
        }
        if index == bytes.count || (byte(index) == UInt8(ascii: "Z") && index + 1 == bytes.count) { return result }
        guard byte(index) == UInt8(ascii: "+") || byte(index) == UInt8(ascii: "-"), let hours = number(index + 1, 2)
        else { return nil }
        let separator = byte(index + 3) == UInt8(ascii: ":") ? 1 : 0
        guard let minutes = number(index + 3 + separator, 2), index + 5 + separator == bytes.count else { return nil }
        let offset = Double(hours * 3600 + minutes * 60)
        return byte(index) == UInt8(ascii: "+") ? result - offset : result + offset
    }

    /// `2010-07-12`.
    package static func date(_ time: SandboxTime) -> String { "\(time.year)-\(two(time.month))-\(two(time.day))" }

    /// A number with at least two digits.
    package static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? number / divisor : -((-number + divisor - 1) / divisor)
    }
}
