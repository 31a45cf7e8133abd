import Reconciliation

/// Why an account cannot be connected under a name.
package enum AccountConflict: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name is taken by another account or database of the service.
    case otherPinned(name: AccountID, known: String, found: String)
    /// The name is taken by an account of another service.
    case otherKind(name: AccountID, known: String, found: String)
    /// One data directory serves one CRM database (design §3).
    case secondCRM(known: AccountID)

    package var description: String {
        switch self {
        case .otherPinned(let name, let known, let found):
            "\(name) is connected to \(known); the credentials lead to \(found). Use another name for it."
        case .otherKind(let name, let known, let found):
            "\(name) is a \(known) account, not \(found). Use another name for it."
        case .secondCRM(let known):
            "A CRM database is connected already, as \(known). Use another data directory for another database."
        }
    }
}
