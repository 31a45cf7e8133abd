/// Rows as comma-separated values (RFC 4180): lines end with CR LF, and cells that need it are quoted.
struct CSV {
    private(set) var text = ""

    /// Begins with the names of the columns.
    init(_ header: [String]) { add(header) }

    mutating func add(_ row: [String]) {
        text += row.map(Self.cell).joined(separator: ",") + "\r\n"
    }

    /// A cell; one that a spreadsheet would take for a formula begins with an apostrophe.
    static func cell(_ value: String) -> String {
        var value = value
        if let first = value.unicodeScalars.first, "=+-@\t\r\n".unicodeScalars.contains(first) { value = "'" + value }
        let needsQuotes = value.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        return needsQuotes ? "\"" + value.replacing("\"", with: "\"\"") + "\"" : value
    }
}
