/// What can be wrong with writing a backup or with restoring one.
package enum BackupError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is a file of that name already.
    case exists(path: String)
    case cannotWrite(path: String, reason: String)
    case cannotRead(path: String, reason: String)
    /// A database of Causeway's, but not one that `causeway backup` wrote.
    case notABackup(path: String)
    /// The key in it is not the one under which it was sealed.
    case wrongKey(path: String)
    /// The ledger in it was changed.
    case ledgerDoesNotHold(path: String, LedgerVerification.Problem)
    /// Somebody works on the data directory.
    case inUse(dataDirectory: String, process: Int?)

    package var description: String {
        switch self {
        case .exists(let path):
            "\(path) exists already; a backup never replaces a file. Give another name."
        case .cannotWrite(let path, let reason):
            "Cannot write \(path): \(reason)."
        case .cannotRead(let path, let reason):
            "Cannot read \(path): \(reason)."
        case .notABackup(let path):
            "\(path) is a database of Causeway, but not a backup: it has no key in it. Give a file of causeway backup."
        case .wrongKey(let path):
            "\(path) is not a good backup: its database was sealed with another key than the one in it. Take another."
        case .ledgerDoesNotHold(let path, let problem):
            "\(path) is not a good backup: its ledger does not hold\(problem.row.map { " at row \($0)" } ?? ""): "
                + "\(problem.reason). Take another."
        case .inUse(let dataDirectory, let process):
            "causeway serve works on \(dataDirectory)\(process.map { " (process \($0))" } ?? ""); stop it first."
        }
    }
}
