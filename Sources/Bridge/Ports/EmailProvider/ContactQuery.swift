import Reconciliation

/// Which contacts to read.
package enum ContactQuery: Sendable, Hashable {
    /// Everybody, deleted contacts included and flagged.
    case everybody
    /// Contacts opted out after the moment by the provider's stamp, whatever became of them since.
    ///
    /// Where the provider cannot be asked for less, others that changed since then are among them.
    case optedOut(after: Timestamp)
    case unsubscribed
    case deleted
    /// Contacts on any of the lists, at most `listsPerQuery`.
    case onLists([ListID])
    /// The contact of one address, deleted or not.
    case having(Address)
    /// Contacts created after the moment by the provider's stamp.
    case created(after: Timestamp)
}
