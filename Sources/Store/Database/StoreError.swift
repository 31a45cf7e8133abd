/// What can go wrong between Causeway and its database.
package enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The disk is full or failed: nothing of the transaction was stored.
    case cannotCommit(reason: String)
    /// Another process held the database for longer than the time-out; nothing was stored.
    case busy
    /// A statement was refused: a constraint, or a mistake of ours. `code` is SQLite's extended result code.
    case refused(code: Int, reason: String, statement: String)
    /// The file or its directory cannot be opened, made or written.
    case cannotOpen(path: String, reason: String)
    /// There is no store in the directory, and whoever asked only reads.
    case noStore(dataDirectory: String)
    /// A restore was cut off between setting the former database aside and putting the backup in its place.
    case restoreCutOff(dataDirectory: String)
    /// The file is not a database.
    case notADatabase(path: String)
    /// The file is a database of another program.
    case otherProgram(path: String)
    /// The file is torn or corrupt.
    case damaged(path: String, reason: String)
    /// A newer Causeway has used the database: it has a migration that this one does not know.
    case newerSchema(path: String, migration: String)
    /// The database was closed.
    case closed

    package var description: String {
        switch self {
        case .cannotCommit(let reason):
            "Nothing was stored: \(reason). Free disk space or repair the disk; the work is tried again."
        case .busy:
            "Nothing was stored: another process kept the database locked for too long. Try again."
        case .refused(let code, let reason, let statement):
            "The database refused a statement (\(code)): \(reason), in: \(statement)"
        case .cannotOpen(let path, let reason):
            "Cannot open the database \(path): \(reason)."
        case .noStore(let dataDirectory):
            "There is no store of Causeway in \(dataDirectory), and none was made. Give the right directory with --data "
                + "or CAUSEWAY_DATA; a new one begins with causeway connect."
        case .restoreCutOff(let dataDirectory):
            "A restore into \(dataDirectory) was cut off. Run causeway restore again; what was there is kept aside, "
                + "under a name with before-restore."
        case .notADatabase(let path):
            "\(path) is not a database. Point the data directory elsewhere, or restore a backup."
        case .otherProgram(let path):
            "\(path) is a database of another program. Point the data directory elsewhere."
        case .damaged(let path, let reason):
            "The database \(path) is damaged: \(reason). Restore a backup."
        case .newerSchema(let path, let migration):
            "The database \(path) was written by a newer Causeway (it has \"\(migration)\"). Use that version."
        case .closed:
            "The database was closed."
        }
    }
}
