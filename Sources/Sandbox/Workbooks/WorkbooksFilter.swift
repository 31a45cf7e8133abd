/// One filter, made ready to test values: a column, and what its value must be (workbooks.md §3.5).
struct WorkbooksFilter: Sendable {
    /// The test of a value, which null never passes unless the test is about being blank, as in SQL.
    enum Test: Sendable {
        case texts(Set<String>, negated: Bool)
        case ranges([ClosedRange<Int>], negated: Bool)
        case amounts([ClosedRange<Double>], negated: Bool)
        case flag(Bool)
        case begins(String, negated: Bool)
        case contains(String, negated: Bool)
        case blank(negated: Bool)
    }

    let column: WorkbooksColumn
    let test: Test

    /// Makes a filter ready.
    ///
    /// It is nil when the operator is unknown or not for the column's datatype, or the criterion cannot be read.
    init?(column: WorkbooksColumn, operator name: String, criterion: String, now: Int) {
        self.column = column
        let made: Test? =
            switch column.datatype {
            case .string, .text, .picklist: Self.textTest(name, criterion)
            case .boolean: Self.flagTest(name, criterion)
            case .integer: Self.numberTest(name, criterion) { Int($0).map { $0...$0 } }
            case .datetime: Self.momentTest(name, criterion, now: now)
            case .date: Self.dayTest(name, criterion, now: now)
            case .currency: Self.amountTest(name, criterion)
            }
        guard let made else { return nil }
        test = made
    }

    /// Whether a value passes.
    func passes(_ value: WorkbooksValue) -> Bool {
        switch test {
        case .blank(let negated): return (value == .null || value == .text("")) != negated
        case .flag(let wanted): return value == .bool(wanted)
        case .ranges(let ranges, let negated):
            guard case .int(let number) = value else { return false }
            for range in ranges where range.lowerBound <= number && number <= range.upperBound { return !negated }
            return negated
        case .texts(let texts, let negated):
            guard case .text(let text) = value else { return false }
            return texts.contains(text.lowercased()) != negated
        case .begins(let start, let negated):
            guard case .text(let text) = value else { return false }
            return text.lowercased().hasPrefix(start) != negated
        case .contains(let part, let negated):
            guard case .text(let text) = value else { return false }
            return (part.isEmpty || text.lowercased().contains(part)) != negated
        case .amounts(let ranges, let negated):
            guard case .text(let text) = value, let amount = Self.amount(text) else { return false }
            return ranges.contains { $0.contains(amount) } != negated
        }
    }

    /// The bounds of an integer or datetime that a conjunct of this filter sets; nil when it sets none.
    var bounds: ClosedRange<Int>? {
        guard case .ranges(let ranges, negated: false) = test, ranges.count == 1 else { return nil }
        return ranges[0]
    }

    /// The index keys one of which a passing value has; nil when the test is no equality.
    var equalityKeys: [String]? {
        switch test {
        case .texts(let texts, negated: false): return Array(texts)
        case .ranges(let ranges, negated: false):
            guard ranges.allSatisfy({ $0.lowerBound == $0.upperBound }) else { return nil }
            return ranges.map { String($0.lowerBound) }
        default: return nil
        }
    }

    /// The values of a criterion: separated by commas, where `\,` is a comma.
    static func list(_ criterion: String) -> [String] {
        guard criterion.utf8.contains(UInt8(ascii: ",")) else { return [criterion] }
        var values = [""]
        var isEscaped = false
        for character in criterion {
            if isEscaped {
                if character != "," { values[values.count - 1].append("\\") }
                values[values.count - 1].append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                values.append("")
            } else {
                values[values.count - 1].append(character)
            }
        }
        if isEscaped { values[values.count - 1].append("\\") }
        return values
    }

    private static func textTest(_ name: String, _ criterion: String) -> Test? {
        switch name {
        case "eq", "ne": .texts(Set(list(criterion).map { $0.lowercased() }), negated: name == "ne")
        case "bg", "nbg": .begins(criterion.lowercased(), negated: name == "nbg")
        case "ct", "nct": .contains(criterion.lowercased(), negated: name == "nct")
        case "blank", "not_blank": .blank(negated: name == "not_blank")
        default: nil
        }
    }

    private static func flagTest(_ name: String, _ criterion: String) -> Test? {
        switch name {
        case "true": .flag(true)
        case "false": .flag(false)
        case "eq": .flag(WorkbooksParameters.isTrue(criterion))
        case "ne": .flag(!WorkbooksParameters.isTrue(criterion))
        default: nil
        }
    }

