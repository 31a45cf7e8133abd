/// A stored row that this version cannot read, or a condition that the caller must mend.
package enum DomainError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A row holds a value that no version of Causeway writes: the file was changed by something else.
    case unreadableRow(table: String, key: String)

    package var description: String {
        switch self {
        case .unreadableRow(let table, let key):
            "row \(key) of \(table) cannot be read; the database was changed from outside: restore a backup"
        }
    }
}
