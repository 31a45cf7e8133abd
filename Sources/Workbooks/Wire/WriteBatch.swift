/// The rows of one write, as the "full square" of aligned arrays that the service wants (workbooks.md §6.1).
package struct WriteBatch: Sendable {
    /// One row: a creation has id and lock version 0.
    package struct Row: Sendable, Hashable {
        package var id: Int64
        package var lockVersion: Int64
        /// Values by read name; the wire name is made here.
        package var values: [String: String]

        package init(id: Int64, lockVersion: Int64, values: [String: String]) {
            self.id = id
            self.lockVersion = lockVersion
            self.values = values
        }

        /// Whether the row makes a new record.
        package var isCreation: Bool { id == 0 }
    }

    /// What stands in a row for an attribute that only other rows change.
    package static let unchanged = ":no_value:"

    package var rows: [Row]
    /// Whether the rows are deleted; their values mean nothing then.
    package var deletes = false

    package init(rows: [Row]) {
        self.rows = rows
    }

    /// The parameters: options, the filter that selects the rows, and the rows, one after the other.
    package var parameters: FormBody {
        var body = FormBody()
        body.add("_strict_attribute_checking", "1")
        body.add("_per_object_transactions", "1")
        body.add("_json_output_datetime_format", "%s")
        selection.add(to: &body)
        let names = Set(rows.flatMap(\.values.keys)).sorted()
        for row in rows {
            body.add("__method[]", deletes ? "DELETE" : row.isCreation ? "POST" : "PUT")
            body.add("id[]", String(row.id))
            body.add("lock_version[]", String(row.lockVersion))
            for name in names {
                body.add(Self.wireName(name) + "[]", row.values[name] ?? Self.unchanged)
            }
        }
        return body
    }

    private var selection: Filter {
        let tests = rows.map { Filter.test("id", .equal, String($0.id)) }
        return tests.count == 1 ? tests[0] : .any(tests)
    }

    /// The name for writing of a name for reading: `a[b[c]]` is written `a[b][c]` (workbooks.md §6.2).
    package static func wireName(_ readName: String) -> String {
        let parts = readName.split(separator: "[").map { $0.prefix { $0 != "]" } }
        guard let first = parts.first else { return readName }
        return parts.dropFirst().reduce(String(first)) { $0 + "[\($1)]" }
    }
}