    /// Tests of whatever is stored as an integer; `read` gives the range of integers that a criterion stands for.
    private static func numberTest(
        _ name: String,
        _ criterion: String,
        read: (String) -> ClosedRange<Int>?
    ) -> Test? {
        switch name {
        case "eq", "ne":
            let values = list(criterion)
            let ranges = values.compactMap(read)
            return ranges.count == values.count ? .ranges(ranges, negated: name == "ne") : nil
        case "blank", "not_blank": return .blank(negated: name == "not_blank")
        case "between", "not_between":
            guard let (low, high) = pair(criterion), let first = read(low), let last = read(high) else { return nil }
            guard first.lowerBound <= last.upperBound else { return .ranges([], negated: name == "not_between") }
            return .ranges([first.lowerBound...last.upperBound], negated: name == "not_between")
        case "gt", "ge", "lt", "le":
            // Compared with a day, a moment is compared with the day's first second; only equality means all of it.
            guard let bound = read(criterion)?.lowerBound else { return nil }
            return .ranges(comparison(name, bound), negated: false)
        default: return nil
        }
    }

    private static func comparison(_ name: String, _ bound: Int) -> [ClosedRange<Int>] {
        switch name {
        case "gt": bound == .max ? [] : [bound + 1...Int.max]
        case "ge": [bound...Int.max]
        case "lt": bound == .min ? [] : [Int.min...bound - 1]
        default: [Int.min...bound]
        }
    }

    private static func momentTest(_ name: String, _ criterion: String, now: Int) -> Test? {
        let start = now - (now % 86_400 + 86_400) % 86_400
        if let test = todayTest(name, first: start, last: start + 86_399) { return test }
        return numberTest(name, criterion) { text in
            guard let reading = WorkbooksDates.read(text) else { return nil }
            return reading.epoch...(reading.isWholeDay ? reading.epoch + 86_399 : reading.epoch)
        }
    }

    private static func dayTest(_ name: String, _ criterion: String, now: Int) -> Test? {
        let today = (now - (now % 86_400 + 86_400) % 86_400) / 86_400
        if let test = todayTest(name, first: today, last: today) { return test }
        return numberTest(name, criterion) { text in
            WorkbooksDates.read(text).map { SandboxTime(epoch: $0.epoch) }
                .map { SandboxTime.days(year: $0.year, month: $0.month, day: $0.day) }.map { $0...$0 }
        }
    }

    private static func todayTest(_ name: String, first: Int, last: Int) -> Test? {
        switch name {
        case "today": .ranges([first...last], negated: false)
        case "ge_today": .ranges(comparison("ge", first), negated: false)
        case "gt_today": .ranges(comparison("gt", last), negated: false)
        case "le_today": .ranges(comparison("le", last), negated: false)
        case "lt_today": .ranges(comparison("lt", first), negated: false)
        default: nil
        }
    }

    private static func amountTest(_ name: String, _ criterion: String) -> Test? {
        let infinity = Double.infinity
        switch name {
        case "blank", "not_blank": return .blank(negated: name == "not_blank")
        case "between", "not_between":
            guard let (low, high) = pair(criterion), let first = amount(low), let last = amount(high) else {
                return nil
            }
            return .amounts(first <= last ? [first...last] : [], negated: name == "not_between")
        default: break
        }
        guard let bound = amount(criterion) else { return nil }
        switch name {
        case "eq", "ne": return .amounts([bound...bound], negated: name == "ne")
        case "gt": return .amounts([bound.nextUp...infinity], negated: false)
        case "ge": return .amounts([bound...infinity], negated: false)
        case "lt": return .amounts([-infinity...bound.nextDown], negated: false)
        case "le": return .amounts([-infinity...bound], negated: false)
        default: return nil
        }
    }

    /// The number at the start of `1000.0 GBP 0`.
    static func amount(_ text: String) -> Double? { text.split(separator: " ").first.flatMap { Double($0) } }

    /// The two values of `JSON([a,b])`, which are not quoted inside.
    private static func pair(_ criterion: String) -> (String, String)? {
        var text = Substring(criterion)
        if text.hasPrefix("JSON(") && text.hasSuffix(")") { text = text.dropFirst(5).dropLast() }
        guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
        let parts = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let values = parts.map { part in
            String(part.drop { $0 == " " || $0 == "\"" }.reversed().drop { $0 == " " || $0 == "\"" }.reversed())
        }
        return (values[0], values[1])
    }
}
