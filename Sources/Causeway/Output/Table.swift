/// Rows in aligned columns.
struct Table {
    private var rows: [[String]] = []
    private let rightAligned: Set<Int>

    /// Makes a table.
    ///
    /// - Parameters:
    ///   - header: the columns' names.
    ///   - rightAligned: the columns that hold numbers.
    init(_ header: [String], rightAligned: Set<Int> = []) {
        rows = [header]
        self.rightAligned = rightAligned
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    var isEmpty: Bool { rows.count == 1 }

    /// The table's lines.
    var lines: [String] {
        var widths = [Int](repeating: 0, count: rows.map(\.count).max() ?? 0)
        for row in rows {
            for (column, text) in row.enumerated() { widths[column] = max(widths[column], text.count) }
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return rightAligned.contains(column) ? padding + text : text + padding
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Prints the table.
    func print() {
        for line in lines { Console.line(line) }
    }
}
