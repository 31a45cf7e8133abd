/// A connection inside a transaction: SQL runs on it at once and in order.
///
/// It is lent to the body of `SQLDatabase.read` and `SQLDatabase.write` and must not outlive it.
package protocol SQLConnection: AnyObject {
    /// Runs one statement for its effect.
    ///
    /// - Throws: `StoreError`.
    func execute(_ sql: SQL) throws

    /// Runs one query and calls `body` for each row, in order.
    ///
    /// Rows are read as they are needed; nothing holds the whole answer. An error that `body` throws ends the query.
    ///
    /// - Throws: `StoreError`, and whatever `body` throws.
    func forEach(_ sql: SQL, _ body: (SQLRow) throws -> Void) throws

    /// Rows that the last `execute` inserted, changed or deleted.
    var changedRows: Int { get }

    /// The id that the last inserting `execute` gave to its row.
    var lastInsertedID: Int64 { get }
}

extension SQLConnection {
    /// Every row of an answer, each made into a value.
    package func rows<T>(_ sql: SQL, _ make: (SQLRow) throws -> T) throws -> [T] {
        var made: [T] = []
        try forEach(sql) { made.append(try make($0)) }
        return made
    }

    /// The first row of an answer made into a value; nil when there is none.
    ///
    /// Further rows are not read.
    package func first<T>(_ sql: SQL, _ make: (SQLRow) throws -> T) throws -> T? {
        var made: T?
        do {
            try forEach(sql) { row in
                made = try make(row)
                throw FirstRowRead()
            }
        } catch is FirstRowRead {
            return made
        }
        return made
    }

    /// The whole number in the first column of the first row; nil when there is no row or it is NULL.
    package func value(_ sql: SQL) throws -> Int64? {
        try first(sql) { $0.optionalInt(0) } ?? nil
    }
}

/// Ends a query after its first row.
private struct FirstRowRead: Error {}
