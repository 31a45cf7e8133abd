import Foundation

/// Reads the body of `POST /activities/contacts_json_import` (constant-contact.md §6.2).
///
/// What is wrong with one row shows when the activity runs; a value of the wrong kind refuses the whole call.
enum ImportInput {
    /// The most rows of an import; those beyond are passed over.
    static let mostRows = 40_000

    /// The rows of a body that was read up to a limit.
    ///
    /// - Throws: `ConstantContactRefusal` when a row is not an object of texts and numbers.
    static func rows(_ elements: [SandboxJSON]) throws -> [ImportRow] {
        var rows: [ImportRow] = []
        rows.reserveCapacity(min(elements.count, mostRows))
        for element in elements.prefix(mostRows) {
            guard case .object(let members) = element else {
                throw ConstantContactRefusal.invalid("import_data must be an array of objects")
            }
            rows.append(try row(members))
        }
        return rows
    }

    private static func row(_ members: [String: SandboxJSON]) throws -> ImportRow {
        var row = ImportRow()
        var streets = Streets()
        for (name, value) in members {
            if case .null = value { continue }
            if name == "birthday_month" || name == "birthday_day" {
                guard case .int(let number) = value else {
                    throw ConstantContactRefusal.invalid("\(name) must be a whole number")
                }
                if name == "birthday_month" {
                    row.scalars.birthdayMonth = number
                } else {
                    row.scalars.birthdayDay = number
                }
                continue
            }
            guard case .string(let text) = value else {
                if isKnown(name) { throw ConstantContactRefusal.invalid("\(name) must be a string") }
                continue
            }
            // An empty text changes nothing: whether it could clear a value is unknown (§6.2).
            if !text.isEmpty { set(name, to: text, in: &row, streets: &streets) }
        }
        row.streets = streets.all
        return row
    }

    private static func set(_ name: String, to text: String, in row: inout ImportRow, streets: inout Streets) {
        switch name {
        case "email": row.email = trimmed(text)
        case "first_name": row.scalars.firstName = text
        case "last_name": row.scalars.lastName = text
        case "company_name": row.scalars.companyName = text
        case "job_title": row.scalars.jobTitle = text
        case "anniversary": row.scalars.anniversary = text
        case "sms_number": row.smsNumber = text
        case "phone", "other_phone": row.phones.append(("other", text))
        case "home_phone": row.phones.append(("home", text))
        case "work_phone": row.phones.append(("work", text))
        case "mobile_phone": row.phones.append(("mobile", text))
        default:
            if name.utf8.starts(with: "cf:".utf8) {
                row.customFields.append((String(name.dropFirst(3)), text))
            } else {
                streets.set(name, to: text)
            }
        }
    }

    private static func trimmed(_ text: String) -> String {
        guard let first = text.utf8.first, let last = text.utf8.last, first <= 0x20 || last <= 0x20 else { return text }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func isKnown(_ name: String) -> Bool {
        let names: Set<String> = [
            "email", "first_name", "last_name", "job_title", "company_name", "anniversary", "phone", "home_phone",
            "work_phone", "mobile_phone", "other_phone", "sms_number",
        ]
        return names.contains(name) || name.hasPrefix("cf:") || Streets.part(of: name) != nil
    }

    /// How many rows of a body end within its first bytes: a body over the limit loses its tail without an error (§6.2).
    ///
    /// Rows are the objects two levels down, which are found without reading what is in them.
    static func rowCount(of body: [UInt8], within limit: Int) -> Int {
        body.withUnsafeBufferPointer { bytes in
            var depth = 0
            var isText = false
            var count = 0
            var index = 0
            while index < min(limit, bytes.count) {
                let byte = bytes[index]
                index += 1
                if isText {
                    if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { isText = false }
                    continue
                }
                switch byte {
                case UInt8(ascii: "\""): isText = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: "}"):
                    depth -= 1
                    if depth == 2 { count += 1 }
                default: break
                }
            }
            return count
        }
    }
}

/// Gathers the postal addresses of an import row, whose parts come as properties such as `work_city`.
private struct Streets {
    private(set) var all: [ImportedStreet] = []

    private static let parts: Set<String> = ["street", "street2", "city", "state", "zip", "country"]

    /// The kind of address and the part of it that a property stands for; nil when it is none.
    static func part(of name: String) -> (kind: String, part: String)? {
        if parts.contains(name) { return ("home", name) }
        // The document prints one of them with a blank.
        let words = name.replacing(" ", with: "_").split(separator: "_", maxSplits: 1).map(String.init)
        guard words.count == 2, ["home", "work", "other"].contains(words[0]), parts.contains(words[1]) else {
            return nil
        }
        return (words[0], words[1])
    }

    mutating func set(_ name: String, to text: String) {
        guard let (kind, part) = Self.part(of: name) else { return }
        let index = all.firstIndex { $0.kind == kind } ?? all.count
        if index == all.count { all.append(ImportedStreet(kind: kind)) }
        switch part {
        case "street": all[index].street = [text, all[index].street].compactMap { $0 }.joined(separator: " ")
        case "street2": all[index].street = [all[index].street, text].compactMap { $0 }.joined(separator: " ")
        case "city": all[index].city = text
        case "state": all[index].state = text
        case "zip": all[index].postalCode = text
        default: all[index].country = text
        }
    }
}
