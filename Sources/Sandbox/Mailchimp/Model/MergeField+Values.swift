/// A value that a merge field does not take, in the words of the service's `errors`.
struct MergeValueError: Error {
    let message: String
}

extension MergeField {
    /// The value that is stored for a value that was sent.
    ///
    /// - Throws: `MergeValueError` when the field's type does not take it.
    func stored(_ value: SandboxJSON) throws -> SandboxJSON {
        if value.isNull || value == "" { return "" }
        switch type {
        case "number": return try number(value)
        case "address": return try street(value)
        default: return .string(try checked(try text(value)))
        }
    }

    /// Whether a stored value counts as missing.
    static func isEmpty(_ value: SandboxJSON?) -> Bool {
        guard let value else { return true }
        return value.isNull || value.stringValue?.trimmingBlanks().isEmpty == true
    }

    private func text(_ value: SandboxJSON) throws -> String {
        switch value {
        case .string(let text): return text
        case .int, .number: return value.text
        default: throw MergeValueError(message: "Please enter a text")
        }
    }

    private func number(_ value: SandboxJSON) throws -> SandboxJSON {
        switch value {
        case .int, .number: return value
        case .string(let text):
            let trimmed = text.trimmingBlanks()
            if let whole = Int(trimmed) { return .int(whole) }
            if let number = Double(trimmed), number.isFinite { return .number(number) }
            throw MergeValueError(message: "Please enter a number")
        default: throw MergeValueError(message: "Please enter a number")
        }
    }

    private func street(_ value: SandboxJSON) throws -> SandboxJSON {
        guard let members = value.objectValue else { throw MergeValueError(message: "Please enter a valid address") }
        var street: [String: SandboxJSON] = [:]
        for part in ["addr1", "addr2", "city", "state", "zip", "country"] {
            guard let given = members[part], !given.isNull else { continue }
            guard given.stringValue != nil else { throw MergeValueError(message: "Please enter a valid address") }
            street[part] = given
        }
        for part in ["addr1", "city", "state", "zip"] where Self.isEmpty(street[part]) {
            throw MergeValueError(message: "Please enter a complete address")
        }
        street["addr2"] = street["addr2"] ?? ""
        street["country"] = street["country"] ?? "US"
        return .object(street)
    }

    private func checked(_ text: String) throws -> String {
        switch type {
        case "date": try require(Self.isDate(text), "Please enter a date")
        case "birthday": try require(Self.isBirthday(text), "Please enter a month and a day as MM/DD")
        case "zip": try require(text.utf8.count == 5 && Int(text) != nil, "Please enter a zip code (5 digits)")
        case "url", "imageurl":
            try require(text.hasPrefix("http://") || text.hasPrefix("https://"), "Please enter a valid URL")
        case "phone":
            let digits = text.filter(\.isNumber).count
            let isForUS = options["phone_format"]?.stringValue == "US"
            try require(isForUS ? digits == 10 : digits > 0, "Please enter a valid phone number")
        case "radio", "dropdown": try require(choices.contains(text), "Please choose one of the options")
        default: return Self.cut(text)
        }
        return text
    }

    private func require(_ isRight: Bool, _ message: String) throws {
        if !isRight { throw MergeValueError(message: message) }
    }

    /// Cuts a text at 255 bytes without cutting a character's encoding in two (§7, §13 item 23).
    static func cut(_ text: String) -> String {
        guard text.utf8.count > 255 else { return text }
        var kept = ""
        var size = 0
        for scalar in text.unicodeScalars {
            size += String(scalar).utf8.count
            if size > 255 { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }

    private static func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: text.contains("/") ? "/" : "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard parts.count == 3, numbers.count == 3 else { return false }
        let isYearFirst = parts[0].count == 4
        let (month, day) = isYearFirst ? (numbers[1], numbers[2]) : (numbers[0], numbers[1])
        return (isYearFirst || parts[2].count == 4) && isDay(month: month, day: day)
    }

    private static func isBirthday(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let month = Int(parts[0]), let day = Int(parts[1])
        else { return false }
        return isDay(month: month, day: day)
    }

    private static func isDay(month: Int, day: Int) -> Bool {
        let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains(month) && day >= 1 && day <= lengths[month - 1]
    }
}
