import GRDBSQLite

/// One row of an answer, read by the position of its columns from 0.
///
/// Valid only inside the callback that it is given to. A column that may be NULL is read with the optional readers;
/// the others stop a debug build on NULL.
package struct SQLRow {
    private let statement: OpaquePointer

    /// The row that a stepped SQLite statement stands on.
    init(statement: OpaquePointer) {
        self.statement = statement
    }

    /// A whole number.
    package func int(_ column: Int) -> Int64 {
        assert(!isNull(column), "column \(column) is NULL")
        return sqlite3_column_int64(statement, Int32(column))
    }

    /// A whole number; nil for NULL.
    package func optionalInt(_ column: Int) -> Int64? {
        isNull(column) ? nil : sqlite3_column_int64(statement, Int32(column))
    }

    /// A truth value, stored as 0 or 1.
    package func bool(_ column: Int) -> Bool {
        int(column) != 0
    }

    /// A floating-point number.
    package func double(_ column: Int) -> Double {
        assert(!isNull(column), "column \(column) is NULL")
        return sqlite3_column_double(statement, Int32(column))
    }

    /// A text.
    package func text(_ column: Int) -> String {
        assert(!isNull(column), "column \(column) is NULL")
        return optionalText(column) ?? ""
    }

    /// A text; nil for NULL.
    package func optionalText(_ column: Int) -> String? {
        guard let start = sqlite3_column_text(statement, Int32(column)) else { return nil }
        // The length is asked after the text, because the first call may convert the value.
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// A blob.
    package func bytes(_ column: Int) -> [UInt8] {
        assert(!isNull(column), "column \(column) is NULL")
        return optionalBytes(column) ?? []
    }

    /// A blob; nil for NULL.
    package func optionalBytes(_ column: Int) -> [UInt8]? {
        guard !isNull(column) else { return nil }
        // SQLite gives a null pointer for an empty blob.
        guard let start = sqlite3_column_blob(statement, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    private func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }
}
