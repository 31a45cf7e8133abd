import GRDB
import GRDBSQLite

extension StoreError {
    /// What a result code of SQLite means to callers (sqlite.org/rescode.html).
    init(code: Int32, reason: String, statement: String, path: String) {
        switch code & 0xFF {
        case SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_PROTOCOL:
            self = .cannotCommit(reason: reason)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self = .damaged(path: path, reason: reason)
        case SQLITE_BUSY, SQLITE_LOCKED:
            self = .busy
        default:
            self = .refused(code: Int(code), reason: reason, statement: statement)
        }
    }

    /// What an error of GRDB means when a database file is being opened.
    init(opening path: String, _ error: DatabaseError) {
        let reason = error.message ?? "SQLite result code \(error.extendedResultCode.rawValue)"
        switch error.resultCode.rawValue {
        case SQLITE_NOTADB: self = .notADatabase(path: path)
        case SQLITE_CORRUPT: self = .damaged(path: path, reason: reason)
        case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
        default: self = .cannotOpen(path: path, reason: reason)
        }
    }
}
