/// The texts of dates and datetimes that Workbooks prints and reads, all in UTC (workbooks.md §4).
enum WorkbooksDates {
    /// The formats of one answer: strftime patterns, or nil for the usual ones.
    struct Formats: Sendable {
        var date: String?
        var datetime: String?
    }

    /// What a text says: a moment, and whether it named a day only.
    struct Reading: Equatable {
        var epoch: Int
        var isWholeDay: Bool
    }

    /// `"22 May 2009"`, with a leading blank for the days 1 to 9, or what the pattern says.
    static func dateText(days: Int, _ formats: Formats) -> String {
        let time = SandboxTime(epoch: days * 86_400)
        if let pattern = formats.date { return formatted(time, epoch: days * 86_400, pattern) }
        return "\(time.day < 10 ? " " : "")\(time.day) \(SandboxTime.months[time.month - 1]) \(time.year)"
    }

    /// `"Mon Jul 12 16:03:09 UTC 2010"`, or what the pattern says; `%s` is the epoch second.
    static func datetimeText(epoch: Int, _ formats: Formats) -> String {
        if formats.datetime == "%s" { return String(epoch) }
        let time = SandboxTime(epoch: epoch)
        if let pattern = formats.datetime { return formatted(time, epoch: epoch, pattern) }
        let clock = "\(SandboxTime.two(time.hour)):\(SandboxTime.two(time.minute)):\(SandboxTime.two(time.second))"
        return "\(SandboxTime.weekdays[time.weekday]) \(SandboxTime.months[time.month - 1]) "
            + "\(SandboxTime.two(time.day)) \(clock) UTC \(time.year)"
    }

    /// Reads any of the accepted forms: an epoch integer, ISO 8601, `22 May 2009`, `Mon Jul 12 16:03:09 UTC 2010`.
    static func read(_ text: String) -> Reading? {
        let words = text.split(separator: " ")
        if words.count == 1, let epoch = Int(words[0]) { return Reading(epoch: epoch, isWholeDay: false) }
        if words.count == 3, let day = Int(words[0]), let month = month(words[1]), let year = Int(words[2]),
            (1...31).contains(day)
        {
            return Reading(epoch: SandboxTime.epoch(year: year, month: month, day: day), isWholeDay: true)
        }
        if words.count == 6, let month = month(words[1]), let day = Int(words[2]), let year = Int(words[5]) {
            let clock = words[3].split(separator: ":").compactMap { Int($0) }
            guard clock.count == 3 else { return nil }
            let epoch = SandboxTime.epoch(
                year: year,
                month: month,
                day: day,
                hour: clock[0],
                minute: clock[1],
                second: clock[2]
            )
            return Reading(epoch: epoch, isWholeDay: false)
        }
        let trimmed = words.joined(separator: " ")
        guard let epoch = SandboxTime.parseISO8601(trimmed) else { return nil }
        return Reading(epoch: Int(epoch.rounded(.down)), isWholeDay: trimmed.utf8.count == 10)
    }

    private static func month(_ word: Substring) -> Int? {
        // "Sept" is in an official sample: the first three letters decide.
        SandboxTime.months.firstIndex { $0.lowercased() == word.prefix(3).lowercased() }.map { $0 + 1 }
    }

    private static func formatted(_ time: SandboxTime, epoch: Int, _ pattern: String) -> String {
        var result = ""
        var isDirective = false
        for character in pattern {
            guard isDirective else {
                if character == "%" { isDirective = true } else { result.append(character) }
                continue
            }
            isDirective = false
            result += expansion(of: character, time, epoch: epoch)
        }
        return result
    }

    private static func expansion(of directive: Character, _ time: SandboxTime, epoch: Int) -> String {
        let two = SandboxTime.two
        switch directive {
        case "a": return SandboxTime.weekdays[time.weekday]
        case "b", "h": return SandboxTime.months[time.month - 1]
        case "d": return two(time.day)
        case "e": return (time.day < 10 ? " " : "") + String(time.day)
        case "m": return two(time.month)
        case "y": return two(time.year % 100)
        case "Y": return String(time.year)
        case "H": return two(time.hour)
        case "I": return two((time.hour + 11) % 12 + 1)
        case "M": return two(time.minute)
        case "S": return two(time.second)
        case "p": return time.hour < 12 ? "AM" : "PM"
        case "j": return time.dayOfYear < 100 ? "0" + two(time.dayOfYear) : String(time.dayOfYear)
        case "F": return SandboxTime.date(time)
        case "T": return "\(two(time.hour)):\(two(time.minute)):\(two(time.second))"
        case "Z": return "UTC"
        case "z": return "+0000"
        case "s": return String(epoch)
        case "%": return "%"
        default: return "%" + String(directive)
        }
    }
}
