import Reconciliation

/// Whose deliveries are looked at.
package enum InboxSender: Sendable, Hashable {
    /// Those of one account.
    case only(AccountID)
    /// Those of every other account, connected or not.
    case others([AccountID])

    var filter: SQL {
        switch self {
        case .only(let account): "account = \(account)"
        case .others(let accounts): accounts.isEmpty ? "TRUE" : "account NOT IN \(list: accounts)"
        }
    }
}
