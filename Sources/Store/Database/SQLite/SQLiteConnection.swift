import GRDB
import GRDBSQLite

/// The seam's connection on one of GRDB's: statements prepared once, columns read in place.
///
/// GRDB opens, configures and closes the connection and owns the statements. They are stepped here, because its own
/// stepping checks arguments and notes observations that nobody here asked for, at twice the time of a small insert.
package final class SQLiteConnection: SQLConnection {
    private let database: Database
    private let handle: OpaquePointer
    private let path: String
    private let keptStatements: Int
    private var statements: [StatementText: PreparedStatement] = [:]
    /// Set when SQLite rolled a whole transaction back on its own.
    ///
    /// Until it is ended here too, further statements would each commit by itself, so they are refused.
    private var lostTransaction: StoreError?

    package private(set) var changedRows = 0
    package var lastInsertedID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Takes a connection for the time of an access to it: statements go before the access ends.
    ///
    /// - Parameters:
    ///   - database: GRDB's connection.
    ///   - path: the file, for errors.
    ///   - keptStatements: how many statements stay prepared. Lists of each width, to the powers of two, have their own,
    ///     so all of the engine's are some fourteen hundred; few of them are needed again and again.
    /// - Throws: `StoreError.closed`.
    package init(_ database: Database, path: String, keptStatements: Int = 512) throws {
        guard let handle = database.sqliteConnection else { throw StoreError.closed }
        self.keptStatements = keptStatements
        self.path = path
        self.database = database
        self.handle = handle
    }

    /// Rows written on this connection since it was opened.
    var writtenRows: Int64 { sqlite3_total_changes64(handle) }

    package func execute(_ sql: SQL) throws {
        try withStatement(sql) { statement in
            while try step(statement, of: sql) {}
        }
        changedRows = Int(sqlite3_changes64(handle))
    }

    package func forEach(_ sql: SQL, _ body: (SQLRow) throws -> Void) throws {
        try withStatement(sql) { statement in
            while try step(statement, of: sql) { try body(SQLRow(statement: statement)) }
        }
    }

    /// Begins a transaction; a writing one takes the write lock at once, so that it cannot fail half-way for it.
    package func begin(writing: Bool) throws {
        lostTransaction = nil
        try execute(writing ? "BEGIN IMMEDIATE" : "BEGIN")
    }

    /// Commits what the transaction holds; on failure the transaction is over and nothing of it is stored.
    package func commit() throws {
        do {
            if let lostTransaction { throw lostTransaction }
            try execute("COMMIT")
        } catch {
            try rollBack()
            throw error
        }
    }

    /// Ends the transaction, if SQLite has not ended it already, without storing anything.
    package func rollBack() throws {
        lostTransaction = nil
        if sqlite3_get_autocommit(handle) == 0 { try execute("ROLLBACK") }
    }

    /// Runs `body` so that it is undone alone when it throws.
    ///
    /// - Throws: what `body` threw.
    func withSavepoint<T>(_ body: () throws -> T) throws -> T {
        try execute("SAVEPOINT body")
        do {
            let value = try body()
            try execute("RELEASE body")
            return value
        } catch {
            if lostTransaction == nil { undoSavepoint() }
            throw error
        }
    }

    /// Undoes what came after the savepoint; where that fails, the transaction must not be committed any more.
    private func undoSavepoint() {
        do {
            try execute("ROLLBACK TO body")
            try execute("RELEASE body")
        } catch {
            lostTransaction = .cannotCommit(reason: "\(error)")
        }
    }

    /// Why the transaction that was begun is gone or must not be committed; nil while it stands.
    var transactionLoss: StoreError? {
        if let lostTransaction { return lostTransaction }
        return sqlite3_get_autocommit(handle) == 0 ? nil : .cannotCommit(reason: "a body ended the transaction")
    }

    /// Lends the prepared statement of a text.
    ///
    /// While it is lent, a query inside the same query gets one of its own.
    private func withStatement<T>(_ sql: SQL, _ body: (OpaquePointer) throws -> T) throws -> T {
        if let lostTransaction { throw lostTransaction }
        let prepared = try preparedStatement(of: sql)
        let pointer = prepared.statement.sqliteStatement
        prepared.isLent = true
        defer {
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
            prepared.isLent = false
        }
        try bind(sql, to: pointer)
        return try body(pointer)
    }

    private func preparedStatement(of sql: SQL) throws -> PreparedStatement {
        let text = StatementText(text: sql.text)
        if let known = statements[text], !known.isLent { return known }
        let prepared = PreparedStatement(try prepare(sql))
        if statements.count >= keptStatements { statements.removeAll() }
        statements[text] = prepared
        return prepared
    }

    private func prepare(_ sql: SQL) throws -> Statement {
        do {
            return try database.makeStatement(sql: sql.text)
        } catch let error as DatabaseError {
            let reason = error.message ?? ""
            throw StoreError(
                code: error.extendedResultCode.rawValue,
                reason: reason,
                statement: sql.text,
                path: path
            )
        }
    }

    private func bind(_ sql: SQL, to statement: OpaquePointer) throws {
        for (position, argument) in zip(Int32(1)..., sql.arguments) {
            let code =
                switch argument {
                case .null: sqlite3_bind_null(statement, position)
                case .integer(let value): sqlite3_bind_int64(statement, position, value)
                case .real(let value): sqlite3_bind_double(statement, position, value)
                case .text(let value): Self.bind(value, to: statement, at: position)
                case .blob(let value): Self.bind(value, to: statement, at: position)
                }
            if code != SQLITE_OK { throw failure(code, of: sql) }
        }
    }

    private static func bind(_ text: String, to statement: OpaquePointer, at position: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else {
                return sqlite3_bind_text(statement, position, "", 0, copied)
            }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text64(
                    statement,
                    position,
                    $0,
                    UInt64(bytes.count),
                    copied,
                    UInt8(SQLITE_UTF8)
                )
            }
        }
    }

    private static func bind(_ blob: [UInt8], to statement: OpaquePointer, at position: Int32) -> Int32 {
        blob.withUnsafeBytes { bytes in
            // A null pointer would bind NULL.
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return sqlite3_bind_zeroblob(statement, position, 0)
            }
            return sqlite3_bind_blob64(statement, position, start, UInt64(bytes.count), copied)
        }
    }

    /// Steps once; true when a row is there.
    private func step(_ statement: OpaquePointer, of sql: SQL) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let error = failure(code, of: sql)
            if sqlite3_get_autocommit(handle) != 0, !Self.endsOrBegins(sql) {
                lostTransaction = .cannotCommit(reason: "\(error)")
            }
            throw error
        }
    }

    /// What a failed call means, with the connection's own words for it.
    private func failure(_ code: Int32, of sql: SQL) -> StoreError {
        StoreError(code: code, reason: String(cString: sqlite3_errmsg(handle)), statement: sql.text, path: path)
    }

    /// Whether a statement begins or ends a transaction, so that none stands after it, whatever came of it.
    private static func endsOrBegins(_ sql: SQL) -> Bool {
        sql.text.hasPrefix("BEGIN") || sql.text == "COMMIT" || sql.text == "ROLLBACK"
    }

    /// SQLITE_TRANSIENT, a cast that Swift does not import: SQLite takes its own copy of what is bound.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}

/// A statement in the cache, and whether a query is reading through it now.
private final class PreparedStatement {
    let statement: Statement
    var isLent = false

    init(_ statement: Statement) { self.statement = statement }
}
