/// The answer to a list call: rows, or the reason why there are none (workbooks.md §3.6).
struct ListAnswer<Row: Decodable>: Decodable {
    /// Empty unless `success`.
    var rows: [Row]
    var success: Bool
    /// Error texts from wherever the answer has them.
    var failures: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ColumnKey.self)
        success = try container.flag("success") ?? false
        guard success else {
            failures = try container.failureTexts()
            rows = []
            return
        }
        failures = []
        rows = try container.decode([Row].self, forKey: ColumnKey("data"))
    }
}

extension KeyedDecodingContainer where Key == ColumnKey {
    /// The error texts of a whole answer, as opposed to those of single rows.
    func failureTexts() throws -> [String] {
        try ["failures", "errors", "failure_message", "failure_reason"].flatMap { name in
            try decodeIfPresent(WireTree.self, forKey: ColumnKey(name))?.texts ?? []
        }
    }
}
