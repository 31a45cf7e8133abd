/// What can be wrong with the key file or with what was sealed under it.
package enum KeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file cannot be read or made.
    case unusable(path: String, reason: String)
    /// Somebody else than its owner may read or change the file.
    case openToOthers(path: String, mode: String)
    /// The file does not hold a key.
    case malformed(path: String)
    /// The database was sealed under a key, and there is no key file: making a new one would lose every secret.
    case missing(path: String)
    /// The file holds another key than the one that the database was sealed under.
    case wrongKey(path: String)
    /// A sealed value is damaged, or belongs to another account or name.
    case cannotUnseal(account: String, name: String)

    package var description: String {
        switch self {
        case .unusable(let path, let reason):
            "Cannot use the key file \(path): \(reason)."
        case .openToOthers(let path, let mode):
            "The key file \(path) has mode \(mode); others may read it. Run: chmod 600 \(path)"
        case .malformed(let path):
            "\(path) is not a key file: it must hold exactly \(KeyFile.length) bytes. Restore it from the backup."
        case .missing(let path):
            "The key file \(path) is missing, and the database was sealed with it. Restore it from the backup."
        case .wrongKey(let path):
            "\(path) is not the key that the database was sealed with. Restore the right one from the backup."
        case .cannotUnseal(let account, let name):
            "The sealed value \"\(name)\" of \(account) cannot be opened: it is damaged. Connect the account again."
        }
    }
}
